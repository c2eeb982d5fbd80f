"""Lists the sound files of the user's folders in a child process: their headers and tags are untrusted.

The child imports this too, so it must not import Qt.
"""

import contextlib
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from engine.contract.conventions import FOA_CHANNELS
from engine.contract.errors import CancelledError, EngineError, MediaError, WorkerError
from engine.contract.library import LibrarySound
from engine.runtime.processes.asked_child import asked_child, told_as

MOST_SOUNDS: Final = 50_000
SUFFIXES: Final = frozenset(".wav .wave .w64 .rf64 .bw64 .flac .ogg .oga .opus .mp3 .aif .aiff .aifc .caf .amb".split())
_BATCH: Final = 200
_PATIENCE_S: Final = 60.0
_DEEPEST: Final = 12
_LONGEST_TAGS: Final = 300
_TAGS: Final = ("title", "comment", "album", "genre")


def index_folders(
    folders: Sequence[Path], progress: Callable[[float], None], cancelled: Callable[[], bool]
) -> tuple[LibrarySound, ...]:
    """Return the sounds in some folders and theirs, at most 50,000. Takes a while: not for the window's thread.

    A file that cannot be read as sound is left out. Raises CancelledError, or WorkerError if the child died.
    """
    found: list[LibrarySound] = []
    errors = told_as(
        cancelled=CancelledError("The sounds were not listed."),
        late=WorkerError("The sounds were not listed: their disk did not answer for a minute."),
        died=WorkerError("Listing the sounds stopped without an answer: a file may be damaged."),
    )
    with errors, asked_child("sound-library", _child_main, tuple(folders)) as child:
        while (batch := child.answer(_PATIENCE_S, cancelled)) is not None:
            found += batch
            progress(len(found) / MOST_SOUNDS)
    return tuple(found)


def _child_main(folders: Sequence[Path], answers: Connection) -> None:
    batch: list[LibrarySound] = []
    with contextlib.suppress(OSError):  # the window is gone
        for count, sound in enumerate(listed(folders), start=1):
            batch.append(sound)
            if len(batch) >= _BATCH:
                answers.send(batch)
                batch = []
            if count >= MOST_SOUNDS:
                break
        answers.send(batch)
        answers.send(None)


def listed(folders: Sequence[Path]) -> Iterator[LibrarySound]:
    """Yield the sounds in folders, each file once, by name. Links to folders are not followed."""
    seen: set[tuple[int, int]] = set()
    for top in folders:
        for place, inner, names in os.walk(top):
            inner.sort()
            if len(Path(place).relative_to(top).parts) >= _DEEPEST:
                inner.clear()
            for name in sorted(names):
                path = Path(place, name)
                if path.suffix.lower() in SUFFIXES and (sound := _sound(path, top, seen)) is not None:
                    yield sound


def _sound(path: Path, top: Path, seen: set[tuple[int, int]]) -> LibrarySound | None:
    try:
        status = os.stat(path)
        identity = (status.st_dev, status.st_ino)
        if not stat.S_ISREG(status.st_mode) or identity in seen:
            return None
        seconds, channels = _header(path)
    except (OSError, EngineError, ValueError):
        return None
    seen.add(identity)
    folder = " / ".join((top.name, *path.relative_to(top).parts[:-1]))
    return LibrarySound(str(path), path.stem, folder, _tags(path), seconds, channels)


def _header(path: Path) -> tuple[float, int]:
    from engine.export.reading.opening import open_source

    source = open_source(path)
    try:
        channels = min(source.channels, FOA_CHANNELS)  # the first four of more are a sound field
        if channels not in (1, 2, FOA_CHANNELS) or source.frames <= 0:
            raise MediaError(f"{path} cannot be used as a recording.")
        return source.frames / source.rate_hz, channels
    finally:
        source.close()


def _tags(path: Path) -> str:
    import soundfile

    try:
        with soundfile.SoundFile(path) as file:
            tags = file.copy_metadata()
    except (OSError, RuntimeError, ValueError):
        return ""
    text = " ".join(str(tags[name]) for name in _TAGS if tags.get(name))
    return "".join(sign if sign.isprintable() else " " for sign in text)[:_LONGEST_TAGS]
