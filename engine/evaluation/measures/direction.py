"""The direction of a clip, as a whole, over time and by band, and its error.

Active intensity of W, X, Y, Z (engine.ambisonics.intensity), 500 Hz - 8 kHz; the paper's figure is one vector per clip.
The paper analyses the mean of the channels, a beam to the front-left-up; here W is the pressure.
"""

import itertools
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from engine.ambisonics.intensity import DOA_BAND_HZ, direction_per_band, doa_per_second
from engine.contract.conventions import SAMPLE_RATE_HZ, AcnChannel
from engine.contract.directions import angle_between, azimuth_elevation

BAND_EDGES_HZ: Final = (250, 500, 1_000, 2_000, 4_000, 8_000, 16_000)
SEGMENT_S: Final = 1.0

_PIECE_SAMPLES: Final = 10 * SAMPLE_RATE_HZ
_SILENCE_POWER: Final = 1e-7
_BAND_SILENCE_POWER: Final = 1e-9


def is_silent(foa: NDArray[np.floating]) -> bool:
    """Return whether W of AmbiX (4, N) is below -70 dBFS: its direction would be that of noise."""
    return bool(np.mean(np.square(foa[AcnChannel.W], dtype=np.float64)) < _SILENCE_POWER)


def clip_direction(foa: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the unit vector (3,) x, y, z of the mean intensity of AmbiX (4, N) at 48 kHz; zero in silence."""
    return np.zeros(3) if is_silent(foa) else _directions(foa, DOA_BAND_HZ)[0][0]


def band_directions(foa: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return unit vectors (6, 3) of AmbiX (4, N) in octaves from 250 Hz to 16 kHz, zero below -90 dBFS in a band."""
    vectors, energies = _directions(foa, BAND_EDGES_HZ)
    return np.where(energies[:, None] > _BAND_SILENCE_POWER, vectors, 0.0)


def direction_track(foa: NDArray[np.floating]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the beginnings (S,) in seconds of 1-s segments and unit vectors (S, 3), smoothed over three.

    Segments below -70 dBFS have a zero vector and take no part in the smoothing.
    """
    rate, length = SAMPLE_RATE_HZ, round(SEGMENT_S * SAMPLE_RATE_HZ)
    heard = np.array(foa, np.float32)
    for start in range(0, heard.shape[1], length):
        if is_silent(heard[:, start : start + length]):
            heard[:, start : start + length] = 0.0
    track = doa_per_second(heard, segment_s=SEGMENT_S, rate_hz=rate)
    return track.start_s, track.vectors


def angle_errors(
    found: ArrayLike, truth: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the azimuth, elevation and great-circle errors (...) in radians of vectors (..., 3) against the truth.

    A zero vector (silence) counts as wrong, not as lucky: pi, pi/2 and pi.
    """
    found, truth = np.broadcast_arrays(np.asarray(found, float), np.asarray(truth, float))
    (azimuth, elevation), (true_azimuth, true_elevation) = azimuth_elevation(found), azimuth_elevation(truth)
    round_error = np.abs(np.mod(azimuth - true_azimuth + np.pi, 2.0 * np.pi) - np.pi)
    silent = ~np.any(found, axis=-1)
    return (
        np.where(silent, np.pi, round_error),
        np.where(silent, 0.5 * np.pi, np.abs(elevation - true_elevation)),
        np.where(silent, np.pi, angle_between(found, truth)),
    )


def random_directions(count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return unit vectors (count, 3), even over the sphere: the answers of pure chance."""
    vectors = rng.standard_normal((count, 3))
    unit: NDArray[np.float64] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


def _directions(
    foa: NDArray[np.floating], edges_hz: tuple[float, ...]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return unit vectors (B, 3) and energies (B,), 10 s at a time so that long takes need little memory."""
    bands = len(list(itertools.pairwise(edges_hz)))
    intensity, energy = np.zeros((bands, 3)), np.zeros(bands)
    samples = foa.shape[1]
    for start in range(0, samples, _PIECE_SAMPLES):
        piece = foa[:, start : start + _PIECE_SAMPLES]
        vectors, diffuseness, energies = direction_per_band(piece, edges_hz)
        share = piece.shape[1] / samples
        intensity += share * (1.0 - diffuseness)[:, None] * energies[:, None] * vectors
        energy += share * energies
    length = np.linalg.norm(intensity, axis=1, keepdims=True)
    return np.where(length > 1e-9 * energy[:, None], intensity / np.maximum(length, 1e-30), 0.0), energy
