"""The quiet of a room: noise from all around that falls towards the highs, so that a pause is never digital silence."""

import numpy as np
import torch
from torch import Tensor

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.scenes.filters import fast_length

_DIFFUSE = (1.0, 3**-0.5, 3**-0.5, 3**-0.5)
_BELOW_DB = (35.0, 35.0, 50.0)
_LOWEST_HZ = 40.0
_CORNERS_HZ = (250.0, 800.0)
"""Corners of 40 to 250 Hz drowned the ticks of clocks below 100 Hz, and a generator learned to rumble (LOG.md)."""
_SLOPES_DB = (3.0, 7.0)


def tone_level_db(level_db: float, rng: np.random.Generator) -> float:
    """Return a level of the quiet, in dBFS, under a sound whose loud part is at `level_db`.

    It lies at least 35 dB below it, at most 50, and most often little more than 35.
    """
    return level_db - float(rng.triangular(*_BELOW_DB))


def room_tone(samples: int, level_db: float, seed: int, device: torch.device) -> Tensor:
    """Return AmbiX (4, samples) float32 of noise whose W has an RMS of `level_db` dBFS, the same for a seed.

    It is diffuse: Y, Z and X are independent of W with a third of its energy. It falls by 3 to 7 dB an octave above a
    corner between 250 and 800 Hz, which the seed draws.
    """
    rng = np.random.default_rng(seed)
    size = fast_length(samples)
    frequency = np.maximum(np.fft.rfftfreq(size, 1 / SAMPLE_RATE_HZ), 1.0)
    corner = float(np.exp(rng.uniform(*np.log(_CORNERS_HZ))))
    slope = float(rng.uniform(*_SLOPES_DB)) / (20 * np.log10(2.0))
    shape = (1 + (frequency / corner) ** 2) ** (-slope / 2) * (frequency >= _LOWEST_HZ)
    # The power of white bins of unit size, summed over both halves of the spectrum.
    shape *= 10 ** (level_db / 20) * size / np.sqrt(2 * 2 * np.square(shape).sum())
    bins = rng.standard_normal((4, 2 * len(frequency)), dtype=np.float32).view(np.complex64)
    spectrum = torch.from_numpy(bins * shape.astype(np.float32)).to(device)
    gains = torch.tensor(_DIFFUSE, device=device)[:, None]
    noise: Tensor = torch.fft.irfft(spectrum, size)[:, :samples]
    return gains * noise
