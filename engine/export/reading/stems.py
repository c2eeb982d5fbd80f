"""A take in four mono files with similar names that end in W, Y, Z, X: one of them, or a pattern, means all four."""

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

import numpy as np

from engine.contract.errors import MediaError
from engine.export.reading.source import Block, Convention, SoundSource

_LETTER: Final = re.compile(r"^(?P<before>(?:.*[\W_])?)(?P<letter>[WXYZwxyz])$")
_ACN_ORDER: Final = "WYZX"
_FUMA_ORDER: Final = "WXYZ"


def stems_of(path: Path) -> dict[str, Path] | None:
    """Return the existing files of the take that `path` belongs to, by letter ("W", "Y", "Z", "X").

    `path` is one of them or a pattern such as `take_*.wav`. None if its name is not that of one channel.
    """
    if any(sign in path.name for sign in "*?[") and not path.exists():
        found = _matching(path)
        by_letter = {_LETTER.match(file.stem): file for file in found if file.is_file()}
        stems = {match["letter"].upper(): file for match, file in by_letter.items() if match is not None}
        return stems if len(found) == len(stems) == len(_ACN_ORDER) else None
    match = _LETTER.match(path.stem)
    if match is None:
        return None
    letters = _ACN_ORDER if match["letter"].isupper() else _ACN_ORDER.lower()
    wanted = {letter.upper(): path.with_name(f"{match['before']}{letter}{path.suffix}") for letter in letters}
    return {letter: file for letter, file in wanted.items() if file.is_file()}


def missing_stems(path: Path) -> tuple[str, ...]:
    """Return the letters of a take's missing files; none if `path` does not have such a name."""
    stems = stems_of(path)
    return () if stems is None else tuple(letter for letter in _ACN_ORDER if letter not in stems)


def _matching(pattern: Path) -> list[Path]:
    try:
        return sorted(file for file in pattern.parent.iterdir() if fnmatchcase(file.name, pattern.name))
    except OSError:
        return []


def one_take_each(files: Sequence[Path]) -> list[Path]:
    """Return one file per take: the first of four that are all given, for a pattern the file of W."""
    given = {file.resolve() for file in files}
    kept: list[Path] = []
    covered: set[Path] = set()
    for file in files:
        if file.resolve() in covered:
            continue
        stems = stems_of(file) or {}
        places = {stem.resolve() for stem in stems.values()}
        if len(stems) == len(_ACN_ORDER) and places <= given:
            covered |= places
        kept.append(file if file.exists() else stems.get("W", file))
    return kept


class StemsSource:
    """Implements SoundSource for four mono files, in the order of the convention."""

    container = "four mono files"
    has_pictures = False

    def __init__(self, sources: dict[str, SoundSource], files: dict[str, Path], convention: Convention | None) -> None:
        order = _FUMA_ORDER if convention == "fuma" else _ACN_ORDER
        self._sources = [sources[letter] for letter in order]
        first = self._sources[0]
        odd = next((s for s in self._sources if s.channels != 1 or s.rate_hz != first.rate_hz), None)
        if odd is not None:
            self.close()
            raise MediaError(
                f"{files['W'].name} and the other three files are not a take: each needs one channel and the same rate."
            )
        self.channels, self.rate_hz, self.subtype = len(order), first.rate_hz, first.subtype
        self.can_seek = all(source.can_seek for source in self._sources)
        self.frames = max(source.frames for source in self._sources)
        self.promised = max(source.promised for source in self._sources)
        self.says: Convention | None = None
        names = ", ".join(files[letter].name for letter in order)
        said = [f"is one of four mono files that are read as one take: {names}."]
        if len({source.frames for source in self._sources}) > 1:
            said.append("and the other three files differ in length: the shorter ones are padded with silence.")
        self.notices = (*said, *(notice for s in self._sources for notice in s.notices))

    def read(self, frames: int) -> Block:
        """Return the next samples (4, n); files that have ended are silent."""
        parts = [self._filled(source, frames) for source in self._sources]
        longest = max(part.shape[1] for part in parts)
        return np.concatenate([np.pad(part, ((0, 0), (0, longest - part.shape[1]))) for part in parts])

    def seek(self, frame: int) -> None:
        """Continue reading all four from a frame."""
        for source in self._sources:
            source.seek(frame)

    def close(self) -> None:
        """Close the files."""
        for source in self._sources:
            source.close()

    @staticmethod
    def _filled(source: SoundSource, frames: int) -> Block:
        """Return `frames` samples, fewer only at the end: a source may return less than requested."""
        parts = [source.read(frames)]
        while parts[-1].shape[1] and sum(part.shape[1] for part in parts) < frames:
            parts.append(source.read(frames - sum(part.shape[1] for part in parts)))
        return np.concatenate(parts, axis=1)
