"""Directions of three and more sources at once: from the zones of time and frequency in which one of them is alone.

Four channels hold at most three waves, but sounds seldom fill the same zones. A zone whose covariance has one large
eigenvalue hears one source (single-source zones; Pavlidi et al., "Real-time multiple sound source localization and
counting using a circular microphone array", IEEE TASLP 21(10), 2013), and the directions of such zones gather where
sources are.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

_FRAME = 1024
_ZONE_FRAMES = 4
_ZONE_HZ = 560.0
_ALONE = 0.8
"""A zone hears one source where its largest eigenvalue has this share of the energy."""
_COMPRESSION = 0.5
_SPREAD_RAD = np.radians(9.0)
_REACH_RAD = np.radians(24.0)


def zone_directions(
    foa: NDArray[np.floating[Any]], rate_hz: int, band_hz: tuple[float, float]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return unit vectors (Z, 3) and weights (Z,) of the zones of AmbiX (4, N) that hear one source.

    All zones' weights sum to one, those that hear several sources or none included. Weights are roots of energies, so
    that a soft source in many zones counts beside a loud one in few.
    """
    samples = np.asarray(foa, np.float64)[[0, 3, 1, 2]] * np.array([1.0, *[np.sqrt(3.0)] * 3])[:, None]
    samples = np.pad(samples, ((0, 0), (0, max(0, (_ZONE_FRAMES + 1) * _FRAME // 2 - samples.shape[1]))))
    frames = np.lib.stride_tricks.sliding_window_view(samples, _FRAME, axis=1)[:, :: _FRAME // 2]
    spectrum = np.fft.rfft(frames * np.hanning(_FRAME + 1)[:-1], axis=2)
    bin_hz = rate_hz / _FRAME
    first, last = int(np.ceil(band_hz[0] / bin_hz)), int(band_hz[1] / bin_hz)
    width = max(int(_ZONE_HZ / bin_hz), 2)
    bands, times = max((last + 1 - first) // width, 1), spectrum.shape[1] // _ZONE_FRAMES
    kept = spectrum[:, : times * _ZONE_FRAMES, first : first + bands * width]
    zones = kept.reshape(4, times, _ZONE_FRAMES, bands, -1).transpose(1, 3, 0, 2, 4).reshape(times * bands, 4, -1)
    covariance = np.real(zones @ zones.conj().transpose(0, 2, 1))
    values, vectors = np.linalg.eigh(covariance)
    energy = values.sum(axis=1)
    main = vectors[:, :, -1]
    main = main * np.where(main[:, :1] < 0, -1.0, 1.0)
    length = np.linalg.norm(main[:, 1:], axis=1)
    # One wave's eigenvector is [1, sqrt(3) u] / 2; two coherent or diffuse ones have another length.
    alone = (values[:, -1] > _ALONE * energy) & (np.abs(length - np.sqrt(0.75)) < 0.09) & (energy > 1e-4 * energy.max())
    weights = energy**_COMPRESSION
    weights /= max(float(weights.sum()), 1e-12)
    return main[alone, 1:] / np.maximum(length[alone, None], 1e-9), weights[alone]


def gathered(
    directions: NDArray[np.float64], weights: NDArray[np.float64], points: NDArray[np.float64], most: int, least: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return where directions (Z, 3) gather (K, 3) and their shares (K,) of the weights, the greatest first.

    `points` (P, 3) are the places tried; each gathering takes what lies within 24 degrees away from the next.
    """
    left = weights.copy()
    found, shares = [], []
    kernel = np.exp((np.clip(points @ directions.T, -1.0, 1.0) - 1.0) / _SPREAD_RAD**2)
    for _ in range(most):
        place = points[int(np.argmax(kernel @ left))]
        near = directions @ place > np.cos(_REACH_RAD)
        share = float(left[near].sum())
        if share < least:
            break
        mean = (left[near, None] * directions[near]).sum(axis=0)
        found.append(mean / max(float(np.linalg.norm(mean)), 1e-9))
        shares.append(share)
        left[near] = 0.0
    return np.array(found).reshape(-1, 3), np.array(shares)
