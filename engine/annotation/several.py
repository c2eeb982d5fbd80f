"""Directions of several sources that sound at once, from one segment of AmbiX.

In N3D a plane wave from u is the signal times [1, sqrt(3) u], and a diffuse field has equal power in every channel. So
the covariance of up to three waves has as many large eigenvalues, and the rest is noise to which their steering vectors
are orthogonal (MUSIC; Schmidt, "Multiple emitter location and signal parameter estimation", IEEE TAP 34(3), 1986).
First-order steering vectors do not depend on frequency: one covariance serves the whole band. It is exact for one and
two sources; for three and four, or where the two disagree, the zones in which one source is alone decide (zones.py).
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls
from scipy.spatial import cKDTree

from engine.ambisonics.intensity import DOA_BAND_HZ
from engine.annotation.zones import gathered, zone_directions
from engine.contract.directions import angle_between

_FRAME = 1024
_GRID_POINTS = 4_000
_MOST_WAVES = 2
_MOST = 4
_LEAST_GATHERED = 0.035
_AGREE_RAD = np.radians(15.0)
_LEAST_SHARE_OF_MANY = 0.03
_OVER_NOISE = 2.5
_OF_LOUDEST = 0.02
_LEAST_SHARE = 0.08
_LEAST_ANGLE_RAD = np.radians(20.0)
_SILENCE = 1e-12


@dataclass(frozen=True, eq=False)
class HeardSource:
    """`vector` (3,) is a unit vector x, y, z; `share` its part (0..1) of the segment's energy in the band."""

    vector: NDArray[np.float64]
    share: float


def sources_in(
    foa: NDArray[np.floating[Any]], rate_hz: int, band_hz: tuple[float, float] = DOA_BAND_HZ
) -> tuple[HeardSource, ...]:
    """Return the sources of AmbiX (4, N), loudest first, four at most; none in silence or where nothing has direction.

    Two sources need to be 20 degrees apart to be told apart, and the weaker one to have a twelfth of the energy; three
    and four 25 degrees, and a thirtieth of the zones each.
    """
    covariance = band_covariance(foa, rate_hz, band_hz)
    total = float(np.trace(covariance))
    if total < _SILENCE:
        return ()
    values, vectors = np.linalg.eigh(covariance / total)
    # The second smallest: with two sources at most it is noise too, and recordings without height have a silent Z.
    noise = max(values[1], 1e-9)
    strong = (values > _OVER_NOISE * noise) & (values > _OF_LOUDEST * values[-1])
    count = min(int(strong.sum()), _MOST_WAVES)
    waves = _music_peaks(vectors[:, : 4 - count], count) if count else np.zeros((0, 3))
    peaks = _with_zones(waves, foa, rate_hz, band_hz)
    if not len(peaks):
        return ()
    shares = _powers(covariance / total, peaks)
    least = _LEAST_SHARE if len(peaks) <= _MOST_WAVES else _LEAST_SHARE_OF_MANY
    kept = sorted(
        (HeardSource(p, float(s)) for p, s in zip(peaks, shares, strict=True) if s >= least),
        key=lambda source: -source.share,
    )
    return tuple(kept)


def _with_zones(
    peaks: NDArray[np.float64], foa: NDArray[np.floating[Any]], rate_hz: int, band_hz: tuple[float, float]
) -> NDArray[np.float64]:
    """Return the waves found in the covariance (K, 3), or where zones gather: at three places or more, or two others.

    With more than two sources, two waves lie between them.
    """
    directions, weights = zone_directions(foa, rate_hz, band_hz)
    if not len(directions):
        return peaks
    places, _ = gathered(directions, weights, _sphere()[0][::2], _MOST, _LEAST_GATHERED)
    if len(places) <= 1 or not len(peaks):
        return peaks if len(peaks) else places
    apart = angle_between(peaks[:, None], places[None]).min(axis=1)
    return places if len(places) > _MOST_WAVES or bool((apart > _AGREE_RAD).any()) else peaks


