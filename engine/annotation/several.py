"""Directions of several simultaneous sources, from one segment of AmbiX.

The covariance of up to two waves in a diffuse field has as many large eigenvalues, and the rest is noise to which their
steering vectors are orthogonal (MUSIC; Schmidt, "Multiple emitter location and signal parameter estimation", IEEE TAP
34(3), 1986). One covariance serves the whole band. It is exact for one and two sources, whose waves and a diffuse part
then explain the covariance. If they do not, the clusters of directions in time-frequency zones decide (zones.py).
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls
from scipy.spatial import cKDTree

from engine.ambisonics.grid import fibonacci_directions
from engine.ambisonics.intensity import DOA_BAND_HZ, SILENCE_POWER
from engine.annotation.field import band_spectrum, steering
from engine.annotation.moving import way_of_one
from engine.annotation.zones import gathered, zone_directions
from engine.contract.directions import angle_between

_GRID_POINTS = 4_000
_COARSER = 4
"""Every fourth point of the grid, 7 degrees apart, is enough to begin the search for clusters 9 degrees wide."""
_MOST_WAVES = 2
_MOST = 4
_LEAST_GATHERED = 0.035
_EXPLAINED = 0.01
"""If the covariance of the waves is this close to the measured one (relative norm), nothing is left to explain."""
_BETTER = 0.6
"""Another source has to reduce the residual to this share. In dry mixes it reduced it to a tenth, rarely to a third;
a room's reflections mostly leave more than half."""
_LEAST_SHARE_OF_MANY = 0.03
_OVER_NOISE = 2.5
_OF_LOUDEST = 0.004
_LEAST_SHARE = 0.01
_SURE = 0.08
_OVER_REST = 2.0
"""A wave below the sure share has to exceed the residual of all waves by this factor: it may be part of a room."""
_NEAR_RAD = np.radians(24.0)
_LEAST_ANGLE_RAD = np.radians(20.0)


@dataclass(frozen=True, eq=False)
class DetectedSource:
    """`vector` (3,) is a unit vector x, y, z; `share` its part (0..1) of the segment's energy in the band.

    For a source that moves within the segment `vector` is the mean, and `begins` and `ends` are known too.
    """

    vector: NDArray[np.float64]
    share: float
    begins: NDArray[np.float64] | None = None
    ends: NDArray[np.float64] | None = None


def sources_in(
    foa: NDArray[np.floating[Any]], rate_hz: int, band_hz: tuple[float, float] = DOA_BAND_HZ
) -> tuple[DetectedSource, ...]:
    """Return the sources of AmbiX (4, N), loudest first, at most four; none in silence or if nothing has a direction.

    Two sources need to be 20 degrees apart to be separated, and the weaker one needs a hundredth of the energy (a
    twelfth if waves do not explain the field, as in a room). Three and four need 25 degrees, and a thirtieth each.
    """
    spectrum, bin_hz = band_spectrum(foa, rate_hz, band_hz)
    covariance = _covariance(spectrum)
    total = float(np.trace(covariance))
    if total < SILENCE_POWER:
        return ()
    way = way_of_one(spectrum)
    if way is not None:
        return (DetectedSource(way.mean, way.share, way.begins, way.ends),)
    tried = _sphere()[0][::_COARSER]
    places = gathered(*zone_directions(spectrum, bin_hz), tried, _MOST, _LEAST_GATHERED)
    vectors, shares, rest = _explained(covariance / total, places)
    least = max(_LEAST_SHARE, min(_OVER_REST * rest, _SURE)) if len(vectors) <= _MOST_WAVES else _LEAST_SHARE_OF_MANY
    kept = sorted(
        (DetectedSource(v, float(s)) for v, s in zip(vectors, shares, strict=True) if s >= least),
        key=lambda source: -source.share,
    )
    return tuple(kept)


def band_covariance(foa: NDArray[np.floating[Any]], rate_hz: int, band_hz: tuple[float, float]) -> NDArray[np.float64]:
    """Return the real covariance (4, 4) of W, X, Y, Z in N3D, summed over a band and half-overlapping Hann frames."""
    return _covariance(band_spectrum(foa, rate_hz, band_hz)[0])


def _covariance(spectrum: NDArray[np.complex128]) -> NDArray[np.float64]:
    flat = spectrum.reshape(4, -1)
    covariance: NDArray[np.float64] = np.real(flat @ flat.conj().T) / spectrum.shape[1]
    return covariance


def _explained(
    covariance: NDArray[np.float64], places: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Return the waves (K, 3) that explain a covariance of trace one, their shares and the residual (see `_powers`).

    They are MUSIC's one or two if these leave nothing. Otherwise they are whichever leaves least for its number: these,
    drawn to the places, or the first one, two ... places.
    """
    values, vectors = np.linalg.eigh(covariance)
    # The second smallest: with at most two sources it is noise too, and recordings without height have a silent Z.
    noise = max(values[1], 1e-9)
    strong = (values > _OVER_NOISE * noise) & (values > _OF_LOUDEST * values[-1])
    count = min(int(strong.sum()), _MOST_WAVES)
    waves = _music_peaks(vectors[:, : 4 - count], count) if count else np.zeros((0, 3))
    shares, rest = _powers(covariance, waves)
    if rest < _EXPLAINED or not len(places):
        return waves, shares, rest
    waves = _drawn(waves, places)
    shares, rest = _powers(covariance, waves)
    best, least = (waves, shares, rest), rest / _BETTER ** len(waves)
    for many in range(1, len(places) + 1):
        shares, rest = _powers(covariance, places[:many])
        if rest / _BETTER**many < least or not len(waves):
            best, least = (places[:many], shares, rest), rest / _BETTER**many
    return best


def _drawn(waves: NDArray[np.float64], places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the waves (K, 3), each moved to the nearest of the places if one is near: a room only distorts waves."""
    angles = angle_between(waves[:, None], places[None])
    return np.where(angles.min(axis=1, keepdims=True) < _NEAR_RAD, places[angles.argmin(axis=1)], waves)


@cache
def _sphere() -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Return a Fibonacci grid (P, 3), its steering vectors (P, 4) and the eight neighbours (P, 8) of each point."""
    points = fibonacci_directions(_GRID_POINTS)
    _, neighbours = cKDTree(points).query(points, 9)
    return points, steering(points), np.asarray(neighbours[:, 1:], np.int64)


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


def _powers(covariance: NDArray[np.float64], vectors: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Return each wave's share of the energy and the unexplained residual, as a part of the covariance's norm.

    Least squares, none negative, with a diffuse part beside them.
    """
    parts = [np.outer(s, s).ravel() for s in steering(vectors)] + [np.eye(4).ravel() / 4.0]
    powers, rest = nnls(np.stack(parts, axis=1), covariance.ravel())
    return powers[:-1] / max(float(powers.sum()), 1e-12), float(rest / np.linalg.norm(covariance))
