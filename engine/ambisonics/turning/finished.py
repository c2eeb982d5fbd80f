"""The direction from which a finished take shows its sound: what follows a piece counts as what precedes it.

A generated field wavers, most of all in its first second and from step to step. Read as live sound, a take follows that
too late, and holds still while it is unsure. With all of it known, the mean around each piece has no delay.

- A piece is averaged with its neighbours, weighted by their energy: with few if the field has a direction, with more if
  it is diffuse. The longest mean is about as long as an ear needs to tell a direction in diffuse sound.
- In pauses the nearest sound counts: a dog that moves between two barks is in its place when it barks again.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.ambisonics.turning.field_track import FieldTrack
from engine.ambisonics.turning.quaternions import Vector
from engine.ambisonics.turning.shown import Shown, heard_pieces, sureness

_NARROWEST, _WIDEST = 3.0, 12.0
"""Reach of the mean to each side in pieces of 40 ms: 0.12 to 0.48 s."""
_LEAST_SURE: Final = 0.5
"""No piece is held: the mean is smooth already, and a lane moves on while its field is diffuse."""


def shown_by(track: FieldTrack) -> Shown:
    """Return where a whole take shows its sound; zero directions only if it is silent throughout."""
    heard, _ = heard_pieces(track.energies, 0.0)
    if not heard.any():
        return Shown(np.zeros_like(track.flows), np.zeros_like(track.energies))
    measured = np.where(heard[:, None], np.column_stack([track.flows, track.energies]), 0.0)
    share = _share(_mean(measured, np.full(len(measured), _WIDEST)))
    # The wavering of a mean direction grows as 1 / (share * sqrt(time)): choose the time for constant wavering.
    mean = _mean(measured, np.clip(_NARROWEST / np.maximum(share, 0.1) ** 2, _NARROWEST, _WIDEST))
    length = np.linalg.norm(mean[:, :3], axis=1)
    is_shown = length > 0.0
    if not is_shown.any():
        return Shown(np.zeros_like(track.flows), np.zeros_like(track.energies))
    nearest = _nearest(is_shown)
    directions = (mean[:, :3] / np.where(is_shown, length, 1.0)[:, None])[nearest]
    return Shown(directions, np.maximum(sureness(_share(mean)), _LEAST_SURE)[nearest])


def _mean(measured: Vector, reach: Vector) -> Vector:
    """Return weighted sums of rows (P, n) around each, by a raised cosine that ends `reach` (P,) pieces away."""
    total = measured.copy()
    for away in range(1, int(np.ceil(reach.max()))):
        weight = np.where(away < reach, 0.5 + 0.5 * np.cos(np.pi * away / reach), 0.0)[:, None]
        total[away:] += weight[away:] * measured[:-away]
        total[:-away] += weight[:-away] * measured[away:]
    return total


def _share(sums: Vector) -> Vector:
    """Return the share (P,) of the energy that flows in one direction, from rows (P, 4) of flow and energy."""
    share: Vector = np.linalg.norm(sums[:, :3], axis=1) / np.maximum(sums[:, 3], np.finfo(float).tiny)
    return share


def _nearest(is_shown: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return for each piece the nearest one that is shown, the later one of two."""
    shown, pieces = np.flatnonzero(is_shown), np.arange(len(is_shown))
    after = np.searchsorted(shown, pieces)
    before, after = shown[np.maximum(after - 1, 0)], shown[np.minimum(after, len(shown) - 1)]
    return np.where(np.abs(pieces - before) < np.abs(after - pieces), before, after)
