"""The sound of any file of a corpus, mono to third order, block by block, as `engine.export.reading` opens it."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from engine.contract.errors import MediaError
from engine.export.reading.film_source import FilmSource, SilentFilmError
from engine.export.reading.opening import open_source
from engine.export.reading.source import Block

BLOCK_SAMPLES: Final = 48_000
MOST_CHANNELS: Final = 16
"""Third-order ambisonics; more channels would make the blocks too large."""
_LOWEST_RATE_HZ: Final = 8_000
_HIGHEST_RATE_HZ: Final = 384_000


@dataclass(frozen=True)
class AudioFacts:
    """The stated facts of a file's sound.

    `stated_s` is the duration in its header, `has_pictures` marks a film (not cover art), `notices` are oddities, as
    predicates. libsndfile can read the file if `is_plain`.
    """

    path: Path
    channels: int
    rate_hz: int
    stated_s: float
    has_pictures: bool = False
    notices: tuple[str, ...] = ()
    is_plain: bool = False


def audio_facts(path: Path) -> AudioFacts:
    """Return the facts of a file's sound; of a film's tracks the first with at least four channels, or else the first.

    Raises MediaError if the file is empty, cannot be read, has no sound, or no usable channels or rate.
    """
    if path.stat().st_size == 0:
        raise MediaError("is empty (0 bytes): replace it.")
    try:
        source = open_source(path)
    except SilentFilmError as error:
        raise MediaError("has no sound: put its ambisonic WAV beside it with the same name.") from error
    with closing(source):
        if not 1 <= source.channels <= MOST_CHANNELS:
            raise MediaError(f"has {source.channels} channels: use mono, stereo or first-order sound (4).")
        if not _LOWEST_RATE_HZ <= source.rate_hz <= _HIGHEST_RATE_HZ:
            raise MediaError(f"is at {source.rate_hz} Hz: export it at 48000 Hz.")
        stated_s = source.promised / source.rate_hz
        return AudioFacts(
            path,
            source.channels,
            source.rate_hz,
            stated_s,
            source.has_pictures,
            source.notices,
            is_plain=not isinstance(source, FilmSource) and not source.notices,
        )


def blocks(facts: AudioFacts, size: int = BLOCK_SAMPLES) -> Iterator[Block]:
    """Yield the sound (C, n), n at most `size`, to the end of the file. Raises MediaError if it is damaged."""
    with closing(open_source(facts.path)) as source:
        while (block := source.read(size)).shape[1]:
            if not np.all(np.isfinite(block)):
                raise MediaError("is damaged (values that are not numbers): export it again.")
            yield block
