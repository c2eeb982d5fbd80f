"""Keeps a generated field in the requested direction: measures its direction and rotates the difference away.

A model places its sound roughly and late. The field of each block is therefore turned by the smallest rotation from the
measured direction (active intensity, 500 Hz - 8 kHz, as everywhere) to the requested one. A rotation preserves
W and the energy, so only the place changes: the spread of the field, its rooms and its distances stay.

Measuring and turning are apart (`turning/`), so that a take is measured once and turned whenever its place changes; the
lock does both for a stream. The turn glides sample by sample along the shortest way, within a speed limit: no clicks.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.ambisonics.turning.field_track import PIECE_S, PIECE_SAMPLES, FieldMeter, FieldTrack
from engine.ambisonics.turning.goals import BACK, STILL_RAD, Glide, Goal, after_glide, glide_towards, goal_for
from engine.ambisonics.turning.quaternions import NO_TURN, Vector, angle_of, matrix_of
from engine.ambisonics.turning.shown import ShownReader
from engine.contract.conventions import AcnChannel

_AXES: Final = [AcnChannel.X, AcnChannel.Y, AcnChannel.Z]


class DirectionLock:
    """Turns consecutive blocks of one stream. Not thread-safe."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget the stream: the next block belongs to another one."""
        self._turn = NO_TURN
        self._asked: Vector | None = None
        self._meter, self._reader = FieldMeter(), ShownReader()
        self._is_fresh = True

    @property
    def angle_deg(self) -> float:
        """How far the field is turned at the end of the last block, in degrees."""
        return float(np.rad2deg(angle_of(self._turn)))

    def process(self, foa: NDArray[np.float32], asked: Vector | None) -> NDArray[np.float32]:
        """Return AmbiX (4, n) float32 of a block (4, n), rotated to `asked`, a unit vector (3,) x, y, z.

        n is a multiple of 1920. Without a direction the turn glides back, and then the block itself is returned. Raises
        ValueError for another shape.
        """
        track = self._meter.measure(foa)
        if asked is not None:
            return self._turn_pieces(foa, self._advance_goals(track, np.asarray(asked, float)))
        self._asked, self._is_fresh = None, False
        self._reader.forget()
        if angle_of(self._turn) < STILL_RAD:
            self._turn = NO_TURN
            return foa
        return self._turn_pieces(foa, [BACK] * (foa.shape[1] // PIECE_SAMPLES))

    def _advance_goals(self, track: FieldTrack, asked: Vector) -> list[Goal]:
        """Return the goal of each piece of a block."""
        if self._asked is not None:
            self._reader.move(self._asked, asked)
        self._asked = asked
        shown = self._reader.read(track)
        goals, turn = [], self._turn
        for direction, sure in zip(shown.directions, shown.sure, strict=True):
            goal = goal_for(direction, float(sure), asked, turn)
            turn = goal.turn
            goals.append(goal)
            if self._is_fresh and goal.sure > 0.0:
                self._turn, self._is_fresh = turn, False  # nothing has sounded yet: there is nothing to glide from
        return goals

    def _turn_pieces(self, foa: NDArray[np.float32], goals: list[Goal]) -> NDArray[np.float32]:
        turned = foa.copy()
        for piece, goal in enumerate(goals):
            at = slice(piece * PIECE_SAMPLES, (piece + 1) * PIECE_SAMPLES)
            field = matrix_of(self._turn).astype(np.float32) @ foa[_AXES, at]
            glide = glide_towards(self._turn, goal, PIECE_S)
            if glide is not None:
                field = _gliding(field, glide)
                self._turn = after_glide(self._turn, glide)
            turned[_AXES, at] = field
        return turned


def _gliding(field: NDArray[np.float32], glide: Glide) -> NDArray[np.float32]:
    """Return vectors (3, n) turned by an angle that grows evenly to that of the glide (Rodrigues' formula)."""
    angle = (glide.angle_rad * np.arange(1, field.shape[1] + 1) / field.shape[1]).astype(np.float32)
    a = glide.axis.astype(np.float32)
    x, y, z = field
    across = np.stack([a[1] * z - a[2] * y, a[2] * x - a[0] * z, a[0] * y - a[1] * x])
    along = a[:, None] * (a @ field)
    turned: NDArray[np.float32] = along + (field - along) * np.cos(angle) + across * np.sin(angle)
    return turned
