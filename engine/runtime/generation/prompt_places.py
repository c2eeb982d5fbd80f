"""The places in a prompt during playback: from when its words are first heard to the end of the film.

Threads: belongs to the thread that generates.
"""

import statistics
from collections.abc import Callable
from typing import Final

from engine.contract.control import GenerationSettings
from engine.contract.conventions import PATCH_S
from engine.contract.telemetry import EngineNotice
from engine.words.placing import Placed, place_sources

_TOPIC: Final = "prompt"
_JUDGED: Final = 12
"""Patches (2 s) after which the time that several sources take is judged."""


class PromptPlaces:
    """Places the sources of the current settings, and reports what of the words cannot be followed."""

    def __init__(self, tell: Callable[[object], None]) -> None:
        self._tell = tell
        self._words: str | None = None
        self._begins_s = 0.0
        self._asked: tuple[GenerationSettings, float] | None = None
        self._placed = Placed(GenerationSettings())
        self._remarks: tuple[str, ...] = ()
        self._patches_ms: list[float] = []
        self._told = ""

    def begin_take(self) -> None:
        """Forget when the words began: a seek or an iteration starts them again."""
        self._words = self._asked = None

    def place(self, settings: GenerationSettings, now_s: float, until_s: float) -> Placed:
        """Return the settings with every source in its place. New words begin to be heard now."""
        if self._asked != (settings, until_s):
            if settings.prompt.text != self._words:
                self._words, self._begins_s = settings.prompt.text, now_s
                self._remarks, self._patches_ms = (), []
            self._asked = (settings, until_s)
            self._placed = place_sources(settings, self._begins_s, until_s)
        return self._placed

    def tell(self, remarks: tuple[str, ...], patch_ms: float) -> None:
        """Report words that are not followed, and sources that take longer than they last.

        `remarks` are the model's remarks on new words.
        """
        self._remarks = remarks or self._remarks
        if len(self._patches_ms) < _JUDGED:
            self._patches_ms.append(patch_ms)
        message = " ".join((*self._placed.remarks, *self._remarks, *self._on_time()))
        if message != self._told:
            self._told = message
            self._tell(EngineNotice(message, topic=_TOPIC))

    def _on_time(self) -> list[str]:
        sources = 1 + len(self._placed.settings.lanes)
        if sources == 1 or len(self._patches_ms) < _JUDGED or statistics.median(self._patches_ms) <= 1000.0 * PATCH_S:
            return []
        return [
            f"This machine is too slow for {sources} sources at the same time: the sound keeps dropping out. "
            "Name fewer sources, or export the whole film, which is not bound to real time."
        ]
