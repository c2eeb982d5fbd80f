"""Keeps outputs apart from inputs: the user's film is never overwritten by its own sound."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from engine.contract.errors import ExportError

Places = Path | Iterable[Path | None] | None
_Key = tuple[int, int, str]


def keep_apart(written: Iterable[Path | None], read: Mapping[str, Places]) -> None:
    """Raise ExportError if an output is also an input, by whatever name: a link, a hard link, upper or lower case.

    `written` are files, and folders that are replaced or filled: no input may be inside them. `read`
    says what each is: {"film": path}. None is skipped.
    """
    names: dict[_Key, tuple[str, Path]] = {}
    for what, given in read.items():
        for path in (given,) if isinstance(given, Path) else given or ():
            if path is not None:
                names.setdefault(_key(path), (what, path))
    for place in written:
        if place is None:
            continue
        if (found := names.get(_key(place))) is not None:
            what, path = found
            same = f"the {what} that is read" if path == place else f"the same file as the {what} {path}"
            raise ExportError(f"{place} is {same}, and would be overwritten: give the output another name.")
        if os.path.isdir(place) and (found := _inside(place, names)) is not None:
            raise ExportError(f"{place} contains the {found[0]} {found[1]}: choose another folder for the output.")


def keep_names_apart(written: Iterable[Path | None]) -> None:
    """Raise ExportError if two outputs are the same file."""
    seen: dict[_Key, Path] = {}
    for place in written:
        if place is not None and seen.setdefault(_key(place), place) is not place:
            raise ExportError(f"Two outputs have the same name, {place}: use different names.")


def files_of(folder: Path | None, *patterns: str) -> list[Path]:
    """Return the files of a folder that match one of the patterns; none if there is no such folder."""
    if folder is None or not os.path.isdir(folder):
        return []
    return [file for pattern in patterns for file in sorted(folder.glob(pattern))]


def weights_of(folder: Path | None) -> list[Path]:
    """Return the files of a checkpoint folder."""
    return files_of(folder, "*.safetensors")


def _key(path: Path) -> _Key:
    """Return the identity of a place: the file's number, or for a new file its folder's number and its name."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        real = Path(os.path.realpath(path))
    else:
        return status.st_dev, status.st_ino, ""
    name = real.name.casefold() if _ignores_case(real.parent) else real.name
    try:
        status = os.stat(real.parent)
    except (OSError, ValueError):
        return 0, 0, str(real)
    return status.st_dev, status.st_ino, name


def _ignores_case(folder: Path) -> bool:
    """Return whether a folder ignores upper and lower case in its own name."""
    other = folder.name.swapcase()
    if other == folder.name:
        return False
    try:
        return os.path.samefile(folder, folder.with_name(other))
    except OSError:
        return False


def _inside(folder: Path, names: Mapping[_Key, tuple[str, Path]]) -> tuple[str, Path] | None:
    """Return one of the named places that is inside a folder."""
    key = _key(folder)
    for what, path in names.values():
        if any(_key(above) == key for above in Path(os.path.realpath(path)).parents):
            return what, path
    return None
