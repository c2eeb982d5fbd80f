"""Keeps a take from fading: what goes on sounding is held near the level that it has had under its prompt.

Every patch is made a little below the one before; in half a minute rain and engines faded by up to 11 dB. So the
level's code is lifted where a steady sound has fallen, before the patch becomes history: the model then goes on from
the lifted one, and a quarter of a decibel a patch is enough. What falls faster than a fade (a bark's end, thunder) is
left alone, and so is silence.
"""

from typing import Final

import numpy as np
from torch import Tensor

from engine.contract.control import Prompt

_WINDOW: Final = 20
"""Patches over which the mean power is taken (3.2 s)."""
_SETTLED: Final = 10
"""Patches under a prompt before a level counts as its own: it is ramped in, and may begin with a burst."""
_STEADY_DB: Final = 6.0
"""A patch farther than this below the mean is no fade."""
_TOLERATED_DB: Final = 1.0
_GAIN: Final = 0.1
_MOST_DB: Final = 0.25
_FORGOTTEN_DB: Final = 0.005
"""A patch; 1 dB in half a minute."""
_WIDEST_DB: Final = 200.0
"""Weights that run away must not end the stream with a number that is too large."""


class LevelKeeper:
    """The level of one stream. `codes` say it, of latents (1, P, D), a unit of them is `unit_db`."""

    def __init__(self, codes: tuple[int, ...], unit_db: float) -> None:
        self._codes, self._unit_db = list(codes), unit_db
        self._prompt: Prompt | None = None
        self._count, self._power, self._best_db = 0, 0.0, -np.inf

    def kept(self, latents: Tensor, prompt: Prompt) -> Tensor:
        """Return the latents (1, P, D) of the next patch, lifted where its sound is fading."""
        if not self._codes:
            return latents
        if prompt != self._prompt:
            self._prompt, self._count, self._best_db = prompt, 0, -np.inf
        level_db = float(np.clip(self._unit_db * float(latents[..., self._codes].mean()), -_WIDEST_DB, _WIDEST_DB))
        self._count += 1
        weight = 1.0 / min(self._count, _WINDOW)
        self._power += weight * (10.0 ** (level_db / 10.0) - self._power)
        mean_db = 10.0 * float(np.log10(self._power))
        if self._count < _SETTLED:
            return latents
        self._best_db = max(self._best_db - _FORGOTTEN_DB, mean_db)
        fallen_db = self._best_db - _TOLERATED_DB - mean_db
        if fallen_db <= 0.0 or level_db < mean_db - _STEADY_DB:
            return latents
        lifted = latents.clone()
        lifted[..., self._codes] += min(_GAIN * fallen_db, _MOST_DB) / self._unit_db
        return lifted
