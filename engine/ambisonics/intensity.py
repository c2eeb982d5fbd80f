"""Active intensity, direction of arrival and diffuseness of AmbiX.

Intensity is Re(W* [X, Y, Z]) of the short-time spectrum, averaged over time and a band, and points towards the source.
W alone is the pressure: the mean of the four channels would be a beam to the front-left-up. With SN3D the energy
density is (|W|^2 + |X|^2 + |Y|^2 + |Z|^2) / 2, and diffuseness is 1 - |mean intensity| / mean energy: 0 for one plane
wave, 1 for a field without a direction (Merimaa and Pulkki, "Spatial Impulse Response Rendering I", JAES 53(12), 2005).
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.contract.audio import FoaBlock
from engine.contract.conventions import SAMPLE_RATE_HZ, AcnChannel
from engine.contract.directions import azimuth_elevation
from engine.contract.telemetry import FoaLevels

DOA_BAND_HZ: Final = (500.0, 8000.0)
"""The band for direction: below it unlocalised rumble dominates, above it there is little energy."""

_FRAME_SAMPLES: Final = 1024
SILENCE_POWER: Final = 1e-14
"""Mean square (-140 dBFS) below which a field has no direction."""

FloatArray = NDArray[np.floating[Any]]


@dataclass(frozen=True, eq=False)
class DoaTrack:
    """Direction over time: S segments that start at `start_s` (S,).

    `vectors` (S, 3) are unit vectors x, y, z, zero in silence; `diffuseness` (S,) is 0..1, 1 in silence;
    `energy` (S,) is the mean energy density in the band, linear.
    """

    start_s: NDArray[np.float64]
    vectors: NDArray[np.float64]
    diffuseness: NDArray[np.float64]
    energy: NDArray[np.float64]

    @property
    def azimuth_deg(self) -> NDArray[np.float64]:
        """Azimuths (S,) in degrees, + left."""
        return np.rad2deg(azimuth_elevation(self.vectors)[0])

    @property
    def elevation_deg(self) -> NDArray[np.float64]:
        """Elevations (S,) in degrees, + up."""
        return np.rad2deg(azimuth_elevation(self.vectors)[1])


def active_intensity(
    foa: FloatArray, band_hz: tuple[float, float] = DOA_BAND_HZ, rate_hz: int = SAMPLE_RATE_HZ
) -> tuple[NDArray[np.float64], float]:
    """Return the mean active intensity (3,) x, y, z and the mean energy density of AmbiX (4, N) in a band.

    Both are in units of mean square: a plane wave of mean square p in W gives an intensity of length p and an energy p.
    """
    intensity, energy = _intensity_spectrum(foa)
    inside = _bins_inside(intensity.shape[1], band_hz, rate_hz)
    return intensity[:, inside].sum(axis=1), float(energy[inside].sum())


def direction_and_diffuseness(
    foa: FloatArray, band_hz: tuple[float, float] = DOA_BAND_HZ, rate_hz: int = SAMPLE_RATE_HZ
) -> tuple[NDArray[np.float64], float]:
    """Return the direction (3,) x, y, z (a unit vector, zero in silence) and the diffuseness of AmbiX (4, N)."""
    return _point(*active_intensity(foa, band_hz, rate_hz))


def direction_per_band(
    foa: FloatArray, edges_hz: Sequence[float], rate_hz: int = SAMPLE_RATE_HZ
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return directions (B, 3), diffuseness (B,) and energy (B,) of AmbiX (4, N) in the B bands between B + 1 edges."""
    intensity, energy = _intensity_spectrum(foa)
    vectors, diffuseness, energies = [], [], []
    for band_hz in itertools.pairwise(edges_hz):
        inside = _bins_inside(energy.size, band_hz, rate_hz)
        power = float(energy[inside].sum())
        vector, spread = _point(intensity[:, inside].sum(axis=1), power)
        vectors.append(vector)
        diffuseness.append(spread)
        energies.append(power)
    return np.array(vectors).reshape(-1, 3), np.array(diffuseness), np.array(energies)


