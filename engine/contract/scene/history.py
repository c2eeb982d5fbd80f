"""Undo and redo: the scenes before and after, with the names of the edits between them. Pure, as edits are.

Scenes share everything that an edit leaves alone, so a step holds little more than the lane that it changed.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from engine.contract.errors import SceneError
from engine.contract.scene.edits.change import Change, Edit
from engine.contract.scene.lane import Lane
from engine.contract.scene.scene import Scene

MOST_STEPS: Final = 200


@dataclass(frozen=True)
class Step:
    """An edit: its name, what it set, the gesture it was part of (0: none), and the scene on its other side."""

    name: str
    key: str
    gesture: int
    scene: Scene


@dataclass(frozen=True)
class History:
    """The present scene; `past` steps lead back, the last one first, `future` steps forward, the next one last."""

    scene: Scene
    past: tuple[Step, ...] = ()
    future: tuple[Step, ...] = ()

    def done(self, change: Change, gesture: int = 0) -> "History":
        """Return the history after an edit of its scene; what was undone is forgotten.

        Edits of the same value in one gesture, such as a drag, are one step; gestures are numbered from 1. An edit
        that changes nothing adds no step. Beyond 200 steps the oldest are forgotten.
        """
        if change.scene == self.scene:
            return self
        last = self.past[-1] if self.past else None
        if gesture and last is not None and (last.gesture, last.key) == (gesture, change.key) and not self.future:
            if change.scene == last.scene:  # the drag is back where it began
                return History(last.scene, self.past[:-1])
            return History(change.scene, (*self.past[:-1], replace(last, name=change.name)))
        step = Step(change.name, change.key, gesture, self.scene)
        return History(change.scene, (*self.past, step)[-MOST_STEPS:])

    def undone(self) -> "History":
        """Return the history one step back; unchanged if there is none."""
        if not self.past:
            return self
        step = self.past[-1]
        return History(step.scene, self.past[:-1], (*self.future, replace(step, scene=self.scene, gesture=0)))

    def redone(self) -> "History":
        """Return the history one step forward; unchanged if there is none."""
        if not self.future:
            return self
        step = self.future[-1]
        return History(step.scene, (*self.past, replace(step, scene=self.scene)), self.future[:-1])

    def amended(self, edit: Edit) -> "History":
        """Return the history with an edit made in every state that allows it, and no step: undo does not take it back.

        For what happens beside the user's edits, such as a take that was made or a file that was found again. What the
        edit does to one lane must not depend on the others.
        """
        amendment = _Amendment(edit)
        past = tuple(replace(step, scene=amendment.of(step.scene)) for step in self.past)
        future = tuple(replace(step, scene=amendment.of(step.scene)) for step in self.future)
        return History(amendment.of(self.scene), past, future)

    def with_lanes(self, changed: Callable[[Lane], Lane]) -> "History":
        """Return the history with every lane of every state changed, and no step; equal lanes stay shared."""
        made: dict[int, Lane] = {}

        def of(scene: Scene) -> Scene:
            for lane in scene.lanes:
                if id(lane) not in made:
                    made[id(lane)] = changed(lane)
            lanes = tuple(made[id(lane)] for lane in scene.lanes)
            return (
                scene if all(a is b for a, b in zip(lanes, scene.lanes, strict=True)) else replace(scene, lanes=lanes)
            )

        past = tuple(replace(step, scene=of(step.scene)) for step in self.past)
        future = tuple(replace(step, scene=of(step.scene)) for step in self.future)
        return History(of(self.scene), past, future)

    @property
    def undo_name(self) -> str:
        """The name of the edit that undo takes back, or ""."""
        return self.past[-1].name if self.past else ""

    @property
    def redo_name(self) -> str:
        """The name of the edit that redo makes again, or ""."""
        return self.future[-1].name if self.future else ""

    @property
    def scenes(self) -> tuple[Scene, ...]:
        """The scenes that the present, undo or redo can ask for."""
        return (self.scene, *(step.scene for step in (*self.past, *self.future)))

    @property
    def take_ids(self) -> frozenset[str]:
        """The ids of all takes that the present, undo or redo can ask for: what the takes folder must keep."""
        return frozenset[str]().union(*(scene.take_ids for scene in self.scenes))


class _Amendment:
    """One edit of many scenes: those that shared a lane before share it afterwards, so that memory does not grow."""

    def __init__(self, edit: Edit) -> None:
        self._edit = edit
        self._scenes: dict[int, Scene] = {}
        self._lanes: dict[int, tuple[Lane, Lane]] = {}

    def of(self, scene: Scene) -> Scene:
        """Return a scene with the edit, or as it is if it does not allow it."""
        if id(scene) not in self._scenes:
            self._scenes[id(scene)] = self._made(scene)
        return self._scenes[id(scene)]

    def _made(self, scene: Scene) -> Scene:
        if any(id(lane) in self._lanes for lane in scene.lanes):
            return replace(scene, lanes=tuple(self._lanes.get(id(lane), (lane, lane))[1] for lane in scene.lanes))
        try:
            made = self._edit(scene).scene
        except SceneError:
            return scene
        if replace(made, lanes=scene.lanes) == scene and len(made.lanes) == len(scene.lanes):
            changed = [(old, new) for old, new in zip(scene.lanes, made.lanes, strict=True) if old is not new]
            if len(changed) == 1:  # of one lane alone: what it became there, it becomes everywhere
                self._lanes[id(changed[0][0])] = changed[0]
        return made
