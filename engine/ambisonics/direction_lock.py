"""Keeps a generated field in the requested direction: measures its direction and rotates the difference away.

A model places its sound roughly and late. The field of each block is therefore turned by the smallest rotation from the
measured direction (active intensity, 500 Hz - 8 kHz, as everywhere) to the requested one. A rotation preserves
W and the energy, so only the place changes: the spread of the field, its rooms and its distances stay.

- The block is complete when it is measured, so its own later sound counts too; nothing is delayed.
- Intensity is averaged with its energy: loud sound decides. Diffuse fields waver, so they are averaged for longer.
- In silence, and far below the preceding sound, the turn is held: noise between two barks does not move the dog.
- The turn glides sample by sample along the shortest way, within a speed limit: no clicks.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.ambisonics.intensity import (
    DOA_BAND_HZ,
    half_overlapped_spectrum,
    intensity_and_energy,
    mean_square_scale,
)
from engine.contract.conventions import LATENT_SAMPLES, SAMPLE_RATE_HZ, AcnChannel
from engine.contract.directions import angle_between, slerp

FASTEST_DEG_S: Final = 1080.0
"""The speed limit: half a turn takes a sixth of a second."""

_PIECE: Final = LATENT_SAMPLES
"""The direction is measured every 40 ms, as often as the codec can change it."""
_PIECE_S: Final = _PIECE / SAMPLE_RATE_HZ
_FRAME: Final = 960
_HOP: Final = _FRAME // 2
_SHORTEST_S: Final = 0.08
_LONGEST_S: Final = 0.6
_SILENCE: Final = 1e-8
"""Mean energy density (-80 dBFS) below which nothing is measured."""
_QUIET: Final = 1e-3
"""Below this share of the loudest energy (30 dB) a piece is not measured either; the loudest decays slowly."""
_REMEMBERED: Final = 10.0 ** (-0.6 * _PIECE_S)
"""Decay of the loudest energy from piece to piece: 6 dB per second."""
_UNSURE, _SURE = 0.05, 0.3
"""Share of the energy that flows in one direction: at `_UNSURE` the turn is held, from `_SURE` on it moves freely."""
_BAND: Final = slice(*(round(hz * _FRAME / SAMPLE_RATE_HZ) for hz in DOA_BAND_HZ))
_WINDOW: Final = np.hanning(_FRAME + 1)[:-1].astype(np.float32)
_BEHIND_RAD: Final = np.deg2rad(150.0)
"""From here on the smallest turn is ill-conditioned: the current one is continued instead."""
_STILL_RAD: Final = 1e-6

Vector = NDArray[np.float64]
Quaternion = NDArray[np.float64]
"""(4,): real part, then x, y, z."""

_NO_TURN: Final = np.array([1.0, 0.0, 0.0, 0.0])
_AXES: Final = [AcnChannel.X, AcnChannel.Y, AcnChannel.Z]


class DirectionLock:
    """Turns consecutive blocks of one stream. Not thread-safe."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget the stream: the next block belongs to another one."""
        self._turn = _NO_TURN
        self._asked: Vector | None = None
        self._before = np.zeros((4, _HOP), np.float32)
        self._is_fresh = True
        self._forget_field()

    @property
    def angle_deg(self) -> float:
        """How far the field is turned at the end of the last block, in degrees."""
        return float(np.rad2deg(_angle(self._turn)))

    def process(self, foa: NDArray[np.float32], asked: Vector | None) -> NDArray[np.float32]:
        """Return AmbiX (4, n) float32 of a block (4, n), rotated to `asked`, a unit vector (3,) x, y, z.

        n is a multiple of 1920. Without a direction the turn glides back, and then the block itself is returned. Raises
        ValueError for another shape.
        """
        if foa.ndim != 2 or foa.shape[0] != 4 or foa.shape[1] % _PIECE:
            raise ValueError(f"A block to turn is (4, a multiple of {_PIECE}), not {foa.shape}.")
        seen = np.concatenate([self._before, foa], axis=1)
        self._before = seen[:, seen.shape[1] - _HOP :].copy()
        if asked is not None:
            return self._turn_pieces(foa, self._advance_goals(seen, np.asarray(asked, float)))
        self._asked, self._is_fresh = None, False
        self._forget_field()
        if _angle(self._turn) < _STILL_RAD:
            self._turn = _NO_TURN
            return foa
        return self._turn_pieces(foa, [_Goal(_NO_TURN, 1.0)] * (foa.shape[1] // _PIECE))

    def _forget_field(self) -> None:
        self._flow, self._energy, self._loudest = np.zeros(3), 0.0, 0.0

    def _advance_goals(self, seen: NDArray[np.float32], asked: Vector) -> list["_Goal"]:
        """Return the target turn of each piece of a block; `seen` (4, 480 + n) begins with earlier samples."""
        if self._asked is not None:
            # Old measurements belong to the place requested then: they move along, and count only while that is near.
            kept = max(0.0, float(self._asked @ asked))
            self._flow = kept * (_matrix(_smallest_turn(self._asked, asked)) @ self._flow)
            self._energy *= kept
        self._asked = asked
        share = float(np.linalg.norm(self._flow)) / self._energy if self._energy > 0.0 else 1.0
        # The wavering of a mean direction grows as 1 / (share * sqrt(time)): choose the time for constant wavering.
        memory_s = np.clip(_SHORTEST_S / max(share, 0.1) ** 2, _SHORTEST_S, _LONGEST_S)
        keep = float(np.exp(-_PIECE_S / memory_s))
        flows, energies = self._gate(*_measured(seen))
        # The block's own later sound counts backwards as the older sound does forwards.
        goals, turn = [], self._turn
        for piece, energy in enumerate(energies):
            self._flow, self._energy = keep * self._flow + flows[piece], keep * self._energy + energy
            weights = keep ** np.arange(1, len(energies) - piece)
            later_energy = float(weights @ energies[piece + 1 :])
            flow = self._flow + weights @ flows[piece + 1 :]
            length = float(np.linalg.norm(flow))
            if energy + later_energy == 0.0 or length == 0.0:
                goals.append(_Goal(turn, 0.0))
                continue
            turn = _turn_to(flow / length, asked, turn)
            sure = (length / (self._energy + later_energy) - _UNSURE) / (_SURE - _UNSURE)
            goals.append(_Goal(turn, float(np.clip(sure, 0.0, 1.0))))
            if self._is_fresh and sure > 0.0:
                self._turn, self._is_fresh = turn, False  # nothing has sounded yet: there is nothing to glide from
        return goals

    def _gate(self, flows: Vector, energies: Vector) -> tuple[Vector, Vector]:
        """Return intensities (P, 3) and energies (P,), with zeros if it is too quiet to follow."""
        heard = np.zeros(len(energies), bool)
        for piece, energy in enumerate(energies):
            self._loudest = max(float(energy), self._loudest * _REMEMBERED)
            heard[piece] = energy >= max(_SILENCE, _QUIET * self._loudest)
        return np.where(heard[:, None], flows, 0.0), np.where(heard, energies, 0.0)

    def _turn_pieces(self, foa: NDArray[np.float32], goals: list["_Goal"]) -> NDArray[np.float32]:
        turned = foa.copy()
        for piece, goal in enumerate(goals):
            at = slice(piece * _PIECE, (piece + 1) * _PIECE)
            field = _matrix(self._turn).astype(np.float32) @ foa[_AXES, at]
            way = _product(goal.turn, _inverse(self._turn))
            way = way if way[0] >= 0.0 else -way
            step = min(_angle(way), goal.sure * np.deg2rad(FASTEST_DEG_S) * _PIECE_S)
            if step > _STILL_RAD:
                axis = way[1:] / np.linalg.norm(way[1:])
                field = _gliding(field, axis, step)
                self._turn = _unit(_product(_about(axis, step), self._turn))
            turned[_AXES, at] = field
        return turned


@dataclass(frozen=True, eq=False)
class _Goal:
    """The target turn of a piece and its certainty, 0..1."""

    turn: Quaternion
    sure: float


def _measured(seen: NDArray[np.float32]) -> tuple[Vector, Vector]:
    """Return intensities (P, 3) x, y, z and energies (P,) of the pieces in (4, 480 + P * 1920), in mean square."""
    intensity, energy = intensity_and_energy(half_overlapped_spectrum(seen, _WINDOW)[..., _BAND])
    scale = mean_square_scale(_WINDOW)
    flows = intensity.sum(axis=2, dtype=np.float64)
    energies = energy.sum(axis=(0, 2), dtype=np.float64)
    by_piece = _PIECE // _HOP
    return (
        scale * flows.reshape(3, -1, by_piece).mean(axis=2).T,
        scale * energies.reshape(-1, by_piece).mean(axis=1),
    )


def _gliding(field: NDArray[np.float32], axis: Vector, angle_rad: float) -> NDArray[np.float32]:
    """Return vectors (3, n) turned about an axis by an angle that grows evenly to `angle_rad` (Rodrigues' formula)."""
    angle = (angle_rad * np.arange(1, field.shape[1] + 1) / field.shape[1]).astype(np.float32)
    a = axis.astype(np.float32)
    x, y, z = field
    across = np.stack([a[1] * z - a[2] * y, a[2] * x - a[0] * z, a[0] * y - a[1] * x])
    along = a[:, None] * (a @ field)
    turned: NDArray[np.float32] = along + (field - along) * np.cos(angle) + across * np.sin(angle)
    return turned


def _turn_to(shown: Vector, asked: Vector, turn: Quaternion) -> Quaternion:
    """Return the turn that brings `shown` to `asked`: the smallest, or for nearly opposite places the current one."""
    if float(angle_between(shown, asked)) < _BEHIND_RAD:
        return _smallest_turn(shown, asked)
    return _unit(_product(_smallest_turn(_matrix(turn) @ shown, asked), turn))


def _smallest_turn(a: Vector, b: Vector) -> Quaternion:
    """Return the smallest rotation from unit vector (3,) `a` to `b`; opposite points follow the contract."""
    middle = slerp(a, b, 0.5)
    return np.concatenate([[float(a @ middle)], np.cross(a, middle)])


def _product(p: Quaternion, q: Quaternion) -> Quaternion:
    """Return the rotation q followed by p."""
    real = p[0] * q[0] - p[1:] @ q[1:]
    return np.concatenate([[real], p[0] * q[1:] + q[0] * p[1:] + np.cross(p[1:], q[1:])])


def _inverse(q: Quaternion) -> Quaternion:
    return np.concatenate([q[:1], -q[1:]])


def _unit(q: Quaternion) -> Quaternion:
    """Return q of length one, with the sign that turns by 180 degrees at most."""
    unit: Quaternion = q * (np.copysign(1.0, q[0]) / np.linalg.norm(q))
    return unit


def _angle(q: Quaternion) -> float:
    return float(2.0 * np.arctan2(np.linalg.norm(q[1:]), abs(q[0])))


def _about(axis: Vector, angle_rad: float) -> Quaternion:
    return np.concatenate([[np.cos(0.5 * angle_rad)], np.sin(0.5 * angle_rad) * axis])


def _matrix(q: Quaternion) -> Vector:
    """Return the (3, 3) matrix of a unit quaternion."""
    w, (x, y, z) = q[0], q[1:]
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    matrix: Vector = np.eye(3) + 2.0 * w * cross + 2.0 * cross @ cross
    return matrix
