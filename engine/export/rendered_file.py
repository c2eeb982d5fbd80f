"""A sound file behind a converter from AmbiX to its content."""

from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from engine.export.caf_writer import CafWriter
from engine.export.flac_writer import FlacWriter
from engine.export.formats import Content, SoundFormat, format_of
from engine.export.layouts import model_note
from engine.export.levels import FileLevels, Gain, Levels
from engine.export.sound_writer import SoundLayout, SoundWriter
from engine.export.wav_writer import WavWriter
from engine.files.staging import Staging

_MOST_MODELS: Final = 2
_WRITERS: Final[dict[SoundFormat, type[SoundWriter]]] = {
    "wav": WavWriter,
    "amb": WavWriter,
    "flac": FlacWriter,
    "caf": CafWriter,
}


def new_file(path: Path, content: Content, layout: SoundLayout, gain: Gain, staging: Staging | None) -> SoundWriter:
    """Return a writer for the format of the name. Raises ExportError."""
    return _WRITERS[format_of(path, content)](path, layout, gain=gain, staging=staging)


class RenderedFile:
    """Shared by the writers of fields and of binaural sound. Use as a context manager, like `SoundWriter`."""

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
        """The levels of the written sound."""
        return self.file.levels

    @property
    def file_levels(self) -> FileLevels:
        """The levels of the written sound, with the file's name."""
        return FileLevels(self.file.path.name, self.file.levels)

    def name_models(self, models: Iterable[str]) -> None:
        """Name the hashes of the weights that made the sound in the notes, as far as these can still change.

        Those of a WAV can until the end; there is room for two.
        """
        if isinstance(self.file, WavWriter):
            for note in [note for model in models if (note := model_note(model))][:_MOST_MODELS]:
                self.file.add_note(note)

    def finish(self) -> None:
        """Give the file its name."""
        self.file.finish()

    def discard(self) -> None:
        """Remove the written file."""
        self.file.discard()
