"""How faithful a codec is: log-mel distance, level, DoA shift, and the PCA baseline that it has to beat.

Log-mel: 64 bands of 40 Hz - 20 kHz, 2048-sample Hann frames every 10 ms, decibels, floor -80 dB against a full-scale
sine; the distance is the mean absolute difference. The baseline is a principal component analysis (PCA) of the same
levels of W, four frames (one latent) at a time, fitted on training scenes.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from engine.model.codec.analysis import intensity_of
from engine.model.codec.bands import mel_bank

_FFT, _HOP, _RATE = 2_048, 480, 48_000
_FLOOR = 1e-8
FRAMES_PER_LATENT = 4


def log_mel_db(wave: Tensor) -> Tensor:
    """Return levels (..., T, 64) in dB of waves (..., N)."""
    window = torch.hann_window(_FFT, device=wave.device)
    spectrum = torch.fft.rfft(wave.unfold(-1, _FFT, _HOP) * window) / (_FFT / 4)
    bank = mel_bank(64, _FFT, _RATE).to(wave.device)
    return 10.0 * torch.log10(spectrum.abs().square() @ bank.T + _FLOOR)


def active_intensity(foa: Tensor, low_hz: float = 500.0, high_hz: float = 8_000.0) -> Tensor:
    """Return the broadband active intensity (..., 3) x, y, z of AmbiX (..., 4, N), towards the source."""
    window = torch.hann_window(_FFT, device=foa.device)
    spectrum = torch.fft.rfft(foa.unfold(-1, _FFT, _HOP) * window)
    frequency = torch.fft.rfftfreq(_FFT, 1 / _RATE)
    spectrum = spectrum[..., (frequency >= low_hz) & (frequency <= high_hz)]
    y, z, x = intensity_of(spectrum).unbind(-3)
    return torch.stack([axis.sum((-1, -2)) for axis in (x, y, z)], dim=-1)


def doa_shift_deg(before: Tensor, after: Tensor, segment: int = _RATE) -> Tensor:
    """Return DoA shifts in degrees of the one-second segments of AmbiX (4, N) that are above -60 dBFS."""
    shifts = []
    for start in range(0, before.shape[-1] - segment + 1, segment):
        a, b = before[:, start : start + segment], after[:, start : start + segment]
        if a[0].square().mean() > 1e-6:
            u, v = active_intensity(a), active_intensity(b)
            shifts.append(torch.rad2deg(torch.atan2(torch.linalg.cross(u, v).norm(), (u * v).sum())))
    return torch.stack(shifts) if shifts else torch.zeros(0)


@dataclass(frozen=True)
class PcaBaseline:
    """Principal components of four-frame stacks of levels: `mean` (256,), `basis` (256, K)."""

    mean: Tensor
    basis: Tensor

    def distance(self, levels: Tensor, dims: int) -> float:
        """Return the mean absolute error in dB of levels (T, 64) rebuilt from `dims` components."""
        stacks = stack_frames(levels)
        basis = self.basis[:, :dims]
        rebuilt = (stacks - self.mean) @ basis @ basis.T + self.mean
        return float((rebuilt - stacks).abs().mean())


def stack_frames(levels: Tensor) -> Tensor:
    """Return (T // 4, 256) stacks of levels (T, 64)."""
    return levels[: len(levels) // FRAMES_PER_LATENT * FRAMES_PER_LATENT].reshape(-1, FRAMES_PER_LATENT * 64)


def fit_pca_baseline(levels: Tensor) -> PcaBaseline:
    """Fit the PCA baseline to levels (T, 64) of training scenes."""
    stacks = stack_frames(levels).double()
    mean = stacks.mean(0)
    _, vectors = torch.linalg.eigh(torch.cov(stacks.T))
    return PcaBaseline(mean.float(), vectors.flip(1).float())
