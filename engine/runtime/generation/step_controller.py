"""How many flow steps the next patch may take, so that playback never runs out of sound.

The time of a patch is modelled as `overhead + steps * per_step`. The rule has two ranges: with a full buffer a patch
may take most of its duration; the emptier the buffer, the less, down to what refills it fastest.
"""

from dataclasses import dataclass
from typing import Final

from engine.contract.conventions import PATCH_S

PATCH_MS: Final = 1000.0 * PATCH_S


@dataclass(frozen=True)
class StepLimits:
    """`most` steps sound best, `fewest` still sound good, and `first` are used before the first measurement.

    If the weights have a distilled LocDiT (engine/model/generator/few_step.py), that one takes the fewest.

    `load` is the share of real time that a patch may take with the buffer full: the rest is for the film and the audio.
    """

    fewest: int = 2
    most: int = 8
    first: int = 4
    load: float = 0.8

    def __post_init__(self) -> None:
        if not 1 <= self.fewest <= self.first <= self.most:
            raise ValueError("Step limits must be ordered: fewest, first, most.")


_MARGIN: Final = 1.1
_LEARN: Final = 0.25
_WORSE_LEARN: Final = 0.6
_URGENT: Final = 0.3
_CALM: Final = 0.8
_LEAST_LOAD: Final = 0.3


class StepController:
    """Chooses steps from measured times. Not thread-safe: belongs to the generation thread."""

    def __init__(self, buffer_s: float, limits: StepLimits = StepLimits()) -> None:
        if buffer_s <= 0.0:
            raise ValueError(f"A buffer of {buffer_s} s is not possible.")
        self._buffer_s = buffer_s
        self._limits = limits
        self._overhead_ms = 0.0
        self._per_step_ms = 0.0
        self._measured = False
        self._last = limits.first

    def predicted_ms(self, steps: int) -> float:
        """Return the expected time of a patch with this many steps; 0 before the first measurement."""
        return self._overhead_ms + steps * self._per_step_ms

    def choose(self, buffered_s: float, sounding: bool) -> int:
        """Return the steps of the next patch. Falls at once if it must, rises by one per patch.

        Before any sound (`sounding` False) an empty buffer is no danger, only a wait.
        """
        limits = self._limits
        if not self._measured:
            return self._last
        fullness = min(1.0, buffered_s / self._buffer_s) if sounding else _CALM
        if fullness < _URGENT:
            wanted = limits.fewest
        else:
            ease = min(1.0, (fullness - _URGENT) / (_CALM - _URGENT))
            budget_ms = PATCH_MS * (_LEAST_LOAD + ease * (limits.load - _LEAST_LOAD))
            wanted = self._most_within(budget_ms)
        self._last = min(wanted, self._last + 1)
        return self._last

    def learn(self, steps: int, patch_ms: float) -> None:
        """Learn from a patch that took `patch_ms` with `steps`; a patch that took longer than expected weighs more."""
        if not self._measured:
            self._measured = True
            self._overhead_ms, self._per_step_ms = 0.5 * patch_ms, 0.5 * patch_ms / steps
            return
        surprise_ms = patch_ms - self.predicted_ms(steps)
        step_ms = (_WORSE_LEARN if surprise_ms > 0.0 else _LEARN) * surprise_ms
        # The smallest change of both numbers that explains the share of the error: steps weigh by their square.
        scale = step_ms / (self._limits.most + steps * steps / self._limits.most)
        self._overhead_ms = max(0.0, self._overhead_ms + self._limits.most * scale)
        self._per_step_ms = max(0.0, self._per_step_ms + steps / self._limits.most * scale)

    def _most_within(self, budget_ms: float) -> int:
        limits = self._limits
        for steps in range(limits.most, limits.fewest, -1):
            if _MARGIN * self.predicted_ms(steps) <= budget_ms:
                return steps
        return limits.fewest
