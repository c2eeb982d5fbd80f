"""Sound through equalisers, air and responses, and with changing delay; in torch, by FFT, on any device.

Sounds are (N,) or (C, N) float32 at 48 kHz.
"""

import math

import torch
from scipy.fft import next_fast_len
from torch import Tensor
from torch.nn import functional

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.scenes.plan import Tone

AIR_DB_PER_M_AT_8_KHZ = 0.117
"""At 10 degrees and 70 % humidity (ISO 9613-2, table 2); it grows with the square of the frequency."""
_DISTANCES_M = (0.0, 6.0, 20.0, 60.0)
_MARGIN = 2_400


def retimed(sound: Tensor, samples: int, rate: float, tone: Tone | None) -> Tensor:
    """Return (C, samples) of a sound (C, N) played `rate` times as fast (exactly band-limited) through an equaliser.

    The rate is met within the spacing of lengths that transform quickly, about 1 %; N is at most
    `needed_samples`.
    """
    target = fast_length(samples + _MARGIN)
    size = fast_length(max(round(target * rate), 2))
    # The cut end rings into the margin, not into what is kept.
    spectrum = torch.fft.rfft(sound[:, : size - _MARGIN // 2], size)[:, : target // 2 + 1]
    if tone is not None:
        frequency = torch.arange(spectrum.shape[1], device=sound.device) * (SAMPLE_RATE_HZ / target)
        spectrum = spectrum * tone_gains(tone, frequency)
    out: Tensor = torch.fft.irfft(spectrum * (target / size), target)[:, :samples]
    return out


def needed_samples(samples: int, rate: float) -> int:
    """Return how many samples `retimed` reads at most to give `samples`."""
    return fast_length(max(round(fast_length(samples + _MARGIN) * rate), 2))


def tone_gains(tone: Tone, frequency_hz: Tensor) -> Tensor:
    """Return the linear gains of an equaliser at frequencies (F,) in hertz."""
    frequency = frequency_hz.clamp(min=20.0)
    gain_db = tone.low_db * torch.sigmoid(-4 * torch.log2(frequency / 200.0))
    gain_db += tone.high_db * torch.sigmoid(4 * torch.log2(frequency / 5_000.0))
    gain_db += tone.peak_db * torch.exp(-torch.log2(frequency / tone.peak_hz).square())
    return torch.exp(gain_db * (math.log(10) / 20))


def through_air(wave: Tensor, distance_m: Tensor) -> Tensor:
    """Return a sound (N,) that lost highs on its way; `distance_m` is (1,) or, if it changes, (N,).

    A changing distance fades between the sound at fixed distances, up to 60 m.
    """
    size = fast_length(len(wave) + _MARGIN)
    frequency = torch.fft.rfftfreq(size, 1 / SAMPLE_RATE_HZ, device=wave.device)
    lost_per_m = (-AIR_DB_PER_M_AT_8_KHZ * math.log(10) / 20) * (frequency / 8_000.0).square()
    spectrum = torch.fft.rfft(wave, size)
    if len(distance_m) == 1:
        steady: Tensor = torch.fft.irfft(spectrum * torch.exp(lost_per_m * distance_m), size)[: len(wave)]
        return steady
    out = torch.zeros_like(wave)
    knots = torch.tensor(_DISTANCES_M, device=wave.device)
    nearest, farthest = distance_m.min(), distance_m.max()
    for index, knot in enumerate(_DISTANCES_M):
        below, above = knots[max(index - 1, 0)], knots[min(index + 1, len(knots) - 1)]
        if (farthest <= below and index > 0) or (nearest >= above and index < len(knots) - 1):
            continue
        rising = (distance_m - below) / (knot - below) if index else torch.ones_like(distance_m)
        falling = (above - distance_m) / (above - knot) if index < len(knots) - 1 else torch.ones_like(distance_m)
        weight = torch.minimum(rising, falling).clamp(0.0, 1.0)
        out += weight * torch.fft.irfft(spectrum * torch.exp(lost_per_m * knot), size)[: len(wave)]
    return out


def delayed(wave: Tensor, delay_samples: Tensor) -> Tensor:
    """Return a sound (N,) under a delay (N,) that changes: cubic (Catmull-Rom) interpolation of twice the rate.

    At twice the rate the cubic loses at most 0.1 dB at 10 kHz and 1.3 dB at 20 kHz. Before the start there is silence.
    """
    size = fast_length(len(wave) + _MARGIN)
    double = torch.fft.irfft(torch.fft.rfft(wave, size) * 2.0, 2 * size)
    at = 2.0 * (torch.arange(len(wave), dtype=torch.float64, device=wave.device) - delay_samples)
    base = at.floor()
    t = (at - base).float()
    padded = functional.pad(double[: 2 * len(wave)], (2, 3))
    index = base.long() + 2
    inside = (index >= 1) & (index <= len(padded) - 3)
    index = index.clamp(1, len(padded) - 3)
    a, b, c, d = padded[index - 1], padded[index], padded[index + 1], padded[index + 2]
    slope, bend, twist = 0.5 * (c - a), a - 2.5 * b + 2 * c - 0.5 * d, 0.5 * (d - a) + 1.5 * (b - c)
    return (b + t * (slope + t * (bend + t * twist))) * inside


def convolved(sounds: Tensor, responses: Tensor, length: int) -> Tensor:
    """Return (C, length) of sounds (1 or C, N) through responses (C, L)."""
    size = fast_length(sounds.shape[1] + responses.shape[1])
    product = torch.fft.rfft(sounds, size) * torch.fft.rfft(responses, size)
    out: Tensor = torch.fft.irfft(product, size)[:, :length]
    return out


def fast_length(samples: int) -> int:
    """Return an even length at least as long that transforms quickly."""
    return 2 * int(next_fast_len(-(-samples // 2), real=True))
