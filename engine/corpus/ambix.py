"""First-order sound of recordings and films as AmbiX, whatever the file's convention."""

from collections.abc import Iterator

from engine.corpus.audio import BLOCK_SAMPLES, AudioFacts
from engine.export.reading.ambix_reader import AmbixReader
from engine.export.reading.source import Block, Convention


def ambix_blocks(facts: AudioFacts, convention: Convention | None, rate_hz: int | None = None) -> Iterator[Block]:
    """Yield AmbiX (4, n) of about a second to the end of a file, at `rate_hz` or at its own rate.

    Without a convention a sound file decides (AMB is FuMa) and a film is AmbiX, as the formats for 360 films
    require. Raises MediaError if the file is damaged.
    """
    with AmbixReader(facts.path, convention, rate_hz=rate_hz) as reader:
        yield from reader.blocks(BLOCK_SAMPLES)
