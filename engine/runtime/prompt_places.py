"""The places that a prompt says, while it plays: from when its words begin to be heard to the end of the film.

Threads: belongs to the thread that generates.
"""

from collections.abc import Callable
from typing import Final

from engine.contract.control import GenerationSettings
from engine.contract.telemetry import EngineNotice
from engine.words.placing import Placed, place_sources

_TOPIC: Final = "prompt"


class PromptPlaces:
    """Places the sources of what holds now, and tells what of its words cannot be followed."""

    def __init__(self, tell: Callable[[object], None]) -> None:
        self._tell = tell
        self._words: str | None = None
        self._begins_s = 0.0
        self._asked: tuple[GenerationSettings, float] | None = None
        self._placed = Placed(GenerationSettings())
        self._remarks: tuple[str, ...] = ()
        self._told = ""

    def begin_take(self) -> None:
        """Forget when the words began: a seek or a lap begins them anew."""
        self._words = self._asked = None

    def placed(self, settings: GenerationSettings, now_s: float, until_s: float) -> Placed:
        """Return the settings with every source in its place. Words that are new begin to be heard now."""
        if self._asked != (settings, until_s):
            if settings.prompt.text != self._words:
                self._words, self._begins_s, self._remarks = settings.prompt.text, now_s, ()
            self._asked = (settings, until_s)
            self._placed = place_sources(settings, self._begins_s, until_s)
        return self._placed

    def tell(self, remarks: tuple[str, ...]) -> None:
        """Tell what is not followed of the words; `remarks` are what the model says of those that are new to it."""
        self._remarks = remarks or self._remarks
        message = " ".join((*self._placed.remarks, *self._remarks))
        if message != self._told:
            self._told = message
            self._tell(EngineNotice(message, topic=_TOPIC))
