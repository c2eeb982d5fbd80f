"""Builds everything that has to do with words: sentences, what is understood, the browser of sounds."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal, Protocol

from app.bridge.patch_source import ModelSource
from app.context import AppContext
from app.words.browsing import SoundBrowsing
from app.words.known_sounds import KnownSounds, sounds_setup
from app.words.library import Library
from app.words.seen_lanes import SeenLanes
from app.words.sentence_lanes import SentenceLanes
from app.words.understood import Understood

if TYPE_CHECKING:
    from engine.runtime.sounds.process import KnownSoundsProcess


class Ends(Protocol):
    """A part that ends with the window."""

    def ask_to_end(self) -> None:
        """Begin to end, without waiting."""

    def end(self) -> None:
        """End."""


def words_in(
    context: AppContext,
    source: ModelSource,
    output: Literal["device", "null"],
    start: "Callable[[], KnownSoundsProcess] | None" = None,
) -> Sequence[Ends]:
    """Add the parts to the window; returns those that have to end with it. `start` starts the process of sounds."""

    def usual() -> "KnownSoundsProcess":
        from engine.runtime.sounds.process import KnownSoundsProcess

        return KnownSoundsProcess(sounds_setup(source, output))

    sounds = KnownSounds(start or usual, context.window)
    Understood(context, sounds)
    browsing, library = SoundBrowsing(context, sounds, source), Library(context, sounds)
    return sounds, SentenceLanes(context), SeenLanes(context, source), browsing, library
