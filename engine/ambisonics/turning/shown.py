"""The direction from which live sound shows its source, read from its track and averaged with the energy.

A finished take is known to its end, and read otherwise (`finished.py`).

- The block is complete when it is read, so its own later sound counts too; nothing is delayed.
- Flow is averaged with its energy: loud sound decides. Diffuse fields waver, so they are averaged for longer.
- In silence, and far below the preceding sound, nothing is shown: noise between two barks does not move the dog.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.ambisonics.turning.field_track import PIECE_S, FieldTrack
from engine.ambisonics.turning.quaternions import Vector, matrix_of, smallest_turn

_SHORTEST_S: Final = 0.08
_LONGEST_S: Final = 0.6
_SILENCE: Final = 1e-8
"""Mean energy density (-80 dBFS) below which nothing is measured."""
_QUIET: Final = 1e-3
"""Below this share of the loudest energy (30 dB) a piece is not measured either; the loudest decays slowly."""
_REMEMBERED: Final = 10.0 ** (-0.6 * PIECE_S)
"""Decay of the loudest energy from piece to piece: 6 dB per second."""
_UNSURE, _SURE = 0.05, 0.3
"""Share of the energy that flows in one direction: at `_UNSURE` the turn is held, from `_SURE` on it moves freely."""


@dataclass(frozen=True, eq=False)
class Shown:
    """The directions from which pieces of 40 ms show their sound.

    `directions` (P, 3) are unit vectors x, y, z, or zero if nothing can be followed. `sure` (P,) is 0 to 1: how freely
    a turn may follow.
    """

    directions: Vector
    sure: Vector


class ShownReader:
    """Reads the track of one stream, block after block. Not thread-safe."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Forget everything that was measured."""
        self._flow, self._energy, self._loudest = np.zeros(3), 0.0, 0.0

    def move(self, asked: Vector, now_asked: Vector) -> None:
        """Tell that the model was asked for another place, both unit vectors (3,).

        What was measured belongs to the earlier place: it moves along, and counts only while that is near.
        """
        kept = max(0.0, float(asked @ now_asked))
        self._flow = kept * (matrix_of(smallest_turn(asked, now_asked)) @ self._flow)
        self._energy *= kept

    def read(self, track: FieldTrack) -> Shown:
        """Return where the pieces of the next block show their sound."""
        share = float(np.linalg.norm(self._flow)) / self._energy if self._energy > 0.0 else 1.0
        # The wavering of a mean direction grows as 1 / (share * sqrt(time)): choose the time for constant wavering.
        memory_s = np.clip(_SHORTEST_S / max(share, 0.1) ** 2, _SHORTEST_S, _LONGEST_S)
        keep = float(np.exp(-PIECE_S / memory_s))
        flows, energies = self._gate(track)
        directions, sures = np.zeros((len(energies), 3)), np.zeros(len(energies))
        # The block's own later sound counts backwards as the older sound does forwards.
        for piece, energy in enumerate(energies):
            self._flow, self._energy = keep * self._flow + flows[piece], keep * self._energy + energy
            weights = keep ** np.arange(1, len(energies) - piece)
            later_energy = float(weights @ energies[piece + 1 :])
            flow = self._flow + weights @ flows[piece + 1 :]
            length = float(np.linalg.norm(flow))
            if energy + later_energy == 0.0 or length == 0.0:
                continue
            directions[piece] = flow / length
            sures[piece] = sureness(np.asarray(length / (self._energy + later_energy)))
        return Shown(directions, sures)

    def _gate(self, track: FieldTrack) -> tuple[Vector, Vector]:
        """Return flows (P, 3) and energies (P,), with zeros if it is too quiet to follow."""
        heard, self._loudest = heard_pieces(track.energies, self._loudest)
        return np.where(heard[:, None], track.flows, 0.0), np.where(heard, track.energies, 0.0)


def heard_pieces(energies: Vector, loudest: float) -> tuple[NDArray[np.bool_], float]:
    """Return which pieces (P,) are loud enough to be followed, and the loudest energy that the next ones go by.

    `loudest` is that before the first piece, 0 at the start of a sound.
    """
    # The decay in decibels runs in a straight line: the largest value above that line is the loudest.
    fallen = -np.log10(_REMEMBERED) * np.arange(1, len(energies) + 1)
    tiny = np.finfo(float).tiny
    raised = np.log10(np.maximum(energies, tiny)) + fallen
    peaks = 10.0 ** (np.maximum.accumulate(np.maximum(raised, np.log10(max(loudest, tiny)))) - fallen)
    return energies >= np.maximum(_SILENCE, _QUIET * peaks), float(peaks[-1]) if len(peaks) else loudest


def sureness(share: Vector) -> Vector:
    """Return how freely a turn may follow, 0 to 1, for shares of energy that flow in one direction."""
    sure: Vector = np.clip((share - _UNSURE) / (_SURE - _UNSURE), 0.0, 1.0)
    return sure
