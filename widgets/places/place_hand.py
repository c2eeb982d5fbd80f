"""A hand on a lane or a keyframe, in the film or on the map: it places, moves, and records while the film plays."""

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer

from engine.contract.control import PathInterpolation
from engine.contract.directions import Direction, azimuth_elevation
from engine.contract.scene.edits.change import Change, Edit
from engine.contract.scene.edits.places import move_keyframe
from engine.contract.scene.edits.placing import direction_of, place_at, put_place, record_path
from engine.contract.scene.hand_path import HandPath
from engine.contract.scene.place import FARTHEST_M, NEAREST_M, USUAL_DISTANCE_M, Keyframe
from engine.contract.scene.scene import Scene
from widgets.places.places_state import PlacesState
from widgets.timeline.gestures.quick_steps import QuickSteps

_RECORD_MS: Final = 40
_DISTANCE_STEP: Final = 1.1


class PlaceHand(QObject):
    """Turns what a hand does into edits. A drag is one step of undo; Esc gives it up."""

    def __init__(self, state: PlacesState, now_s: Callable[[], float] = time.monotonic) -> None:
        super().__init__(state)
        self._state = state
        self._lane_id = 0
        self._keyframe: int | None = None
        self._gesture = 0
        self._drawn: HandPath | None = None
        self._direction = Direction(0.0)
        self._distance_m = USUAL_DISTANCE_M
        self._last_edit: Edit | None = None
        self.steps = QuickSteps(state.timeline.begin_gesture, now_s)
        self._recording = QTimer(self)
        self._recording.setInterval(_RECORD_MS)
        self._recording.timeout.connect(self._record)
        state.jumped.connect(self._stop)

    @property
    def holds(self) -> bool:
        """Whether something is held."""
        return self._lane_id != 0

    @property
    def records(self) -> bool:
        """Whether a path is being recorded."""
        return self._drawn is not None

    def take_lane(self, lane_id: int) -> None:
        """Take hold of a lane in its present place."""
        self._state.choose(lane_id)
        self._lane_id, self._keyframe, self._last_edit = lane_id, None, None
        place = place_at(self._state.scene.lane(lane_id), self._state.now)
        self._distance_m = USUAL_DISTANCE_M if place is None else place.distance_m
        if place is not None:
            self._direction = place.direction
        self._gesture = self._state.timeline.begin_gesture()

    def take_keyframe(self, lane_id: int, keyframe: int) -> None:
        """Take hold of a keyframe."""
        self._state.choose(lane_id, keyframe)
        self._lane_id, self._keyframe, self._last_edit = lane_id, keyframe, None
        self._gesture = self._state.timeline.begin_gesture()

    def place(self, vector: NDArray[np.float64]) -> None:
        """Put the chosen lane in a direction, a unit vector (3,), and hold it there."""
        lane = self._state.lane_or_refuse()
        if lane is not None:
            self.take_lane(lane.lane_id)
            self._direction = _direction(vector)
            self._follow()

    def move(self, vector: NDArray[np.float64]) -> None:
        """Move what is held to a direction, a unit vector (3,)."""
        if not self.holds:
            return
        if self._keyframe is None and self._drawn is None and self._state.clock.is_playing:
            lane = self._state.lane
            here = None if lane is None else place_at(lane, self._state.now)
            if here is not None:  # on a path it has moved on since it was taken
                self._direction = here.direction
            self._begin_recording()
        self._direction = _direction(vector)
        self._follow()

    def release(self) -> None:
        """Let go."""
        if self._drawn is not None:
            self._record()
        self._end()

    def cancel(self) -> bool:
        """Let go and put everything back; returns whether something was held."""
        held = self.holds
        if self._last_edit is not None:
            self._state.request(partial(_taken_back, edit=self._last_edit), self._gesture)
        self._end()
        return held

    def turn(self, left_deg: float, up_deg: float) -> None:
        """Turn the edited place by degrees of azimuth and elevation."""
        place = self._state.place
        if place is None:
            self._refuse_unplaced()
            return
        azimuth = place.direction.azimuth_deg + left_deg
        azimuth -= 360.0 * np.round(azimuth / 360.0) if abs(azimuth) > 180.0 else 0.0
        elevation = min(max(place.direction.elevation_deg + up_deg, -90.0), 90.0)
        self.set_place(direction=Direction(float(azimuth), float(elevation)), what="turn")

    def step_distance(self, steps: float) -> None:
        """Move the edited place away by steps of 10 %, or nearer by negative ones; what is held, if anything is."""
        if self.holds and self._keyframe is None:
            self._distance_m = _limited(self._distance_m * _DISTANCE_STEP**steps)
            self._follow()
            return
        place = self._state.place
        if place is None:
            self._refuse_unplaced()
        else:
            self.set_place(distance_m=_limited(place.distance_m * _DISTANCE_STEP**steps), what="distance")

    def set_place(self, *, direction: Direction | None = None, distance_m: float | None = None, what: str = "") -> None:
        """Set the edited place; what is None stays. Changes of the same `what` in quick succession are one step."""
        lane = self._state.lane_or_refuse()
        if lane is None:
            return
        number, now = self._state.edited_keyframe, self._state.now
        if number is not None and lane.path is not None:
            frame = lane.path.keyframes[number]
            moved = replace(
                frame,
                direction=frame.direction if direction is None else direction,
                distance_m=frame.distance_m if distance_m is None else distance_m,
            )
            edit: Edit = partial(move_keyframe, lane_id=lane.lane_id, index=number, keyframe=moved)
        else:
            edit = partial(put_place, lane_id=lane.lane_id, at_sample=now, direction=direction, distance_m=distance_m)
        at = number if number is not None else now
        self._state.request(edit, self.steps.gesture_of((what, lane.lane_id, at)) if what else 0)

    def _follow(self) -> None:
        """Bring what is held to the hand."""
        state, lane_id = self._state, self._lane_id
        lane = next((lane for lane in state.scene.lanes if lane.lane_id == lane_id), None)
        if lane is None:  # a key has deleted it meanwhile
            self._end()
            return
        if self._keyframe is not None:
            path = lane.path
            if path is None or self._keyframe >= len(path.keyframes):
                self._end()
                return
            frame = replace(path.keyframes[self._keyframe], direction=self._direction)
            self._ask(partial(move_keyframe, lane_id=lane_id, index=self._keyframe, keyframe=frame))
        elif state.clock.is_playing:
            if self._drawn is None:
                self._begin_recording()
            self._add()
        else:
            self._ask(
                partial(
                    put_place,
                    lane_id=lane_id,
                    at_sample=state.now,
                    direction=self._direction,
                    distance_m=self._distance_m,
                )
            )

    def _begin_recording(self) -> None:
        path = self._state.scene.lane(self._lane_id).path
        is_new = path is None or path.is_fixed
        self._drawn = HandPath(PathInterpolation.GREAT_CIRCLE if is_new or path is None else path.interpolation)
        self._add()
        self._recording.start()
        self._record()
        self._state.changed.emit()

    def _add(self) -> None:
        if self._drawn is not None:
            self._drawn.add(Keyframe(self._state.now, self._direction, self._distance_m))

    def _record(self) -> None:
        """Ask for the path so far, with the hand where it is now."""
        if self._drawn is None:
            return
        if not any(lane.lane_id == self._lane_id for lane in self._state.scene.lanes):
            self._end()
            return
        self._add()
        self._ask(partial(record_path, lane_id=self._lane_id, frames=self._drawn.keyframes))

    def _ask(self, edit: Edit) -> None:
        self._last_edit = edit
        self._state.request(edit, self._gesture)

    def _stop(self) -> None:
        """End a recording with what is drawn: the film stands still, or is somewhere else."""
        if self._drawn is not None:
            self._ask(partial(record_path, lane_id=self._lane_id, frames=self._drawn.keyframes))
            self._end()

    def _end(self) -> None:
        self._recording.stop()
        was_recording, self._drawn = self._drawn is not None, None
        self._lane_id, self._keyframe, self._gesture, self._last_edit = 0, None, 0, None
        if was_recording:
            self._state.changed.emit()

    def _refuse_unplaced(self) -> None:
        if self._state.lane_or_refuse() is not None:
            self._state.refuse("The lane is where the model puts it: Shift+click in the film to place it.")


def _direction(vector: NDArray[np.float64]) -> Direction:
    azimuth, elevation = azimuth_elevation(vector)
    return direction_of(float(azimuth), float(elevation))


def _limited(distance_m: float) -> float:
    return min(max(distance_m, NEAREST_M), FARTHEST_M)


def _taken_back(scene: Scene, edit: Edit) -> Change:
    """Return an edit that leaves the scene as it was before a drag, in place of the drag's own."""
    change = edit(scene)
    return Change(scene, change.name, change.key)
