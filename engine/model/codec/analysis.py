"""Causal short-time analysis of AmbiX for the XS codec: spectra, band levels, time envelope, ratio of Y, Z, X to W."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from engine.model.codec.bands import band_to_bin, mel_bank

FFT_SIZE = 1_920
HOP = 480
BINS = FFT_SIZE // 2 + 1
SAMPLE_RATE_HZ = 48_000
POWER_SCALE = 1.0 / 611.0**2
"""A full-scale sine has power one in its bin."""
POWER_FLOOR = 1e-9
BLOCKS_PER_HOP = 4
_BLOCK = HOP // BLOCKS_PER_HOP
_PRE_EMPHASIS = 0.9


@dataclass(frozen=True)
class SpatialBands:
    """How Y, Z and X relate to W, per frame and band.

    `ratio` (B, 3, T, K) is their real gain against W. `residual` (B, 3, T, K) is the natural logarithm of the energy
    that the gain does not explain, against W's energy. `energy` (B, T, K) is that of W.
    """

    ratio: Tensor
    residual: Tensor
    energy: Tensor


class CodecAnalysis(nn.Module):
    """Fixed (not trained) analysis; frame m sees 1920 samples and moves by 480."""

    window: Tensor
    mel: Tensor
    spatial: Tensor

    def __init__(self, mel_bands: int, spatial_bands: int) -> None:
        super().__init__()
        window = torch.hann_window(FFT_SIZE, periodic=True).sqrt()
        self.register_buffer("window", window, persistent=False)
        self.register_buffer("mel", mel_bank(mel_bands, FFT_SIZE, SAMPLE_RATE_HZ), persistent=False)
        bank = band_to_bin(spatial_bands, FFT_SIZE, SAMPLE_RATE_HZ)
        self.register_buffer("spatial", bank / bank.sum(dim=1, keepdim=True), persistent=False)

    def spectra(self, foa: Tensor) -> Tensor:
        """Return complex spectra (B, 4, T, 961) of samples (B, 4, 480 T + 1440)."""
        frames = foa.unfold(-1, FFT_SIZE, HOP) * self.window
        spectra: Tensor = torch.fft.rfft(frames)
        return spectra

    def envelope(self, w: Tensor) -> Tensor:
        """Return the natural logarithm of the energy (B, T, 4) of W's (B, 480 T + 1440) 2.5-ms blocks.

        Row m holds the newest hop of frame m. Pre-emphasis keeps rumble from hiding a tick.
        """
        bright = w[:, FFT_SIZE - HOP :] - _PRE_EMPHASIS * w[:, FFT_SIZE - HOP - 1 : -1]
        return torch.log(bright.unflatten(-1, (-1, BLOCKS_PER_HOP, _BLOCK)).square().mean(-1) + POWER_FLOOR)

    def log_mel(self, spectrum: Tensor) -> Tensor:
        """Return the natural logarithm of mel power (..., T, mel) of a complex spectrum (..., T, 961)."""
        return torch.log(power_of(spectrum) @ self.mel.T + POWER_FLOOR)

    def spatial_bands(self, spectra: Tensor) -> SpatialBands:
        """Return ratios and residuals of spectra (B, 4, T, 961)."""
        yzx = torch.view_as_real(spectra[:, 1:])
        spread = self.spatial.T * POWER_SCALE
        energy = power_of(spectra[:, :1]) @ self.spatial.T + POWER_FLOOR
        cross = intensity_of(spectra) @ spread
        own = torch.linalg.vecdot(yzx, yzx) @ spread
        ratio = (cross / energy).clamp(-1.5, 1.5)
        left = (own - ratio.square() * energy).clamp(min=0.0)
        residual = torch.log((left / energy).clamp(1e-3, 10.0))
        return SpatialBands(ratio, residual, energy[:, 0])


def intensity_of(spectra: Tensor) -> Tensor:
    """Return the active intensity (..., 3, T, F) along y, z, x of complex spectra (..., 4, T, F) of AmbiX, per bin.

    It is Re(W* [Y, Z, X]) and points towards the source, as in engine/ambisonics/intensity.py, without a scale.
    """
    parts = torch.view_as_real(spectra)
    intensity: Tensor = torch.linalg.vecdot(parts[..., :1, :, :, :], parts[..., 1:, :, :, :])
    return intensity


def power_of(spectrum: Tensor) -> Tensor:
    """Return the power of a complex spectrum; a full-scale sine has power one in its bin."""
    parts = torch.view_as_real(spectrum)
    squares: Tensor = torch.linalg.vecdot(parts, parts)
    return squares * POWER_SCALE
