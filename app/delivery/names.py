"""The names of exported files, from a template; they fit into 255 bytes and hold no character that a disk refuses."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from app.delivery.file_format import FileFormat
from app.delivery.parts import Part
from app.files.settings import USUAL_NAMES
from engine.contract.errors import InvalidInputError
from engine.export.delivery.order import LONGEST_NAME_BYTES, REJECTED, Kind

FIELDS: Final = ("project", "lane", "date", "format")
_CHANNELS: Final[dict[Kind, str]] = {"wav": "ambix", "flac": "ambix", "caf": "ambix", "amb": "fuma"}
"""What `{format}` says of formats whose suffix does not say which channels are inside."""
_LONGEST_BYTES: Final = LONGEST_NAME_BYTES - len(REJECTED)
_REFUSED: Final = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]+')
_FIELD: Final = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class NameTemplate:
    """A template such as "{project}_{lane}". Raises InvalidInputError for fields that do not exist."""

    text: str = USUAL_NAMES

    def __post_init__(self) -> None:
        """Check the fields."""
        for field in _FIELD.findall(self.text):
            if field not in FIELDS:
                known = ", ".join(f"{{{name}}}" for name in FIELDS)
                raise InvalidInputError(f"{{{field}}} is not known in names of files: use {known}.")
        if not clean_name(_FIELD.sub("", self.text)) and not _FIELD.search(self.text):
            raise InvalidInputError("The names of the files are empty: write a name, or {project}.")

    def name(self, project: str, part: Part, form: FileFormat, day: date) -> str:
        """Return the name of a file with its suffix."""
        said = "stereo" if part.is_stereo else _CHANNELS.get(form.kind, form.kind)
        values = {"project": project, "lane": part.label, "date": day.isoformat(), "format": said}
        filled = _FIELD.sub(lambda field: values[field[1]], self.text)
        return fitted_name(filled, form.suffix)


def named_parts(
    template: NameTemplate, project: str, parts: Sequence[Part], form: FileFormat, folder: Path, day: date
) -> dict[Part, Path]:
    """Return the files of some parts; names that would be equal get a number. Upper and lower case count as equal."""
    return _different({part: (template.name(project, part, form_of(part, form), day), folder) for part in parts})


def beside(out: Path, parts: Sequence[Part], form: FileFormat) -> dict[Part, Path]:
    """Return the files of some parts when the mix, or the only one, is named `out`: "NAME LABEL.wav" beside it."""
    if len(parts) == 1 and not parts[0].is_stereo:
        return {parts[0]: out}
    names = {
        part: out.name if part.is_mix else fitted_name(f"{out.stem} {part.label}", form_of(part, form).suffix)
        for part in parts
    }
    return _different({part: (name, out.parent) for part, name in names.items()})


def form_of(part: Part, form: FileFormat) -> FileFormat:
    """Return the form of a part when the mix has a form."""
    if part.is_mix:
        return form
    return form.of_stereo if part.is_stereo else form.of_parts


def clean_name(text: str) -> str:
    """Return a text as a part of a file name that Linux, macOS and Windows take."""
    return re.sub(r"\s+", " ", _REFUSED.sub(" ", text)).strip(" .")


def fitted_name(text: str, suffix: str) -> str:
    """Return a text as a file name with a suffix, shortened to 255 bytes with room for ".rejected"."""
    name = clean_name(text) or "sound"
    most = _LONGEST_BYTES - len(suffix.encode())
    return _cut(name, most) + suffix


def _cut(text: str, most_bytes: int) -> str:
    """Return the start of a text that fits into some bytes; no character is cut in half."""
    return text.encode(errors="surrogateescape")[:most_bytes].decode(errors="ignore").rstrip(" .")


def _different(names: dict[Part, tuple[str, Path]]) -> dict[Part, Path]:
    found: dict[Part, Path] = {}
    taken: set[str] = set()
    for part, (name, folder) in names.items():
        path, number = Path(name), 2
        while path.name.casefold() in taken:
            stem = Path(name).stem
            path = Path(_cut(stem, _LONGEST_BYTES - len(path.suffix.encode()) - 4))
            path = path.with_name(f"{path.name} {number}{Path(name).suffix}")
            number += 1
        taken.add(path.name.casefold())
        found[part] = folder / path.name
    return found
