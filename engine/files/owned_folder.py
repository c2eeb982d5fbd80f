"""Folders that belong to a running process, and the sweeping of those whose process was killed.

The owner holds a lock on a file inside. The system lets go of the lock when the process ends, however it ends, so a
folder whose lock can be taken has no owner. A process number alone would not tell: numbers are used again.
"""

import contextlib
import os
import shutil
import stat
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Self

try:
    import fcntl
except ImportError:  # Windows: folders of dead owners are told by their age alone
    fcntl = None  # type: ignore[assignment]

PREFIX: Final = ".swansphere-"
_LOCK_NAME: Final = "owner.lock"
_YOUNG_S: Final = 10.0
_OLD_S: Final = 7 * 24 * 3600.0


class OwnedFolder:
    """A fresh private folder with an unguessable name. Raises OSError if it cannot be made.

    Use as a context manager, or call `remove`. Dead folders beside it are swept first.
    """

    def __init__(self, parent: Path, prefix: str = PREFIX) -> None:
        sweep_dead(parent, prefix)
        self.path = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        try:
            self._lock = os.open(self.path / _LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            with contextlib.suppress(OSError):  # a file system without locks: such folders are swept by age
                _try_lock(self._lock)
        except BaseException:
            shutil.rmtree(self.path, ignore_errors=True)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()

    def remove(self) -> None:
        """Remove the folder and what is in it; a second call does nothing."""
        lock, self._lock = self._lock, -1
        if lock >= 0:
            shutil.rmtree(self.path, ignore_errors=True)
            os.close(lock)


def sweep_dead(parent: Path, prefix: str = PREFIX) -> int:
    """Remove the owned folders in `parent` whose owner is gone; returns how many. Never raises."""
    swept = 0
    with contextlib.suppress(OSError):
        for entry in os.scandir(parent):
            if entry.name.startswith(prefix) and _is_dead(Path(entry.path)):
                shutil.rmtree(entry.path, ignore_errors=True)
                swept += 1
    return swept


def _is_dead(folder: Path) -> bool:
    try:
        status = os.lstat(folder)
        age_s = time.time() - status.st_mtime
        # One that was made this moment may not be locked yet; nothing but a folder with our lock file is touched.
        if not stat.S_ISDIR(status.st_mode) or age_s < _YOUNG_S:
            return False
        lock = os.open(folder / _LOCK_NAME, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
    except OSError:
        return False
    try:
        return _try_lock(lock)
    except OSError:
        return age_s > _OLD_S
    finally:
        os.close(lock)


def _try_lock(descriptor: int) -> bool:
    """Take the lock; False if another process holds it. Raises OSError if there are no locks here."""
    if fcntl is None:
        raise OSError("no locks on this system")
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
