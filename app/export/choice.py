"""What the export dialog offers and what the user chose in it: plain values, without Qt."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, Literal

from app.delivery.file_format import FileFormat
from app.delivery.names import NameTemplate, named_parts
from app.delivery.parts import Part, What, parts_of
from engine.contract.errors import InvalidInputError
from engine.contract.scene.scene import Scene
from engine.export.delivery.order import Kind
from engine.export.film.film_writer import Coding

SourceKey = Literal["scene", "take", "film", "kept"]
TAKE: Final = Part("take")
FORMS: Final[tuple[tuple[str, Kind, str], ...]] = (
    ("AmbiX WAV", "wav", ".wav"),
    ("AmbiX WAV with ADM", "adm", ".wav"),
    ("AmbiX FLAC", "flac", ".flac"),
    ("AmbiX CAF", "caf", ".caf"),
    ("FuMa AMB", "amb", ".amb"),
    ("360-degree film, MOV", "mov", ".mov"),
    ("360-degree film, MP4", "mp4", ".mp4"),
    ("Binaural WAV", "binaural", ".wav"),
    ("Binaural FLAC", "binaural", ".flac"),
    ("Binaural CAF", "binaural", ".caf"),
    ("Film with binaural sound, MOV", "binaural", ".mov"),
    ("Film with binaural sound, MP4", "binaural", ".mp4"),
)
"""Every form of files that can be chosen: its name for people, its kind and its suffix."""
CODINGS: Final[dict[Coding, str]] = {
    "pcm24": "24 bits, dither",
    "pcm16": "16 bits, dither",
    "float": "32-bit float",
    "aac": "AAC",
}


@dataclass(frozen=True)
class Source:
    """Something that can be exported.

    `project` is its name in the names of files, `length_s` how long it is, `note` a sentence about it, and `missing` a
    sentence on its gaps. Without `is_there` it cannot be chosen, and the note says why. Only a scene has lanes and kept
    takes.
    """

    key: SourceKey
    title: str
    project: str
    note: str = ""
    missing: str = ""
    is_there: bool = True
    has_film: bool = False
    scene: Scene | None = None
    length_s: float = 0.0


@dataclass(frozen=True)
class ExportChoice:
    """Everything that the user chose. Raises InvalidInputError or SceneError in `files` if it cannot be exported."""

    source: Source
    what: What
    form: FileFormat
    template: NameTemplate
    folder: Path

    def files(self, day: date) -> Mapping[Part, Path]:
        """Return the files to write, by part."""
        if self.form.has_pictures and not self.source.has_film:
            raise InvalidInputError("There is no film whose pictures could be copied: choose a sound format.")
        scene = self.source.scene
        parts = (TAKE,) if scene is None else parts_of(scene, self.what, self.form.kind)
        return named_parts(self.template, self.source.project, parts, self.form, self.folder, day)
