"""A scene prepared for its mix: a frozen value, made outside the audio thread and taken by it whole."""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.scene.lane import Lane, LaneKind
from engine.contract.scene.scene import Scene
from engine.contract.video import UPRIGHT, pose_turn
from engine.rendering.mix.spans import LaneSpans, lane_spans
from engine.rendering.mix.voice import TickPlace


@dataclass(frozen=True, eq=False)
class Arrangement:
    """The lanes of a scene with their spans; `heard` are the ids of those that sound (mute, solo)."""

    scene: Scene
    heard: frozenset[int]
    lanes: tuple[tuple[Lane, LaneSpans], ...]

    @classmethod
    def of(cls, scene: Scene, before: "Arrangement | None" = None) -> Self:
        """Return the arrangement of a scene; lanes whose blocks are those of the one `before` keep their spans."""
        known = {}
        if before is not None and before.scene.length_samples == scene.length_samples:
            known = {lane.lane_id: (lane, spans) for lane, spans in before.lanes}
        lanes = []
        for lane in scene.lanes:
            old, spans = known.get(lane.lane_id, (None, None))
            if old is None or spans is None or old.blocks is not lane.blocks or old.kind is not lane.kind:
                spans = lane_spans(lane, scene.length_samples)
            lanes.append((lane, spans))
        return cls(scene, frozenset(lane.lane_id for lane in scene.heard_lanes), tuple(lanes))

    @cached_property
    def _film_turn(self) -> NDArray[np.float64] | None:
        horizon = self.scene.horizon
        return None if horizon == UPRIGHT else pose_turn(horizon)

    def gain(self, lane: Lane) -> float:
        """Return the linear gain of a lane in the mix, 0 if it is not heard."""
        gain_db = lane.gain_db + self.scene.master_gain_db
        is_heard = lane.lane_id in self.heard
        if lane.kind is LaneKind.HEAD_LOCKED:
            gain_db += self.scene.head_locked.gain_db
            is_heard = is_heard and not self.scene.head_locked.mute
        return float(10.0 ** (gain_db / 20.0)) if is_heard else 0.0

    def place(self, lane: Lane, at: int) -> TickPlace:
        """Return the place of a lane at a sample of the film."""
        if lane.kind is LaneKind.FILM_SOUND:
            return TickPlace(film_turn=self._film_turn)
        if lane.path is None:
            return TickPlace(width_deg=lane.width_deg, film_turn=self._film_turn)
        direction = lane.path.directions.at(at / SAMPLE_RATE_HZ)
        return TickPlace(direction, lane.path.distance_m_at(at), lane.width_deg)
