"""When the next event is due: the time since the last onset and the last interval, measured from a stream's own past.

A clock's next tick follows from its last two, but 160 ms of latents do not hold them. The level's code tells onsets, so
two numbers per stream are enough. What is planned hears them as features of the last patch's token.
"""

import math
from typing import Final

import torch
from torch import Tensor, nn

BEFORE: Final = 4
"""As many latents before the measured ones decide whether the first of them are onsets."""
LONGEST: Final = 250
"""Ten seconds; an onset before that is as if there had been none."""
FEATURES: Final = 14
_RISE: Final = 1.2
"""An onset is where the level's code is so far above the least of the last three latents: 6 dB of the codecs here."""
_BACK: Final = 3
_TIME_CONSTANTS: Final = (2.0, 6.0, 16.0, 40.0)
_NEXT: Final = (1.0, 2.0, 3.0, 4.0)
_USUAL: Final = 12.0


class OnsetClock(nn.Module):
    """Measures and embeds the two numbers; `code` is the index of the level in a latent.

    A state is (B, 2): latents since the last onset (LONGEST: none is known), and from the one before it (0: unknown).
    """

    def __init__(self, code: int, dim: int) -> None:
        super().__init__()
        self._code = code
        self.embed = nn.Linear(FEATURES, dim, bias=False)
        # A generator that was trained without it begins as it was.
        nn.init.zeros_(self.embed.weight)

    @staticmethod
    def initial_state(batch: int, like: Tensor) -> Tensor:
        """Return the state (B, 2) of streams that have not begun."""
        return like.new_tensor([float(LONGEST), 0.0], dtype=torch.float32).repeat(batch, 1)

    @torch.no_grad()
    def measured(self, latents: Tensor, before: Tensor, state: Tensor) -> Tensor:
        """Return the states (B, N, 2) after each of the latents (B, N, D) that follow `before` (B, 4, D)."""
        level = torch.cat([before, latents], dim=1)[..., self._code].float()
        least = level.unfold(1, _BACK, 1).amin(-1)[:, :-1]
        rises = level[:, _BACK:] - least > _RISE
        onsets = rises[:, 1:] & ~rises[:, :-1]
        since, interval = state.unbind(-1)
        states = []
        for onset in onsets.unbind(1):
            since = (since + 1.0).clamp(max=float(LONGEST))
            known = torch.where(since < LONGEST, since, torch.zeros_like(since))
            interval = torch.where(onset, known, interval)
            since = torch.where(onset, torch.zeros_like(since), since)
            states.append(torch.stack([since, interval], dim=-1))
        return torch.stack(states, dim=1)

    def forward(self, state: Tensor) -> Tensor:
        """Return what is added to the token (..., dim) of the past that ends with a state (..., 2)."""
        embedded: Tensor = self.embed(features(state).to(self.embed.weight.dtype))
        return embedded


def features(state: Tensor) -> Tensor:
    """Return the features (..., 14) of states (..., 2); zeros if there was no onset.

    They say how recent the last onset is, the interval, the phase in it, and which of the next four latents is due.
    """
    since, interval = state.unbind(-1)
    heard = (since < LONGEST).float()
    timed = heard * (interval > 0).float()
    length = interval.clamp(min=1.0)
    phase, due = 2 * math.pi * since / length, length - since
    columns = [heard, *(heard * torch.exp(-since / constant) for constant in _TIME_CONSTANTS)]
    columns += [timed, timed * torch.log(length / _USUAL), timed * torch.cos(phase), timed * torch.sin(phase)]
    columns += [timed * torch.exp(-0.5 * (due - place) ** 2) for place in _NEXT]
    return torch.stack([*columns, timed * torch.tanh(due / 4)], dim=-1)
