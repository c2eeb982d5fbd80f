"""A sound file behind something that turns AmbiX into what it holds."""

from pathlib import Path
from types import TracebackType
from typing import Self

from engine.export.flac_writer import FlacWriter
from engine.export.formats import Content, format_of
from engine.export.levels import FileLevels, Gain, Levels
from engine.export.sound_writer import SoundLayout, SoundWriter
from engine.export.wav_writer import WavWriter
from engine.files.staging import Staging


def new_file(path: Path, content: Content, layout: SoundLayout, gain: Gain, staging: Staging | None) -> SoundWriter:
    """Return a writer of the kind that the name asks for. Raises ExportError."""
    kind = FlacWriter if format_of(path, content) == "flac" else WavWriter
    return kind(path, layout, gain=gain, staging=staging)


class RenderedFile:
    """What the writers of fields and of binaural sound share. Use as a context manager, as `SoundWriter`."""

    def __init__(self, file: SoundWriter) -> None:
        self.file = file

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.file.__exit__(kind, error, trace)

    @property
    def frames(self) -> int:
        """How many samples were written."""
        return self.file.frames

    @property
    def levels(self) -> Levels:
        """The levels of what was written."""
        return self.file.levels

    @property
    def file_levels(self) -> FileLevels:
        """The levels of what was written, with the file's name."""
        return FileLevels(self.file.path.name, self.file.levels)

    def finish(self) -> None:
        """Give the file its name."""
        self.file.finish()

    def discard(self) -> None:
        """Remove what was written."""
        self.file.discard()
