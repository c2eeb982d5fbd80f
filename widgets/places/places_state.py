"""What film, map, curves and form share: the scene and selection of the timeline, the time, a chosen keyframe."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.scene.edits.change import Edit
from engine.contract.scene.edits.placing import keyframe_near, place_at
from engine.contract.scene.lane import Lane
from engine.contract.scene.path_shape import PathShape, places_of
from engine.contract.scene.place import Keyframe, LanePath
from engine.contract.scene.scene import Scene
from widgets.places.film_clock import FilmClock
from widgets.timeline.bed_parts import parts_of
from widgets.timeline.levels import source_of
from widgets.timeline.selection import Selection
from widgets.timeline.state import TimelineState

_SILENT: Final = 10.0 ** (-60.0 / 20.0)
_AROUND_SAMPLES: Final = SAMPLE_RATE_HZ // 20
_NO_LANE: Final = "No lane is selected that can be placed: click its name in the timeline, or press its number."
_NO_KEYFRAME: Final = "No keyframe is selected: click one in the film, on the map or in the curves."


@dataclass(frozen=True, eq=False)
class LaneMark:
    """A lane in its place: a unit vector (3,) x, y, z. `number` is that of its row, counted from 1."""

    lane_id: int
    number: int
    name: str
    colour: str
    vector: NDArray[np.float64]
    sounds: bool
    is_chosen: bool


class PlacesState(QObject):
    """`changed`: the scene, the selection, the keyframe or the tool; `moved`: the time; `jumped`: a seek or a pause.

    A place is edited at the chosen keyframe, or else at the time of the film.
    """

    changed = Signal()
    moved = Signal()
    jumped = Signal()

    def __init__(self, timeline: TimelineState, clock: FilmClock | None = None) -> None:
        super().__init__(timeline)
        self.timeline = timeline
        self.clock = FilmClock() if clock is None else clock
        self.has_tool = False
        self._keyframe: int | None = None
        self._keyframe_sample = 0
        self._shapes: dict[int, tuple[LanePath, PathShape]] = {}
        self._marks: tuple[Scene, tuple[object, ...], list[LaneMark]] = (timeline.scene, (), [])
        self._levels = 0
        timeline.scene_changed.connect(self._scene_changed)
        timeline.selection_changed.connect(self._selection_changed)
        timeline.playhead_moved.connect(self.moved)
        timeline.levels_changed.connect(self._levels_changed)

    @property
    def scene(self) -> Scene:
        """The scene on display."""
        return self.timeline.scene

    @property
    def now(self) -> int:
        """The sample of the film that is heard, or on which the playhead stands."""
        return self.clock.sample if self.clock.is_playing else self.timeline.playhead

    @property
    def lane(self) -> Lane | None:
        """The lane that is placed: the chosen one, or the only one there is; None if it has no place."""
        chosen, lanes = self.timeline.selection.lane_id, self.scene.lanes
        lane = next((lane for lane in lanes if lane.lane_id == chosen or len(lanes) == 1), None)
        return lane if lane is not None and lane.has_place else None

    @property
    def keyframe(self) -> int | None:
        """The number of the chosen keyframe of that lane, counted from 0."""
        return self._keyframe

    @property
    def edited_keyframe(self) -> int | None:
        """The keyframe that is edited: the chosen one, or else that at the playhead of a lane that moves."""
        path = None if self.lane is None else self.lane.path
        if path is None or self._keyframe is not None:
            return self._keyframe
        return None if path.is_fixed else keyframe_near(path, self.now)

    @property
    def place(self) -> Keyframe | None:
        """The place that is edited; None: where the model puts the lane."""
        lane, number = self.lane, self.edited_keyframe
        if lane is None or lane.path is None:
            return None
        return place_at(lane, self.now) if number is None else lane.path.keyframes[number]

    def lane_or_refuse(self) -> Lane | None:
        """Return the lane that is placed; None after a sentence."""
        lane = self.lane
        if lane is None:
            self.refuse(_NO_LANE)
        return lane

    def keyframe_or_refuse(self) -> int | None:
        """Return the keyframe that is edited; None after a sentence."""
        number = self.edited_keyframe
        if number is None:
            self.refuse(_NO_KEYFRAME)
        return number

    def refuse(self, sentence: str) -> None:
        """Say why something cannot be."""
        self.timeline.refused.emit(sentence)

    def request(self, edit: Edit, gesture: int = 0) -> None:
        """Ask for an edit."""
        self.timeline.request(edit, gesture)

    def choose(self, lane_id: int, keyframe: int | None = None) -> None:
        """Choose a lane, and one of its keyframes or none."""
        if self.timeline.selection.lane_id != lane_id:
            self.timeline.select(Selection(lane_id=lane_id))
        lane = self.lane
        if lane is None or lane.path is None or lane.lane_id != lane_id:
            keyframe = None
        elif keyframe is not None:
            keyframe = min(max(0, keyframe), len(lane.path.keyframes) - 1)
            self._keyframe_sample = lane.path.keyframes[keyframe].at_sample
        self._keyframe = keyframe
        self.changed.emit()

    def choose_number(self, number: int) -> None:
        """Choose the lane in a row, counted from 1."""
        if 0 < number <= len(self.scene.lanes):
            self.choose(self.scene.lanes[number - 1].lane_id)

    def set_tool(self, is_on: bool) -> None:
        """Take the tool that places the lane by a plain click, or put it down."""
        if is_on != self.has_tool:
            self.has_tool = is_on
            self.changed.emit()

    def set_position(self, position_s: float) -> None:
        """Take the time of the film in seconds."""
        if self.clock.set_position(position_s) and self.clock.is_playing:
            self.jumped.emit()

    def set_playing(self, is_playing: bool) -> None:
        """Take whether the film plays."""
        if is_playing != self.clock.is_playing:
            self.clock.set_playing(is_playing)
            self.jumped.emit()
            self.changed.emit()

    def marks(self) -> list[LaneMark]:
        """Return the lanes that have a place, the chosen one last."""
        now, scene, chosen = self.now, self.scene, self.lane
        key = (now, None if chosen is None else chosen.lane_id, self._levels)
        if scene is not self._marks[0] or key != self._marks[1]:
            self._marks = scene, key, self._marks_at(now)
        return self._marks[2]

    def _marks_at(self, now: int) -> list[LaneMark]:
        scene, chosen = self.scene, self.lane
        placed = [
            (number, lane, self._shape(lane.lane_id, lane.path))
            for number, lane in enumerate(scene.lanes, 1)
            if lane.path is not None
        ]
        if not placed:
            return []
        heard = {lane.lane_id for lane in scene.heard_lanes}
        vectors = places_of([shape for _, _, shape in placed], now)
        found = [
            LaneMark(
                lane.lane_id,
                number,
                lane.name,
                lane.colour,
                vector,
                lane.lane_id in heard and self.sounds(lane, now),
                lane is chosen,
            )
            for (number, lane, _), vector in zip(placed, vectors, strict=True)
        ]
        return sorted(found, key=lambda mark: mark.is_chosen)

    def sounds(self, lane: Lane, sample: int) -> bool:
        """Whether a lane has sound at a sample, as far as is known: made, and above -60 dB."""
        for block in self.timeline.index.between(lane, sample, sample + 1):
            if source_of(block) is None and block.block_id not in self.timeline.growing:
                continue
            track = self.timeline.track_of(block)
            if track is None:
                return True
            at = sample - parts_of(block, sample, sample + 1)[0].source_start
            first = max(0, (at - _AROUND_SAMPLES) // track.hop_samples)
            peaks = track.peaks[first : math.ceil((at + _AROUND_SAMPLES) / track.hop_samples)]
            if len(peaks) and float(peaks.max()) > _SILENT:
                return True
        return False

    def _shape(self, lane_id: int, path: LanePath) -> PathShape:
        known = self._shapes.get(lane_id)
        if known is None or known[0] is not path:
            known = self._shapes[lane_id] = (path, PathShape(path))
        return known[1]

    def _levels_changed(self) -> None:
        self._levels += 1
        self.changed.emit()

    def _scene_changed(self, old: Scene) -> None:
        lane = self.lane
        path = None if lane is None else lane.path
        if path is None:
            self._keyframe = None
        elif self._keyframe is not None:
            before = next((was.path for was in old.lanes if lane is not None and was.lane_id == lane.lane_id), None)
            if before is None or len(before.keyframes) != len(path.keyframes):  # one was added or removed
                times = [frame.at_sample for frame in path.keyframes]
                self._keyframe = times.index(self._keyframe_sample) if self._keyframe_sample in times else None
            if self._keyframe is not None:
                self._keyframe_sample = path.keyframes[self._keyframe].at_sample
        self.changed.emit()

    def _selection_changed(self, old: Selection) -> None:
        if old.lane_id != self.timeline.selection.lane_id:
            self._keyframe = None
        self.changed.emit()