def band_covariance(foa: NDArray[np.floating[Any]], rate_hz: int, band_hz: tuple[float, float]) -> NDArray[np.float64]:
    """Return the real covariance (4, 4) of W, X, Y, Z in N3D, summed over a band and half-overlapping Hann frames."""
    samples = np.asarray(foa, np.float64)[[0, 3, 1, 2]] * np.array([1.0, *[np.sqrt(3.0)] * 3])[:, None]
    samples = np.pad(samples, ((0, 0), (0, max(0, _FRAME - samples.shape[1]))))
    frames = np.lib.stride_tricks.sliding_window_view(samples, _FRAME, axis=1)[:, :: _FRAME // 2]
    spectrum = np.fft.rfft(frames * np.hanning(_FRAME + 1)[:-1], axis=2)
    bin_hz = rate_hz / _FRAME
    first, last = int(np.ceil(band_hz[0] / bin_hz)), int(band_hz[1] / bin_hz)
    flat = spectrum[:, :, first : last + 1].reshape(4, -1)
    covariance: NDArray[np.float64] = np.real(flat @ flat.conj().T) / (frames.shape[1] * _FRAME**2)
    return covariance


@cache
def _sphere() -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Return a Fibonacci grid (P, 3), its steering vectors (P, 4) and the eight neighbours (P, 8) of each point."""
    index = np.arange(_GRID_POINTS) + 0.5
    z = 1.0 - 2.0 * index / _GRID_POINTS
    azimuth = np.pi * (1.0 + 5.0**0.5) * index
    points = np.stack([np.sqrt(1 - z * z) * np.cos(azimuth), np.sqrt(1 - z * z) * np.sin(azimuth), z], axis=1)
    _, neighbours = cKDTree(points).query(points, 9)
    return points, steering(points), np.asarray(neighbours[:, 1:], np.int64)


def steering(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the steering vectors (P, 4) of unit length of directions (P, 3)."""
    ones = np.ones((len(vectors), 1))
    result: NDArray[np.float64] = np.concatenate([ones, np.sqrt(3.0) * vectors], axis=1) / 2.0
    return result


def _music_peaks(noise_space: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    points, steer, neighbours = _sphere()
    leak = np.sum((steer @ noise_space) ** 2, axis=1)
    lowest = np.flatnonzero(np.all(leak[:, None] <= leak[neighbours], axis=1))
    found: list[NDArray[np.float64]] = []
    for place in lowest[np.argsort(leak[lowest])]:
        vector = _refined(points[place], noise_space)
        if all(np.arccos(np.clip(vector @ other, -1.0, 1.0)) >= _LEAST_ANGLE_RAD for other in found):
            found.append(vector)
        if len(found) == count:
            break
    return np.array(found).reshape(-1, 3)


def _refined(vector: NDArray[np.float64], noise_space: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the direction of least leakage near a grid point, by projected Gauss-Newton on the sphere."""
    for _ in range(8):
        residual = noise_space.T @ steering(vector[None])[0]
        slope = noise_space[1:].T * (np.sqrt(3.0) / 2.0)
        tangent = np.linalg.svd(vector[None])[2][1:]
        step, *_ = np.linalg.lstsq(slope @ tangent.T, -residual, rcond=None)
        moved = vector + np.clip(step, -0.1, 0.1) @ tangent
        vector = moved / np.linalg.norm(moved)
    return vector


def _powers(covariance: NDArray[np.float64], vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each wave's share of the energy: least squares, none negative, with a diffuse part beside them."""
    steer = steering(vectors)
    parts = [np.outer(s, s).ravel() for s in steer] + [np.eye(4).ravel() / 4.0]
    powers, _ = nnls(np.stack(parts, axis=1), covariance.ravel())
    shares: NDArray[np.float64] = powers[:-1] / max(float(powers.sum()), 1e-12)
    return shares
