"""Keeps a take from fading or swelling: a continuous sound is held near its level under the current prompt.

Every patch is made slightly below or above the previous one; in half a minute rain and engines faded by up to 11 dB,
and rain in two jumps grew by 10. So the level's code is lifted if a steady sound has fallen, and lowered if it has
grown, before the patch becomes history: the model then continues from there. It pulls against that: a quarter of a
decibel per patch did not hold every fade. Falls faster than a fade (a bark's end, thunder) are left alone, and so are
silence, intermittent sounds, and approaching sounds.
"""

from collections import deque
from typing import Final

import numpy as np
from torch import Tensor

from engine.contract.control import Prompt

_WINDOW: Final = 20
"""Patches over which the mean power is taken (3.2 s)."""
_SETTLED: Final = 10
"""Patches under a prompt before its level counts: it may begin with a burst."""
_STEADY_DB: Final = 6.0
"""A patch farther than this below the mean is not a fade."""
_FADE_DB: Final = 1.0
_GROWTH_DB: Final = 3.0
"""Sounds begin softly: only growth beyond this is lowered."""
_NEARING_DB: Final = 2.5
"""Growth of the mean in a window that means an approach: the new level counts from there on."""
_EVENTS_DB: Final = 3.0
"""Patches that are farther than this from the mean, on average, are events and not a steady sound."""
_LIFT_GAIN: Final = 0.25
_MOST_LIFT_DB: Final = 0.75
_MOST_EVENT_LIFT_DB: Final = 0.25
_CUT_GAIN: Final = 0.5
_MOST_CUT_DB: Final = 1.0
_FORGOTTEN_DB: Final = 0.005
"""Per patch; 1 dB in half a minute."""
_WIDEST_DB: Final = 200.0
"""Limits weights that run away, so that no number becomes too large for the stream."""


class LevelStabilizer:
    """The level of one stream. `codes` hold it in latents (1, P, D), a unit of them is `unit_db`."""

    def __init__(self, codes: tuple[int, ...], unit_db: float) -> None:
        self._codes, self._unit_db = list(codes), unit_db
        self._prompt: Prompt | None = None
        self._count, self._power, self._spread_db = 0, 0.0, 0.0
        self._best_db, self._least_db = -np.inf, np.inf
        self._means_db: deque[float] = deque(maxlen=_WINDOW)

    def stabilize(self, latents: Tensor, prompt: Prompt) -> Tensor:
        """Return the latents (1, P, D) of the next patch, lifted if its sound fades, lowered if it swells."""
        if not self._codes:
            return latents
        if prompt != self._prompt:
            self._prompt, self._count, self._best_db, self._least_db = prompt, 0, -np.inf, np.inf
            self._means_db.clear()
        level_db = float(np.clip(self._unit_db * float(latents[..., self._codes].mean()), -_WIDEST_DB, _WIDEST_DB))
        self._count += 1
        weight = 1.0 / min(self._count, _WINDOW)
        self._power += weight * (10.0 ** (level_db / 10.0) - self._power)
        mean_db = 10.0 * float(np.log10(self._power))
        self._spread_db += weight * (abs(level_db - mean_db) - self._spread_db)
        if self._count < _SETTLED:
            return latents
        change_db = self._update_lift_db(level_db, mean_db) - self._update_cut_db(mean_db)
        if not change_db:
            return latents
        changed = latents.clone()
        changed[..., self._codes] += change_db / self._unit_db
        return changed

    def _update_lift_db(self, level_db: float, mean_db: float) -> float:
        """Return how much a patch at a level, under a mean, is to be lifted; 0 for not at all."""
        self._best_db = max(self._best_db - _FORGOTTEN_DB, mean_db)
        fallen_db = self._best_db - _FADE_DB - mean_db
        if fallen_db <= 0.0 or level_db < mean_db - _STEADY_DB:
            return 0.0
        most_db = _MOST_EVENT_LIFT_DB if self._spread_db > _EVENTS_DB else _MOST_LIFT_DB
        return min(_LIFT_GAIN * fallen_db, most_db)

    def _update_cut_db(self, mean_db: float) -> float:
        """Return how much the next patch of a sound with this mean is to be lowered; 0 for not at all."""
        self._means_db.append(mean_db)
        if self._spread_db > _EVENTS_DB or mean_db - self._means_db[0] > _NEARING_DB:
            self._least_db = mean_db
        self._least_db = min(self._least_db + _FORGOTTEN_DB, mean_db)
        return min(max(_CUT_GAIN * (mean_db - self._least_db - _GROWTH_DB), 0.0), _MOST_CUT_DB)
