"""One source that moves within a segment, which would look like two still sources at the ends of its way.

Over a second its covariance has two large eigenvalues; over an eighth of a second it has one, and the direction
continues from one eighth to the next.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.contract.directions import angle_between

_PIECES = 8
_ONE = 0.9
_MOST_OF_IT = 0.95
_LENGTH_WITHIN = 0.09
_FASTEST_RAD = np.radians(25.0)
"""Limit from one piece to the next: 200 degrees per second."""
_FEWEST = 5
_STEADY = 1.8
"""Limit of the speed relative to the mean of the second; a jump is another source that takes over."""
_MOVED_RAD = np.radians(15.0)
"""A slower source is measured more precisely as if it stood still."""
_TINY = 1e-12


@dataclass(frozen=True, eq=False)
class Way:
    """Unit vectors (3,) at the start and end of a source and in the mean, and its share (0..1) of the energy."""

    begins: NDArray[np.float64]
    mean: NDArray[np.float64]
    ends: NDArray[np.float64]
    share: float


def way_of_one(spectrum: NDArray[np.complex128]) -> Way | None:
    """Return the way of the only source in a band's spectrum (4, T, F); None if there are others or it hardly moves."""
    pieces = [piece.reshape(4, -1) for piece in np.array_split(spectrum, _PIECES, axis=1)]
    values, vectors = np.linalg.eigh(np.array([np.real(piece @ piece.conj().T) for piece in pieces]))
    energy = np.maximum(values.sum(axis=1), 0.0)
    main = vectors[:, :, -1] * np.where(vectors[:, :1, -1] < 0, -1.0, 1.0)
    length = np.linalg.norm(main[:, 1:], axis=1)
    # The eigenvector of one wave is [1, sqrt(3) u] / 2.
    alone = (values[:, -1] > _ONE * energy) & (np.abs(length - np.sqrt(0.75)) < _LENGTH_WITHIN)
    at = np.flatnonzero(alone)
    if at.size < _FEWEST or energy[at].sum() < _MOST_OF_IT * energy.sum():
        return None
    units = main[at, 1:] / length[at, None]
    way = angle_between(units[1:], units[:-1])
    fastest = float((way / np.diff(at)).max())
    if (
        fastest > min(_FASTEST_RAD, _STEADY * way.sum() / (at[-1] - at[0]))
        or angle_between(units, units[0]).max() < _MOVED_RAD
    ):
        return None
    mean = energy[at] @ units
    noise = values[at, :3].sum() / 3.0
    share = 1.0 - 4.0 * noise / max(float(energy[at].sum()), _TINY)
    return Way(units[0], mean / max(float(np.linalg.norm(mean)), _TINY), units[-1], float(max(share, 0.0)))
