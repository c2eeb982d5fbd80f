"""Synthetic spatial scenes of real sounds: sources placed and moved, rooms, diffuse beds, prompts, exact labels.

A scene is a pure function of the bank, the rooms and a seed. The sound is AmbiX; directions are unit vectors x, y, z.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from engine.ambisonics.rotation import turn_left
from engine.contract.conventions import PATCH_S
from engine.scenes.options import FOCUS_CLASSES, SceneOptions
from engine.scenes.plan import FADE_PATCHES, ChangeKind, ScenePlan
from engine.scenes.plan_sampler import PlanSampler
from engine.scenes.rendering import Rendered, SceneRenderer
from engine.scenes.rooms import RoomBank
from engine.scenes.sound_bank import SoundBank
from engine.scenes.turning import angle_of, rotation
from engine.scenes.wording import Phrase, describe_scene

__all__ = ["FOCUS_CLASSES", "PromptChange", "Scene", "SceneComposer", "SceneOptions", "SceneSource", "turn_scene"]


@dataclass(frozen=True, eq=False)
class SceneSource:
    """One sounding thing; `path` is (patches, 3) unit vectors at the patches' middles, None if it is all around.

    `distance_m` (patches,), None if unknown; `on_screen`: it is visible in the film; `active` (patches,): it sounds
    in a patch (None: in all); `clip`: its path in the bank; `onsets_s`: when its events begin, none in textures;
    `motion`: one of `paths.MOTIONS`, "" if unknown.
    """

    sound_class: str
    label: str
    path: NDArray[np.float64] | None
    distance_m: NDArray[np.float64] | None = None
    on_screen: bool = True
    active: NDArray[np.bool_] | None = None
    clip: str = ""
    onsets_s: tuple[float, ...] = ()
    motion: str = ""

    def sounds_between(self, first: int, stop: int | None) -> bool:
        """Return whether it sounds in any patch from `first` until before `stop` (None: the end)."""
        return self.active is None or bool(np.asarray(self.active)[first:stop].any())


@dataclass(frozen=True)
class PromptChange:
    """The prompt that holds from a patch on: "hold" (as before), "switch", "withdraw" or "arrive", and its caption."""

    patch: int
    kind: ChangeKind
    caption: str


@dataclass(frozen=True, eq=False)
class Scene:
    """A composed scene: `foa` (4, N) float32 AmbiX, its sources (the dominant one first) and a caption.

    `schedule` are the prompts over time, the first at patch 0 with that caption; `room` is a listener's word for
    the room, "" without one.
    """

    foa: NDArray[np.float32]
    sources: tuple[SceneSource, ...]
    caption: str
    schedule: tuple[PromptChange, ...] = ()
    room: str = ""


class SceneComposer:
    """Composes scenes from a bank; `rooms` None leaves them dry. Raises InvalidInputError if no sound fits."""

    def __init__(
        self,
        bank: SoundBank,
        options: SceneOptions,
        rooms: RoomBank | None = None,
        device: torch.device | str = "cpu",
    ) -> None:
        self._plan_sampler = PlanSampler(bank, options, rooms)
        self._renderer = SceneRenderer(bank, rooms, device)

    def plan(self, seed: int) -> ScenePlan:
        """Return the plan of this seed."""
        return self._plan_sampler.draw(seed)

    def compose(self, seed: int) -> Scene:
        """Return the scene of this seed."""
        plan = self.plan(seed)
        rendered = self._renderer.render(plan)
        return _scene(plan, rendered, rendered.foa.numpy(force=True))


def turn_scene(scene: Scene, columns: int, rng: np.random.Generator) -> Scene:
    """Return a scene turned to the left by columns of the 256-wide picture (`turning.turn_frames`), reworded.

    `rng` draws the words: those of the old places would be wrong.
    """
    angle = angle_of(columns)
    turned = turn_left(scene.foa, angle)
    sources = tuple(
        s if s.path is None else replace(s, path=np.asarray(s.path) @ rotation(angle).T) for s in scene.sources
    )
    changes = [(change.patch, change.kind) for change in scene.schedule] or [(0, "hold")]
    schedule = prompts_of(sources, changes, scene.room, rng)
    return Scene(turned, sources, schedule[0].caption, schedule, scene.room)


def prompts_of(
    sources: Sequence[SceneSource], changes: Sequence[tuple[int, ChangeKind]], room: str, rng: np.random.Generator
) -> tuple[PromptChange, ...]:
    """Return the prompts of sources at the patches of changes, the first at patch 0; each describes what holds then."""
    stops = [patch for patch, _ in changes[1:]] + [None]
    return tuple(
        PromptChange(first, kind, caption_of(heard_between(sources, first, stop), first, stop, room, rng))
        for (first, kind), stop in zip(changes, stops, strict=True)
    )


def heard_between(sources: Sequence[SceneSource], first: int, stop: int | None) -> list[SceneSource]:
    """Return the sources that a prompt from patch `first` until `stop` (None: the end) describes."""
    # A source that fades out when a prompt begins is not part of it.
    return [s for s in sources if s.sounds_between(first + FADE_PATCHES if first else 0, stop)]


def caption_of(
    sources: Sequence[SceneSource], first: int, stop: int | None, room: str, rng: np.random.Generator
) -> str:
    """Return words for sources as they are from patch `first` until `stop` (None: the end)."""
    return describe_scene([_phrase(s, slice(first, stop)) for s in sources], room, rng)


def _phrase(source: SceneSource, patches: slice) -> Phrase:
    distance = None if source.distance_m is None else np.asarray(source.distance_m)[patches]
    path = None if source.path is None else np.asarray(source.path)[patches]
    begin_s, end_s = (patches.start or 0) * PATCH_S, np.inf if patches.stop is None else patches.stop * PATCH_S
    events = sum(begin_s <= at < end_s for at in source.onsets_s)
    return Phrase(source.sound_class, source.label, path, distance, source.on_screen, source.motion, events)


def _scene(plan: ScenePlan, rendered: Rendered, foa: NDArray[np.float32]) -> Scene:
    sources = []
    for planned, active, onsets in zip(plan.sources, rendered.active, rendered.onsets_s, strict=True):
        path, distance = (None, None) if planned.path is None else planned.path.at_patches(plan.patches)
        motion = "" if planned.path is None else planned.path.motion
        begins = tuple(float(t) for t in np.round(onsets, 4))
        sound = planned.sound
        sources.append(
            SceneSource(
                sound.sound_class, sound.label, path, distance, planned.on_screen, active, sound.path, begins, motion
            )
        )
    changes: list[tuple[int, ChangeKind]] = [(0, "hold")]
    if plan.change is not None:
        changes.append((plan.change_patch, plan.change))
    schedule = prompts_of(sources, changes, plan.room, np.random.default_rng(plan.caption_seed))
    return Scene(foa, tuple(sources), schedule[0].caption, schedule, plan.room)
