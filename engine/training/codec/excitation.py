"""The excitation of the XS codec: a periodic noise whose mel levels are flatter than chance makes them.

Ordinary noise varies by several decibels per band and frame, so a requested level is not the perceived level. Gradient
descent on the waveform removes that, but the result no longer sounds like noise: a tagger hears a synthesizer
(LOG.md). Half of each is level enough and still noise.
"""

import math

import torch
from torch import Tensor

from engine.model.codec.analysis import FFT_SIZE, HOP, SAMPLE_RATE_HZ
from engine.model.codec.bands import mel_bank
from engine.model.codec.phase_synthesis import EXCITATION_SAMPLES


def make_excitation(seed: int = 0) -> Tensor:
    """Return (491520,) samples of unit variance: flattened and ordinary noise in equal parts; half a minute's work."""
    ordinary = torch.randn(EXCITATION_SAMPLES, generator=torch.Generator().manual_seed(seed + 5))
    mixed = make_flat_noise(seed) + ordinary
    return mixed / mixed.std()


def make_flat_noise(seed: int = 0, iterations: int = 400) -> Tensor:
    """Return (491520,) samples of noise, flat in 96 mel bands at 10-ms frames."""
    noise = torch.randn(EXCITATION_SAMPLES, generator=torch.Generator().manual_seed(seed)).requires_grad_(True)
    window = torch.hann_window(FFT_SIZE, periodic=True).sqrt()
    bank = mel_bank(96, FFT_SIZE, SAMPLE_RATE_HZ)
    target = math.log(FFT_SIZE / 2)
    optimiser = torch.optim.Adam([noise], lr=0.03)
    for _ in range(iterations):
        around = torch.cat([noise, noise[: FFT_SIZE - HOP]])
        power = torch.fft.rfft(around.unfold(0, FFT_SIZE, HOP) * window).abs().square()
        bands = torch.log(power @ bank.T + 1e-6)
        bins = torch.log(power + 1e-2 * FFT_SIZE / 2)
        loss = (bands - target).square().mean() + 0.15 * (bins - target).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return noise.detach()
