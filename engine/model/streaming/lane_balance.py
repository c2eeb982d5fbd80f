"""Mixed sources are made equally loud, so that a lane's decibels refer to one level.

Each lane's loudness since its words began is brought to one level, by the rule of ambisonics/loudness.py. A source that
is alone keeps its level. The gain follows slowly: once a sound is known by its first seconds it moves by at most 3 dB
per second, so that no pumping is heard and a quiet passage stays quiet. A peak is caught at once.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.ambisonics.loudness import SourceLoudness, evening_db, room_for_peak_db
from engine.contract.control import Prompt
from engine.contract.conventions import AcnChannel

_PEAK_KEPT: Final = 0.98
"""Decay of a peak from patch to patch."""
_LEARNING: Final = 12
"""Patches (2 s) in which the loudness of new words is still being learned."""
_LEARNING_DB: Final = 2.0
_GLIDE_DB: Final = 0.5
"""The largest rise of a gain per patch, while learning and after; it falls twice as fast."""


class LaneBalance:
    """The gain of one lane, patch after patch."""

    def __init__(self) -> None:
        self._loudness = SourceLoudness()
        self._prompt: Prompt | None = None
        self._patches = 0
        self._peak = 0.0
        self._gain_db = 0.0
        self._is_set = False

    def update(self, foa: NDArray[np.float32], prompt: Prompt, together: bool) -> float:
        """Return the linear gain at the end of the next patch, AmbiX (4, n) as it was made; alone it goes to 1."""
        if prompt != self._prompt:
            self._prompt, self._loudness, self._patches = prompt, SourceLoudness(), 0
        self._loudness.add(foa[AcnChannel.W])
        self._peak = max(_PEAK_KEPT * self._peak, float(np.abs(foa).max()))
        level_db = self._loudness.level_db
        if level_db is None:
            return self._linear
        self._patches += 1
        goal_db = evening_db(level_db, self._loudness.pauses_db) if together else 0.0
        step_db = _LEARNING_DB if self._patches <= _LEARNING else _GLIDE_DB
        change_db = goal_db - self._gain_db
        if self._is_set:
            change_db = min(max(change_db, -2.0 * step_db), step_db)
        self._is_set = True
        self._gain_db += change_db
        if together:
            self._gain_db = min(self._gain_db, room_for_peak_db(self._peak))
        return self._linear

    @property
    def _linear(self) -> float:
        return float(10.0 ** (self._gain_db / 20.0))
