"""Sets of head-related impulse responses: reading SOFA files, mirroring, resampling, shares of the sphere.

Offline only: scipy and h5py are imported inside the functions that need them.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.contract.directions import unit_vectors
from engine.contract.errors import InvalidInputError


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


def load_sofa(path: Path) -> HrirSet:
    """Read a SOFA file of the convention SimpleFreeFieldHRIR.

    Raises InvalidInputError if the file cannot be opened, has another convention, or holds no usable data.
    """
    import h5py

    try:
        with h5py.File(path, "r") as file:
            convention = file.attrs.get("SOFAConventions", b"")
            responses = np.asarray(file["Data.IR"], float)
            positions = np.asarray(file["SourcePosition"], float)
            kind = file["SourcePosition"].attrs.get("Type", b"")
            rate_hz = round(float(np.asarray(file["Data.SamplingRate"], float).ravel()[0]))
    except (OSError, KeyError, ValueError) as error:
        raise InvalidInputError(f"{path} cannot be read as a SOFA file of head-related responses: {error}.") from error
    if _text(convention) != "SimpleFreeFieldHRIR" or responses.ndim != 3 or responses.shape[1] != 2:
        raise InvalidInputError(f"{path} is a SOFA file, but not of the convention SimpleFreeFieldHRIR with two ears.")
    if not np.all(np.isfinite(responses)) or positions.shape != (len(responses), 3):
        raise InvalidInputError(f"{path} holds damaged responses or positions.")
    if _text(kind) == "cartesian":
        vectors = positions / np.linalg.norm(positions, axis=1, keepdims=True)
    else:
        vectors = unit_vectors(np.deg2rad(positions[:, 0]), np.deg2rad(positions[:, 1]))
    return HrirSet(vectors, _left_ear_first(vectors, responses), rate_hz)


def with_mirror_image(hrirs: HrirSet) -> HrirSet:
    """Return the set merged with its left-right mirror image: a head with two equal halves."""
    mirrored = hrirs.vectors * np.array([1.0, -1.0, 1.0])
    return HrirSet(
        np.concatenate([hrirs.vectors, mirrored]),
        np.concatenate([hrirs.responses, hrirs.responses[:, ::-1]]),
        hrirs.rate_hz,
    )


def resampled(hrirs: HrirSet, rate_hz: int) -> HrirSet:
    """Return the set at another sampling rate, with the same magnitude response."""
    from scipy.signal import resample_poly

    if rate_hz == hrirs.rate_hz:
        return hrirs
    divisor = int(np.gcd(rate_hz, hrirs.rate_hz))
    up, down = rate_hz // divisor, hrirs.rate_hz // divisor
    responses = resample_poly(hrirs.responses, up, down, axis=2) * (down / up)
    return HrirSet(hrirs.vectors, responses, rate_hz)


def sphere_shares(vectors: NDArray[np.float64], largest_share: float = 4.0) -> NDArray[np.float64]:
    """Return the share (M,) of the sphere's surface that is nearest to each of (M, 3) unit vectors; they sum to 1.

    Duplicate directions split their share. A share is capped at `largest_share` times the mean, so that the
    rim of an unmeasured cap does not stand for all of it.
    """
    from scipy.spatial import SphericalVoronoi

    unique, index, count = np.unique(np.round(vectors, 6), axis=0, return_inverse=True, return_counts=True)
    unique /= np.linalg.norm(unique, axis=1, keepdims=True)
    areas = SphericalVoronoi(unique, threshold=1e-7).calculate_areas()
    areas = np.minimum(areas, largest_share * areas.mean())
    index = index.ravel()
    shares = areas[index] / count[index]
    return np.asarray(shares / shares.sum(), float)


def _left_ear_first(vectors: NDArray[np.float64], responses: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the responses with the ear first that is louder for sources on the left.

    The ReceiverPosition in the file is ignored: copies of the CIPIC database swap the names of the ears.
    """
    energy = np.square(responses).sum(axis=2)
    left_sources, right_sources = energy[vectors[:, 1] > 0.5].sum(axis=0), energy[vectors[:, 1] < -0.5].sum(axis=0)
    first_is_left = left_sources[0] * right_sources[1] >= left_sources[1] * right_sources[0]
    return responses if first_is_left else responses[:, ::-1]


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
