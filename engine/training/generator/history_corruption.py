"""The generator's view of its past in training: noisy, absent or foreign.

With the true past the model does not need words: they take 0.001 off a loss of 0.46, and without the past 0.03 off 0.87
(LOG.md). It then follows its own output, and never learns what a word sounds like. So some montages begin without a
past, and some with the past of another scene, which is misleading: there the words have to decide.

In streaming, its output is slightly off each time, and always in the same direction: a take of half a minute faded by
11 dB. A past that is displaced as a whole teaches it to return to the correct level.
"""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class HistoryCorruption:
    """The corruption of histories in training.

    These are the chances that a montage begins `absent` (without a past) or `foreign` (with the past of the previous
    montage in the batch, if it has words), the largest noise in latents, and the largest displacement of each code,
    constant over time (standard deviations both).
    """

    absent: float = 0.3
    foreign: float = 0.1
    noise: float = 0.5
    drift: float = 0.15


def corrupted_history(
    patches: Tensor, has_text: Tensor, generator: torch.Generator, corruption: HistoryCorruption | None = None
) -> tuple[Tensor, Tensor]:
    """Return the history (B, T, P, D) that is seen of patches of latents, and whether a patch sees it (B, T).

    A fault lasts from the start to a random patch, in half of the montages to the end.
    """
    corruption = corruption or HistoryCorruption()
    batch, count, size, dim = patches.shape
    device = patches.device

    def uniform(*shape: int) -> Tensor:
        return torch.rand(*shape, generator=generator).to(device)

    roughness = corruption.noise * uniform(batch, 1, 1, 1) * uniform(batch, 1, 1, 1)
    kind = uniform(batch, 1)
    until = count * (0.25 + 1.5 * uniform(batch, 1))
    early = torch.arange(count, device=device) < until
    absent = (kind < corruption.absent) & early
    foreign = (kind >= 1.0 - corruption.foreign) & early & (has_text > 0)
    history = torch.where(foreign[..., None, None], patches.roll(1, 0), patches)
    noise = torch.randn(batch, count, size, dim, generator=generator).to(device)
    drift = corruption.drift * uniform(batch, 1, 1, 1) * torch.randn(batch, 1, 1, dim, generator=generator).to(device)
    return history + roughness * noise + drift, (~absent).to(patches.dtype)
