"""What the level would be if it repeated: a long-term prediction from a stream's own past.

A clock's next tick is where the last second of its level says, shifted by the period in which it repeats. Patches of
160 ms and attention find that badly: on recorded clocks, what the plans knew of the next levels correlated by 0.67 with
them, and this by 0.81 (LOG.md). As in speech codecs the period is the lag at which the recent past is most like what
came before. What is planned hears the levels that are due, and how well they repeated so far.

Hearing is not enough: sampled patches lost the beat even after the true past of a recorded clock. So a past that
repeats well also draws the sampling to the latents one period ago (`Due`), if the words ask for a sound that keeps a
beat. Rain and wind stay below the threshold; but birds and doors became as regular as clocks.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
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
UNKNOWN_BEAT = 0.5
"""How far a sound keeps a beat if nothing says that it does or does not."""
_DRAWS_FROM, _DRAWS_OVER, _SOONER = 0.65, 0.2, 0.1
"""Likenesses of the past to what came one period before: a beat that is unknown draws from 0.6 on and wholly at 0.8, a
sound that keeps one from 0.55 on. Takes of rain and wind have 0.4, nine in ten below 0.58.
"""


@dataclass(frozen=True)
class EchoState:
    """What B streams remember: `latents` (B, MEMORY, D), zeros before they began, and how many are `known` (B,).

    `steady` (B,) is how far their sounds keep a beat, 0 to 1; at UNKNOWN_BEAT and above a beat draws in full.
    """

    latents: Tensor
    known: Tensor
    steady: Tensor


@dataclass(frozen=True)
class Due:
    """Latents (B, P, D) that are due if the past of B streams repeats, and by how much each code is drawn to them.

    `share` (B, 1, D) is 0 to 1.
    """

    latents: Tensor
    share: Tensor

    def drawn(self, estimate: Tensor) -> Tensor:
        """Return an estimate (B, P, D) of the next latents, drawn to what is due."""
        return estimate + self.share * (self.latents - estimate)


def initial_echo(batch: int, latent_dim: int, like: Tensor) -> EchoState:
    """Return the state of B streams that have not begun, or whose words are others than before."""
    latents = like.new_zeros(batch, MEMORY, latent_dim, dtype=torch.float32)
    return EchoState(latents, latents.new_zeros(batch, dtype=torch.long), latents.new_full((batch,), UNKNOWN_BEAT))


def advanced_echo(state: EchoState, latents: Tensor) -> EchoState:
    """Return the state after latents (B, N, D)."""
    after = torch.cat([state.latents, latents.float()], dim=1)[:, -MEMORY:]
    return replace(state, latents=after, known=(state.known + latents.shape[1]).clamp(max=MEMORY))


@torch.no_grad()
def due_next(state: EchoState, code: int, directed: Sequence[int]) -> Due:
    """Return what is due in the next patch if the level, the code of that index, repeats.

    The `directed` codes are free: a source may move between two ticks.
    """
    strength, lag = _period(state.latents[..., code])
    steady = state.steady[:, None]
    share = ((strength - _DRAWS_FROM + _SOONER * steady) / _DRAWS_OVER).clamp(0.0, 1.0)
    share = share * (steady / UNKNOWN_BEAT).clamp(max=1.0)
    # Before a second has been made, likeness is one of silence to silence.
    compared = state.known[:, None] >= _WINDOW + LATENTS_PER_PATCH
    share = torch.where(compared & (lag <= state.known[:, None]), share, 0.0)
    codes = share.new_ones(state.latents.shape[-1])
    codes[[index for index in directed if index < len(codes)]] = 0.0
    places = MEMORY - lag + torch.arange(LATENTS_PER_PATCH, device=lag.device)
    latents = state.latents.gather(1, places[..., None].expand(-1, -1, state.latents.shape[-1]))
    return Due(latents, share[..., None] * codes)


class LevelEcho(nn.Module):
    """Expects and embeds; `code` is the index of the level in a latent."""

    def __init__(self, code: int, dim: int) -> None:
        super().__init__()
        self._code = code
        self.token = nn.Linear(FEATURES, dim, bias=False)
        self.plan = nn.Linear(FEATURES, dim, bias=False)
        # A generator that was trained without it begins as it was.
        nn.init.zeros_(self.token.weight)
        nn.init.zeros_(self.plan.weight)

    def levels(self, latents: Tensor) -> Tensor:
        """Return the levels (...,) of latents (..., D)."""
        return latents[..., self._code].float()

    def levels_before_each(self, patches: Tensor) -> Tensor:
        """Return the last levels (B, T, MEMORY) before each of the patches of latents (B, T, P, D)."""
        levels = self.levels(patches[:, :-1].flatten(1, 2))
        padded = torch.cat([levels.new_zeros(len(levels), MEMORY), levels], dim=1)
        return padded.unfold(1, MEMORY, patches.shape[2])


@torch.no_grad()
def features(levels: Tensor) -> Tensor:
    """Return the features (..., 12) of the last levels (..., MEMORY); zeros if nothing varied.

    The levels of one patch are expected. They say how well the past repeats, which four levels are due, how much the
    level varies, and the period.
    """
    strength, lag = _period(levels)
    recent = levels[..., -_WINDOW:]
    mean = recent.mean(-1, keepdim=True)
    due = MEMORY - lag + torch.arange(LATENTS_PER_PATCH, device=levels.device)
    expected = levels.gather(-1, due) - mean
    spread = (recent - mean).square().mean(-1, keepdim=True).sqrt()
    sure = strength**4
    columns = [strength, sure, sure * expected / (spread + _NOISE), strength**2 * expected / _SPREAD]
    return torch.cat([*columns, spread / _SPREAD, sure * torch.log(lag / _USUAL)], dim=-1)


def _period(levels: Tensor) -> tuple[Tensor, Tensor]:
    """Return how well the last levels (..., MEMORY) repeat, 0 to 1, and with which period in latents, both (..., 1).

    No period is shorter than a patch.
    """
    recent = levels[..., -_WINDOW:]
    varied = recent - recent.mean(-1, keepdim=True)
    earlier = levels[..., : MEMORY - LATENTS_PER_PATCH].unfold(-1, _WINDOW, 1)
    earlier = earlier - earlier.mean(-1, keepdim=True)
    noise = _WINDOW * _NOISE**2
    power = (varied.square().sum(-1, keepdim=True) + noise) * (earlier.square().sum(-1) + noise)
    likeness = (varied[..., None, :] * earlier).sum(-1) / power.sqrt()
    lags = torch.arange(_LONGEST, LATENTS_PER_PATCH - 1, -1, device=levels.device)
    best = (likeness - _SHORTER * lags).argmax(-1, keepdim=True)
    return likeness.gather(-1, best).clamp(min=0.0), lags[best]
