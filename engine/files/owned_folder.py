"""Folders that belong to a running process, and the removal of those whose process was killed.

The owner holds a lock on a file inside (see owner_lock.py), so a folder whose lock can be taken has no owner. On file
systems without locks, age decides.
"""

import contextlib
import functools
import os
import re
import secrets
import shutil
import stat
import tempfile
import time
import weakref
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from engine.files.owner_lock import HAS_LOCKS, try_lock
from engine.files.stopping import undisturbed

PREFIX: Final = ".swansphere-"
BEFORE_NAME: Final = "before"
"""The previous version of an output; if it was moved here, PLACE_NAME beside it holds its name."""
PLACE_NAME: Final = "place"
_LOCK_NAME: Final = "owner.lock"
_RANDOM_BYTES: Final = 8
_NAME: Final = re.compile(re.escape(PREFIX) + rf"[0-9a-f]{{{2 * _RANDOM_BYTES}}}")
_TRIES: Final = 20
_OLD_S: Final = 7 * 24 * 3600.0


class OwnedFolder:
    """A new private folder with an unguessable name in `parent`. Raises OSError if it cannot be made.

    Use as a context manager, or call `remove`. The first one that a process makes in a place removes dead ones there.
    """

    def __init__(self, parent: Path) -> None:
        _sweep_once(parent)
        with undisturbed():
            self.path, lock = _made_and_locked(parent)
            # Also when a signal arrives between two steps of the owner: then the interpreter removes it in the end.
            self._clear = weakref.finalize(self, _clear, self.path, lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()

    def remove(self) -> None:
        """Remove the folder and its contents; a second call does nothing."""
        with undisturbed():
            self._clear()


def scratch_folder() -> OwnedFolder:
    """Return a new private folder in the system's folder for temporary files. Raises OSError."""
    return OwnedFolder(Path(tempfile.gettempdir()))


def sweep_temporary() -> int:
    """Remove the scratch folders whose owner is dead; returns how many. Never raises."""
    return sweep_dead(Path(tempfile.gettempdir()))


def sweep_dead(parent: Path) -> int:
    """Remove the owned folders in `parent` whose owner is dead; returns how many. Never raises."""
    swept = 0
    with contextlib.suppress(OSError):
        for entry in os.scandir(parent):
            if _NAME.fullmatch(entry.name):
                swept += _sweep(Path(entry.path))
    return swept


@functools.cache
def _sweep_once(parent: Path) -> None:
    sweep_dead(parent)


def _made_and_locked(parent: Path) -> tuple[Path, int]:
    """Return a new folder and the descriptor of its lock. Until it is locked, another process may remove it."""
    for _ in range(_TRIES):
        folder = parent / (PREFIX + secrets.token_hex(_RANDOM_BYTES))
        folder.mkdir(0o700)
        try:
            lock = os.open(folder / _LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        except FileNotFoundError:
            continue
        except BaseException:
            folder.rmdir()
            raise
        try:
            is_ours = try_lock(lock)
        except OSError:  # a file system without locks: folders are removed by age there
            is_ours = True
        if is_ours and os.path.lexists(folder / _LOCK_NAME):
            return folder, lock
        os.close(lock)
    raise OSError(f"no folder could be kept in {parent}")


def _sweep(folder: Path) -> bool:
    """Remove a folder if its owner is dead; returns whether it did."""
    try:
        if not stat.S_ISDIR(os.lstat(folder).st_mode):
            return False
        lock = os.open(folder / _LOCK_NAME, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
    except FileNotFoundError:  # the owner was killed between folder and lock, or while the folder was removed
        with contextlib.suppress(OSError):
            folder.rmdir()
            return True
        return False
    except OSError:
        return False
    try:
        is_dead = try_lock(lock)
    except OSError:
        is_dead = time.time() - os.fstat(lock).st_mtime > _OLD_S
    if is_dead:
        _give_back(folder)
        _clear(folder, lock)
    else:
        os.close(lock)
    return is_dead


def _give_back(folder: Path) -> None:
    """Restore an output that was moved away for a new one, if the owner was killed before the new one was in place."""
    with contextlib.suppress(OSError, ValueError):
        name = (folder / PLACE_NAME).read_text("utf-8", "surrogateescape")
        place = folder.parent / name
        if os.path.basename(name) == name and not os.path.lexists(place):
            os.replace(folder / BEFORE_NAME, place)


def _clear(folder: Path, lock: int) -> None:
    """Remove a folder and release its lock. The lock goes last, so that an interrupted removal is finished later."""
    with contextlib.suppress(OSError):
        for entry in os.scandir(folder):
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path, ignore_errors=True)
            elif entry.name != _LOCK_NAME:
                with contextlib.suppress(OSError):
                    os.unlink(entry.path)
    if not HAS_LOCKS:  # Windows does not remove an open file
        os.close(lock)
    with contextlib.suppress(OSError):
        if os.listdir(folder) == [_LOCK_NAME]:
            (folder / _LOCK_NAME).unlink()
            folder.rmdir()
    if HAS_LOCKS:
        os.close(lock)
