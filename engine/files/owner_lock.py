"""A lock on a file that shows whether a process still uses it.

The system releases it when the process ends, however it ends. A process number would not be enough: numbers are
reused.
"""

import errno
import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

try:
    import fcntl
except ImportError:  # Windows: other signs show whether the owner is alive
    fcntl = None  # type: ignore[assignment]

HAS_LOCKS: Final = fcntl is not None
_TRIES: Final = 20


class OwnerLock:
    """Holds the lock of an existing or new file, alone or (`shared`) together with others that share it.

    Raises BlockingIOError if another process holds it, and OSError if the file cannot be opened. Without lock support
    the file is only held open.
    """

    def __init__(self, path: Path, *, shared: bool = False, fresh: bool = False) -> None:
        flags = os.O_RDWR | (os.O_CREAT | os.O_EXCL if fresh else 0) | getattr(os, "O_NOFOLLOW", 0)
        self._descriptor = os.open(path, flags, 0o600)
        self.works = True
        """False if this place does not support locks."""
        try:
            is_ours = try_lock(self._descriptor, shared=shared)
        except OSError:
            self.works, is_ours = False, True
        if not is_ours:
            self.release()
            raise BlockingIOError(errno.EWOULDBLOCK, os.strerror(errno.EWOULDBLOCK))

    def release(self) -> None:
        """Release the lock; a second call does nothing."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


def new_owned_folder(parent: Path, prefix: str, lock_name: str, *, shared: bool = False) -> tuple[Path, OwnerLock]:
    """Make a folder with a new name in `parent` and take its lock. Raises OSError.

    Until it is locked, another process may take its lock, to see whether it has an owner, and even remove it: then
    another one is made.
    """
    for _ in range(_TRIES):
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        try:
            lock = OwnerLock(folder / lock_name, shared=shared, fresh=True)
        except BlockingIOError:
            shutil.rmtree(folder, ignore_errors=True)
            continue
        except FileNotFoundError:
            continue
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        if os.path.lexists(folder / lock_name):
            return folder, lock
        lock.release()
    raise OSError(errno.EAGAIN, f"no folder could be kept in {parent}")


def remove_owned(folder: Path, lock_name: str, first: str | None = None) -> None:
    """Remove a folder with everything in it, the file `first` before anything else, and the lock last. Raises OSError.

    If the process is killed meanwhile, what is left still has its lock: whoever looks for dead owners finds it.
    """
    if first is not None:
        (folder / first).unlink(missing_ok=True)
    for entry in list(os.scandir(folder)):
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        elif entry.name != lock_name:
            os.unlink(entry.path)
    (folder / lock_name).unlink(missing_ok=True)
    folder.rmdir()


def try_lock(descriptor: int, *, shared: bool = False) -> bool:
    """Take the lock of an open file; False if another process holds it. Raises OSError without lock support."""
    if fcntl is None:
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
