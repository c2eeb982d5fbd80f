"""When the audio process learns more about a sound that is still being measured."""

from typing import Final

from engine.contract.conventions import SAMPLE_RATE_HZ

_FIRST_SAMPLES: Final = SAMPLE_RATE_HZ // 2


class Telling:
    """A growing sound is announced after half a second of it, after each doubling, and when it is whole.

    Each time the mix goes over to the new level in a ramp.
    """

    def __init__(self) -> None:
        self._next_samples = _FIRST_SAMPLES
        self._is_whole = False
        self.has_begun = False

    def is_due(self, samples: int, is_whole: bool) -> bool:
        """Return whether to tell it now, with so many samples measured; noted as told."""
        if not (is_whole and not self._is_whole) and (is_whole or samples < self._next_samples):
            return False
        self._is_whole, self.has_begun = is_whole, True
        self._next_samples = max(2 * samples, self._next_samples)
        return True

    def grows_again(self) -> None:
        """Note that a sound that was whole has become longer."""
        self._is_whole = False
