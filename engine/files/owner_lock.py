"""A lock on a file that shows whether a process still uses it.

The system releases it when the process ends, however it ends. A process number would not be enough: numbers are
reused.
"""

import errno
import os
from pathlib import Path
from typing import Final

try:
    import fcntl
except ImportError:  # Windows: other signs show whether the owner is alive
    fcntl = None  # type: ignore[assignment]

HAS_LOCKS: Final = fcntl is not None


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


def try_lock(descriptor: int, *, shared: bool = False) -> bool:
    """Take the lock of an open file; False if another process holds it. Raises OSError without lock support."""
    if fcntl is None:
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
