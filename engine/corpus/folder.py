"""Reads a folder as a corpus: which files are sounds and films, which belong together, and what the names mean."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from engine.contract.errors import InvalidInputError
from engine.corpus.manifest import read_manifest
from engine.corpus.rows import CorpusRow, Kind, Listing, Remark, inside

SOUND_SUFFIXES: Final = frozenset(
    ".wav .bwf .flac .ogg .opus .aif .aiff .aifc .caf .amb .w64 .rf64 .mp3 .m4a .aac".split()
)
FILM_SUFFIXES: Final = frozenset(".mp4 .mov .mkv .webm .m4v .avi".split())
_AMBIENCE_FOLDERS: Final = frozenset(("ambience", "ambiences", "ambient", "ambients", "beds", "atmos", "atmospheres"))
_LETTERS: Final = re.compile(r"[^\W\d_]{2,}")


def read_corpus(corpus: Path, manifest: Path | None = None) -> Listing:
    """Return the rows of a folder, of a manifest in a folder, or of a manifest given instead of a folder.

    Raises InvalidInputError if there is no such folder or manifest, or nothing in it.
    """
    if manifest is None and corpus.is_file():
        return read_manifest(corpus, corpus.parent)
    if not corpus.is_dir():
        raise InvalidInputError(f"There is no folder {corpus}: specify a folder of sounds and films, or a manifest.")
    if manifest is None:
        return read_folder(corpus)
    inner = corpus / manifest
    return read_manifest(inner if not manifest.is_file() and inner.is_file() else manifest, corpus)


def read_folder(root: Path) -> Listing:
    """Return the sounds and films below a folder; links are not followed out of it, hidden files are skipped.

    A film and a sound with the same name in the same folder belong together. A sound's label is its file name without
    numbers; its class is its folder (at the top: its label). Folders named ambience or beds hold ambience.
    """
    files, others = _media(root)
    films = {(file.parent, file.stem.lower()): file for file in files if file.suffix.lower() in FILM_SUFFIXES}
    rows: list[CorpusRow] = []
    remarks: list[Remark] = []
    paired = set()
    for file in files:
        key = (file.parent, file.stem.lower())
        if file.suffix.lower() in SOUND_SUFFIXES and key in films and films[key] not in paired:
            paired.add(films[key])
            rows.append(_row(root, file, films[key]))
    taken = paired | {row.path for row in rows}
    for file in files:
        if file not in taken:
            rows.append(_row(root, file, None))
    kept = []
    for row in rows:
        if all(inside(root, str(path)) for path in (row.path, row.video) if path is not None):
            kept.append(row)
        else:
            remarks.append(Remark(row.name, "leaves the folder by a link: copy the file into the folder.", True))
    if not rows:
        raise InvalidInputError(f"{root} holds no sounds or films: use a folder with WAV, FLAC, MP4 or MOV files.")
    return Listing(root, tuple(sorted(kept, key=lambda row: row.name)), tuple(remarks), others)


def _media(root: Path) -> tuple[list[Path], int]:
    """Return the sounds and films below a folder in order, and how many other files there are."""
    found, others = [], 0
    for file in _walk(root):
        if file.suffix.lower() in SOUND_SUFFIXES | FILM_SUFFIXES:
            found.append(file)
        else:
            others += 1
    return sorted(found), others


def _walk(root: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if not name.startswith("."):
                yield Path(folder) / name


def _row(root: Path, file: Path, film: Path | None) -> CorpusRow:
    place = file.relative_to(root)
    folder = place.parent.name
    label = name_in_words(place.stem)
    kind: Kind | None = None
    if any(part.lower() in _AMBIENCE_FOLDERS for part in place.parts[:-1]):
        kind = "ambience"
    label = label or name_in_words(folder)
    sound_class = name_in_words(folder) or label
    return CorpusRow(str(place), file, film, (label,) if label else (), sound_class, kind)


def name_in_words(name: str) -> str:
    """Return "dog bark" for "Dog_bark-03", and an empty text for a name without words, such as "0017"."""
    words = re.sub(r"[\W_]+", " ", re.sub(r"\d+", " ", name)).strip().lower()
    return words if _LETTERS.search(words) else ""
