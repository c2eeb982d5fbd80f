"""Directions of three and more simultaneous sources: from zones of time and frequency that hold one or two of them.

Four channels can represent at most three waves, but sounds seldom fill the same zones. A zone whose covariance has one
large eigenvalue hears one source (single-source zones; Pavlidi et al., "Real-time multiple sound source localization
and counting using a circular microphone array", IEEE TASLP 21(10), 2013). One with two hears two, and in first order
these have a closed form (two waves per bin: Barrett and Berge, "A new method for B-format to binaural transcoding", AES
40th Conference, 2010): their directions are where the planes orthogonal to the two noise vectors cut the sphere. Zones
that two sources share would point between them otherwise. The directions of all zones cluster around the sources.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.annotation.field import steering

_ZONE_FRAMES = 2
_ZONE_HZ = 300.0
_ONE = 0.95
"""A zone hears one source if its largest eigenvalue has this share of the energy."""
_TWO = 0.94
"""A zone hears two if its two largest have this share."""
_COMPRESSION = 0.5
_FAINTEST = 1e-4
_LEAST_PART = 0.1
_FADES = 0.8
_STAYS = 0.03
"""The share of a zone's energy that counts as decay of the previous one, and the weight it still has."""
_SPREAD_RAD = np.radians(9.0)
_REACH_RAD = np.radians(24.0)
_TINY = 1e-12


def zone_directions(spectrum: NDArray[np.complex128], bin_hz: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return unit vectors (V, 3) and weights (V,) of the waves in the zones of a band's spectrum (4, T, F).

    All zones' weights sum to one, those without a wave included. Weights are roots of energies, so that a soft source
    in many zones counts beside a loud one in few. Onsets count more: decay comes from a room's walls as well.
    """
    covariance = _covariances(spectrum, bin_hz)
    values, vectors = np.linalg.eigh(covariance)
    energy = np.maximum(values.sum(axis=1), 0.0)
    weights = _begun(energy, spectrum.shape[1] // _ZONE_FRAMES) ** _COMPRESSION
    weights /= max(float(weights.sum()), _TINY)
    loud = energy > _FAINTEST * energy.max()
    main = vectors[:, :, -1] * np.where(vectors[:, :1, -1] < 0, -1.0, 1.0)
    length = np.linalg.norm(main[:, 1:], axis=1)
    alone = loud & (values[:, -1] > _ONE * energy)
    # One wave's eigenvector is [1, sqrt(3) u] / 2; that of coherent waves has another length.
    one = alone & (np.abs(length - np.sqrt(0.75)) < 0.09)
    pair, parts, real = _two_waves(values, vectors)
    two = loud & ~alone & real & (values[:, 2:].sum(axis=1) > _TWO * energy)
    heard = two[:, None] & (parts > _LEAST_PART)
    directions = np.concatenate([main[one, 1:] / length[one, None], pair[heard]])
    return directions, np.concatenate([weights[one], (weights[:, None] * parts)[heard]])


def _begun(energy: NDArray[np.float64], times: int) -> NDArray[np.float64]:
    """Return the part of the energy (Z,) of zones, `times` rows in a row, that is new since the previous row."""
    rows = energy.reshape(times, -1)
    before = np.concatenate([np.zeros_like(rows[:1]), rows[:-1]])
    return np.maximum(rows - _FADES * before, _STAYS * rows).reshape(-1)


def gathered(
    directions: NDArray[np.float64], weights: NDArray[np.float64], points: NDArray[np.float64], most: int, least: float
) -> NDArray[np.float64]:
    """Return the clusters (K, 3) of directions (V, 3), the greatest first: at most `most`, each with `least` weight.

    `points` (P, 3) are the candidates; each cluster takes all directions within 24 degrees away from the next.
    """
    left = weights.copy()
    found: list[NDArray[np.float64]] = []
    # Single precision: the only large array here, and only the place of its maximum counts.
    near = _kernel((points @ directions.T).astype(np.float32))
    while len(found) < most and len(directions):
        place = points[int(np.argmax(near @ left))]
        for _ in range(3):
            mean = (left * _kernel(directions @ place)) @ directions
            place = mean / max(float(np.linalg.norm(mean)), _TINY)
        inside = directions @ place > np.cos(_REACH_RAD)
        if left[inside].sum() < least:
            break
        found.append(place)
        left[inside] = 0.0
    return np.array(found).reshape(-1, 3)


def _covariances(spectrum: NDArray[np.complex128], bin_hz: float) -> NDArray[np.float64]:
    """Return the real covariances (Z, 4, 4) of zones of two frames and about 300 Hz."""
    _, frames, bins = spectrum.shape
    width = min(max(int(_ZONE_HZ / bin_hz), 2), bins)
    bands, times = bins // width, frames // _ZONE_FRAMES
    kept = spectrum[:, : times * _ZONE_FRAMES, : bands * width].reshape(4, times, _ZONE_FRAMES, bands, width)
    zones = kept.transpose(1, 3, 0, 2, 4).reshape(times * bands, 4, -1)
    return np.real(zones @ zones.conj().transpose(0, 2, 1))


def _two_waves(
    values: NDArray[np.float64], vectors: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Return, for eigenvalues (Z, 4) and vectors (Z, 4, 4), two unit vectors (Z, 2, 3), shares (Z, 2), if any (Z,).

    A wave from u is orthogonal to a noise vector n where n[0] + sqrt(3) n[1:] u = 0: a plane. Two planes meet in a
    line, and the line meets the sphere at two points or, if no two waves explain the zone, nowhere.
    """
    normals = np.sqrt(3.0) * vectors[:, 1:, :2].transpose(0, 2, 1)
    gram = normals @ normals.transpose(0, 2, 1)
    crossing = np.linalg.det(gram) > 1e-6
    inverse = np.linalg.inv(np.where(crossing[:, None, None], gram, np.eye(2)))
    nearest = -np.einsum("zki,zkl,zl->zi", normals, inverse, vectors[:, 0, :2])
    left = 1.0 - np.sum(nearest**2, axis=1)
    along = np.cross(normals[:, 0], normals[:, 1])
    along *= (np.sqrt(np.maximum(left, 0.0)) / np.maximum(np.linalg.norm(along, axis=1), _TINY))[:, None]
    pair = np.stack([nearest + along, nearest - along], axis=1)
    pair /= np.maximum(np.linalg.norm(pair, axis=2, keepdims=True), _TINY)
    # The power of a wave a in the signal space S is 1 / (a' S^-1 a).
    signal = np.maximum(values[:, 2:] - values[:, :2].mean(axis=1, keepdims=True), _TINY * values[:, -1:] + 1e-300)
    powers = 1.0 / np.maximum(((steering(pair) @ vectors[:, :, 2:]) ** 2 / signal[:, None, :]).sum(axis=2), 1e-300)
    parts = powers / powers.sum(axis=1, keepdims=True)
    return pair, parts, crossing & (left > 0.005)


def _kernel(cosines: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    kernel: NDArray[np.floating[Any]] = np.exp((cosines - 1.0) / float(_SPREAD_RAD**2))
    return kernel