def doa_per_second(
    foa: FloatArray,
    band: tuple[float, float] = DOA_BAND_HZ,
    *,
    segment_s: float = 1.0,
    smooth: bool = True,
    rate_hz: int = SAMPLE_RATE_HZ,
) -> DoaTrack:
    """Return the direction of every second of AmbiX (4, N) in a band in hertz.

    With `smooth` the unit vectors are averaged over three segments and projected back to the sphere, which has no
    jump at +-180 degrees. A last piece shorter than a tenth of a segment is left out unless it is the only one.
    """
    length = round(segment_s * rate_hz)
    starts = [s for s in range(0, foa.shape[1], length) if s == 0 or foa.shape[1] - s >= length // 10]
    measured = [active_intensity(foa[:, s : s + length], band, rate_hz) for s in starts]
    points = [_point(intensity, energy) for intensity, energy in measured]
    vectors = np.array([vector for vector, _ in points]).reshape(-1, 3)
    return DoaTrack(
        start_s=np.array(starts, float) / rate_hz,
        vectors=smoothed_directions(vectors) if smooth else vectors,
        diffuseness=np.array([spread for _, spread in points]),
        energy=np.array([energy for _, energy in measured]),
    )


def levels_of(block: FoaBlock, rate_hz: int = SAMPLE_RATE_HZ) -> FoaLevels:
    """Return the meter values of a block: levels, direction, diffuseness, covariance; one transform per channel.

    Direction is that of `DOA_BAND_HZ`, or of everything if that band is empty (distant thunder).
    """
    samples = block.samples
    n = samples.shape[1]
    rms = np.sqrt(np.mean(np.square(samples, dtype=np.float64), axis=1)) if n else np.zeros(4)
    spectrum = (
        np.fft.rfft(samples * np.hanning(n + 2)[1:-1].astype(np.float32), axis=1) if n else np.zeros((4, 1), complex)
    )
    intensity, energy = _per_bin(spectrum)
    scale = 2.0 / (n * np.sum(np.hanning(n + 2) ** 2)) if n else 1.0
    inside = _bins_inside(energy.size, DOA_BAND_HZ, rate_hz)
    if energy[inside].sum() < 1e-4 * energy.sum():
        inside = slice(None)
    vector, diffuseness = _point(scale * intensity[:, inside].sum(axis=1), float(scale * energy[inside].sum()))
    band = spectrum[:, inside].astype(complex)
    covariance = scale * np.real(band @ band.conj().T)
    return FoaLevels(block.epoch, block.start_sample / rate_hz, n / rate_hz, rms, vector, diffuseness, covariance)


def _intensity_spectrum(foa: FloatArray) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return intensity (3, F) and energy (F,) per bin, averaged over half-overlapping Hann frames."""
    if foa.ndim != 2 or foa.shape[0] != 4:
        raise ValueError(f"First-order sound is (4, N), not {foa.shape}.")
    padded = np.pad(foa, ((0, 0), (0, max(0, _FRAME_SAMPLES - foa.shape[1]))))
    window = np.hanning(_FRAME_SAMPLES + 1)[:-1]
    intensity, energy = _per_bin(half_overlapped_spectrum(padded, window))
    scale = mean_square_scale(window)
    return scale * intensity.mean(axis=1), scale * energy.mean(axis=0)


def half_overlapped_spectrum(foa: FloatArray, window: FloatArray) -> NDArray[np.complexfloating[Any, Any]]:
    """Return spectra (4, T, F) of AmbiX (4, N), N >= n, in frames of a window (n,) that overlap by half."""
    frames = np.lib.stride_tricks.sliding_window_view(foa, window.size, axis=1)[:, :: window.size // 2]
    return np.fft.rfft(frames * window, axis=2)


def mean_square_scale(window: FloatArray) -> float:
    """Return the factor that turns sums over bins of a windowed spectrum into mean squares of the sound."""
    return 2.0 / (window.size * float(np.sum(window**2)))


def intensity_and_energy(
    spectrum: NDArray[np.complexfloating[Any, Any]],
) -> tuple[FloatArray, FloatArray]:
    """Return the active intensity (3, ...) x, y, z and the energy density of each channel (4, ...) of (4, ...).

    This is the one definition in numpy; `intensity_of` in engine/model/codec/analysis.py is the one in torch. The
    energy density of the field is the sum over the channels. Both keep the precision of the spectrum.
    """
    axes = spectrum[[AcnChannel.X, AcnChannel.Y, AcnChannel.Z]]
    return np.real(np.conj(spectrum[AcnChannel.W]) * axes), 0.5 * np.square(np.abs(spectrum))


def _per_bin(spectrum: NDArray[np.complexfloating[Any, Any]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return intensity (3, ...) x, y, z and energy (...) of a spectrum (4, ...)."""
    intensity, energies = intensity_and_energy(spectrum)
    return intensity.astype(np.float64), energies.sum(axis=0).astype(np.float64)


def _bins_inside(bins: int, band_hz: tuple[float, float], rate_hz: int) -> slice:
    width_hz = 0.5 * rate_hz / max(1, bins - 1)
    first, last = int(np.ceil(band_hz[0] / width_hz)), int(np.floor(band_hz[1] / width_hz))
    return slice(first, min(bins, max(last, first) + 1))


def _point(intensity: NDArray[np.float64], energy: float) -> tuple[NDArray[np.float64], float]:
    length = float(np.linalg.norm(intensity))
    if energy < SILENCE_POWER or length < 1e-9 * energy:
        return np.zeros(3), 1.0
    return intensity / length, float(np.clip(1.0 - length / energy, 0.0, 1.0))


def smoothed_directions(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return unit vectors (S, 3) averaged over three neighbours and projected back to the sphere.

    Zero vectors (silence) stay zero and take no part. Vectors have no jump at +-180 degrees.
    """
    if len(vectors) == 0:
        return vectors
    padded = np.pad(vectors, ((1, 1), (0, 0)))
    sums = padded[:-2] + padded[1:-1] + padded[2:]
    length = np.linalg.norm(sums, axis=1, keepdims=True)
    sounding = np.linalg.norm(vectors, axis=1, keepdims=True) > 0.0
    return np.where(sounding & (length > 1e-6), sums / np.maximum(length, 1e-6), vectors)
