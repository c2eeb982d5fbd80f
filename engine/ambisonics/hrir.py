"""Sets of head-related impulse responses: delaying, resampling, mirroring, spreading evenly over the sphere.

Offline only: scipy and soxr are imported inside the functions that need them.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.ambisonics.grid import fibonacci_directions
from engine.contract.errors import InvalidInputError

_EDGE_SAMPLES: Final = 64
"""Silence put around a response, for the ringing of a steep filter."""
_POINTS: Final = 500
_REACH_RAD: Final = np.deg2rad(25.0)
_LEAST_COVERAGE: Final = 0.75


@dataclass(frozen=True, eq=False)
class HrirSet:
    """Impulse responses of M directions.

    `vectors` (M, 3) are unit vectors x, y, z; `responses` (M, 2, N) are left and right ear at `rate_hz`.
    """

    vectors: NDArray[np.float64]
    responses: NDArray[np.float64]
    rate_hz: int

    def __post_init__(self) -> None:
        """Check the shapes."""
        directions = len(self.vectors)
        if self.vectors.shape != (directions, 3) or self.responses.shape[:2] != (directions, 2):
            raise ValueError(f"HRIRs are (M, 2, N) at (M, 3), not {self.responses.shape} at {self.vectors.shape}.")


def delayed(hrirs: HrirSet, delays: NDArray[np.float64]) -> HrirSet:
    """Return the set with each response (M, 2) later by so many samples, which need not be whole and not negative."""
    if not np.any(delays):
        return hrirs
    size = hrirs.responses.shape[2] + int(np.ceil(delays.max())) + _EDGE_SAMPLES
    turn = np.exp(-2j * np.pi * np.fft.rfftfreq(size) * delays[..., None])
    return HrirSet(hrirs.vectors, np.fft.irfft(np.fft.rfft(hrirs.responses, size) * turn, size), hrirs.rate_hz)


def with_mirror_image(hrirs: HrirSet) -> HrirSet:
    """Return the set merged with its left-right mirror image: a head with two equal halves."""
    mirrored = hrirs.vectors * np.array([1.0, -1.0, 1.0])
    return HrirSet(
        np.concatenate([hrirs.vectors, mirrored]),
        np.concatenate([hrirs.responses, hrirs.responses[:, ::-1]]),
        hrirs.rate_hz,
    )


def resampled(hrirs: HrirSet, rate_hz: int) -> HrirSet:
    """Return the set at another sampling rate, with the same magnitude response; a little silence is put around it."""
    import soxr

    if rate_hz == hrirs.rate_hz:
        return hrirs
    count, _, samples = hrirs.responses.shape
    padded = np.pad(hrirs.responses, ((0, 0), (0, 0), (_EDGE_SAMPLES, _EDGE_SAMPLES)))
    columns = np.ascontiguousarray(padded.reshape(2 * count, samples + 2 * _EDGE_SAMPLES).T)
    pieces = [soxr.resample(columns[:, at : at + 64], hrirs.rate_hz, rate_hz, "VHQ") for at in range(0, 2 * count, 64)]
    responses = np.concatenate(pieces, axis=1).T.reshape(count, 2, -1) * (hrirs.rate_hz / rate_hz)
    return HrirSet(hrirs.vectors, responses, rate_hz)


def spread_evenly(hrirs: HrirSet) -> HrirSet:
    """Return up to 500 directions of the set that are spread evenly: those nearest to the points of an even lattice.

    A direction may come several times, and none comes for points farther than 25 degrees from all of them. Every
    direction then stands for an equal share of the sphere. Raises InvalidInputError if less than three quarters of the
    sphere are measured.
    """
    from scipy.spatial import KDTree

    distances, nearest = KDTree(hrirs.vectors).query(fibonacci_directions(_POINTS))
    near = distances < 2.0 * np.sin(_REACH_RAD / 2.0)
    if near.mean() < _LEAST_COVERAGE:
        raise InvalidInputError(
            f"{len(hrirs.vectors)} directions cover {near.mean():.0%} of the sphere around the head, and "
            f"{_LEAST_COVERAGE:.0%} are needed."
        )
    chosen = nearest[near]
    return HrirSet(hrirs.vectors[chosen], hrirs.responses[chosen], hrirs.rate_hz)
