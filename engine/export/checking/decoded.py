"""The sound of a written file as FFmpeg decodes it, independent of the reader that the commands use."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.contract.errors import MediaError
from engine.export.reading.source import Block
from engine.media.container import MediaFile, decoded_sound
from engine.media.sounds import samples_of


class Decoded:
    """The only sound of an open file: its channels, its rate, its codec, and its blocks (C, n)."""

    def __init__(self, media: MediaFile) -> None:
        if len(media.sounds) != 1:
            raise MediaError(f"{media.path} has {len(media.sounds)} sound tracks instead of one.")
        self._media = media
        stream = media.sounds[0]
        self.channels, self.rate_hz = stream.codec_context.channels, stream.codec_context.sample_rate
        self.codec = stream.codec_context.name
        self.layout = stream.layout.name

    def __iter__(self) -> Iterator[Block]:
        """Yield the samples from the start to the end. Raises MediaError if they cannot be decoded."""
        for packet in self._media.packets(self._media.sounds[0]):
            for frame in decoded_sound(packet):
                yield samples_of(frame)


@contextmanager
def decoded_blocks(path: Path) -> Iterator[Decoded]:
    """Open a file for as long as the block runs. Raises MediaError unless it has exactly one sound."""
    with MediaFile(path) as media:
        yield Decoded(media)
