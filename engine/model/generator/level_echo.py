"""What the level would be if it repeated: a long-term prediction from a stream's own past.

A clock's next tick is where the last second of its level says, shifted by the period in which it repeats. Patches of
160 ms and attention find that badly: on recorded clocks, what the plans knew of the next levels correlated by 0.67 with
them, and this by 0.81 (LOG.md). As in speech codecs the period is the lag at which the recent past is most like what
came before. What is planned hears the levels that are due, and how well they repeated so far.
"""

from typing import Final

import torch
from torch import Tensor, nn

from engine.contract.conventions import LATENTS_PER_PATCH

_WINDOW: Final = 25
"""A second of latents is compared."""
_LONGEST: Final = 63
"""The longest period is 2.5 s."""
MEMORY: Final = _WINDOW + _LONGEST
FEATURES: Final = 12
_NOISE: Final = 0.1
"""Levels that vary less than this repeat nothing."""
_SHORTER: Final = 1e-3
"""A period is preferred to its multiples."""
_USUAL: Final = 12.0
_SPREAD: Final = 3.0


class LevelEcho(nn.Module):
    """Expects and embeds; `code` is the index of the level in a latent.

    A state is (B, MEMORY): the level's code of the last latents, zeros before the stream began.
    """

    def __init__(self, code: int, dim: int) -> None:
        super().__init__()
        self._code = code
        self.token = nn.Linear(FEATURES, dim, bias=False)
        self.plan = nn.Linear(FEATURES, dim, bias=False)
        # A generator that was trained without it begins as it was.
        nn.init.zeros_(self.token.weight)
        nn.init.zeros_(self.plan.weight)

    @staticmethod
    def initial_state(batch: int, like: Tensor) -> Tensor:
        """Return the state (B, MEMORY) of streams that have not begun."""
        return like.new_zeros(batch, MEMORY, dtype=torch.float32)

    def advanced(self, state: Tensor, latents: Tensor) -> Tensor:
        """Return the state after latents (B, N, D)."""
        return torch.cat([state, self._levels(latents)], dim=1)[:, -MEMORY:]

    def before_each(self, patches: Tensor) -> Tensor:
        """Return the states (B, T, MEMORY) before each of the patches of latents (B, T, P, D)."""
        levels = self._levels(patches[:, :-1].flatten(1, 2))
        padded = torch.cat([levels.new_zeros(len(levels), MEMORY), levels], dim=1)
        return padded.unfold(1, MEMORY, patches.shape[2])

    def _levels(self, latents: Tensor) -> Tensor:
        return latents[..., self._code].float()


@torch.no_grad()
def features(state: Tensor) -> Tensor:
    """Return the features (..., 12) of states (..., MEMORY); zeros if nothing varied.

    The levels of one patch are expected, and no period is shorter than that.
    They say how well the past repeats, which four levels are due, how much the level varies, and the period.
    """
    recent = state[..., -_WINDOW:]
    mean = recent.mean(-1, keepdim=True)
    varied = recent - mean
    earlier = state[..., : MEMORY - LATENTS_PER_PATCH].unfold(-1, _WINDOW, 1)
    earlier = earlier - earlier.mean(-1, keepdim=True)
    noise = _WINDOW * _NOISE**2
    power = (varied.square().sum(-1, keepdim=True) + noise) * (earlier.square().sum(-1) + noise)
    likeness = (varied[..., None, :] * earlier).sum(-1) / power.sqrt()
    lags = torch.arange(_LONGEST, LATENTS_PER_PATCH - 1, -1, device=state.device)
    best = (likeness - _SHORTER * lags).argmax(-1, keepdim=True)
    strength, lag = likeness.gather(-1, best).clamp(min=0.0), lags[best]
    due = MEMORY - lag + torch.arange(LATENTS_PER_PATCH, device=state.device)
    expected = state.gather(-1, due) - mean
    spread = varied.square().mean(-1, keepdim=True).sqrt()
    sure = strength**4
    columns = [strength, sure, sure * expected / (spread + _NOISE), strength**2 * expected / _SPREAD]
    return torch.cat([*columns, spread / _SPREAD, sure * torch.log(lag / _USUAL)], dim=-1)
