"""Encoding of point sources into AmbiX."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from engine.contract.directions import Direction, angle_between, slerp


def sn3d_gains(vectors: ArrayLike) -> NDArray[np.float64]:
    """Return AmbiX gains (..., 4) in the order W, Y, Z, X of unit vectors (..., 3) x, y, z."""
    v = np.asarray(vectors, float)
    return np.stack([np.ones(v.shape[:-1]), v[..., 1], v[..., 2], v[..., 0]], axis=-1)


def encode_point(mono: NDArray[np.floating[Any]], direction: Direction | ArrayLike) -> NDArray[np.float32]:
    """Return AmbiX (4, N) of a mono signal (N,) that stands still at a Direction or a unit vector (3,) x, y, z."""
    vector = direction.unit_vector() if isinstance(direction, Direction) else direction
    return (sn3d_gains(vector)[:, None] * _checked(mono)).astype(np.float32)


def encode_path(
    mono: NDArray[np.floating[Any]], path_vectors: ArrayLike, times_samples: ArrayLike
) -> NDArray[np.float32]:
    """Return AmbiX (4, N) of a mono signal (N,) that moves along great circles, smooth to the sample.

    `path_vectors` (M, 3) are unit vectors x, y, z reached at `times_samples` (M,), which increase and may be fractional
    or outside the signal. The first direction holds before the first time and the last one after the last.
    """
    signal = _checked(mono)
    gains = sn3d_gains(path_at(path_vectors, times_samples, np.arange(signal.size)))
    return (gains.T * signal).astype(np.float32)


def path_at(path_vectors: ArrayLike, times_samples: ArrayLike, at_samples: ArrayLike) -> NDArray[np.float64]:
    """Return unit vectors (N, 3) of a path (see `encode_path`) at sample positions (N,).

    Raises ValueError if the path is empty, its lengths differ or its times do not increase.
    """
    points, times = np.asarray(path_vectors, float), np.asarray(times_samples, float)
    at = np.asarray(at_samples, float)
    if points.ndim != 2 or points.shape[1:] != (3,) or times.shape != points.shape[:1] or times.size == 0:
        raise ValueError(f"A path is (M, 3) vectors at (M,) times, not {points.shape} at {times.shape}.")
    if not np.all(np.diff(times) > 0.0):
        raise ValueError("The times of a path must increase.")
    vectors = np.empty((at.size, 3))
    vectors[at <= times[0]] = points[0]
    vectors[at > times[-1]] = points[-1]
    for begin, end, a, b in zip(times[:-1], times[1:], points[:-1], points[1:], strict=True):
        inside = (at > begin) & (at <= end)
        vectors[inside] = _along_great_circle(a, b, (at[inside] - begin) / (end - begin))
    return vectors


def _along_great_circle(
    a: NDArray[np.float64], b: NDArray[np.float64], fractions: NDArray[np.float64]
) -> NDArray[np.float64]:
    angle = float(angle_between(a, b))
    if angle < 1e-9:
        return np.broadcast_to(a, (fractions.size, 3))
    # The contract's slerp decides the way between opposite points; a quarter of any arc determines its circle.
    quarter = slerp(a, b, 0.25)
    side = quarter - np.dot(quarter, a) * a
    side /= np.linalg.norm(side)
    phase = fractions[:, None] * angle
    vectors: NDArray[np.float64] = np.cos(phase) * a + np.sin(phase) * side
    return vectors


def _checked(mono: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    signal = np.asarray(mono)
    if signal.ndim != 1:
        raise ValueError(f"A mono signal is (N,), not {signal.shape}.")
    return signal
