"""A named block of shared memory that is reliably freed."""

import contextlib
import os
import secrets
import sys
import threading
from multiprocessing import shared_memory
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

NAME_PREFIX: Final = "swan_"
"""Every block is `swan_<process id of its owner>_<token>`: short, because macOS allows 30 characters."""


class SharedBlock:
    """Shared memory seen as numpy arrays. The process that made it unlinks it; all others only close it.

    Threads: the arrays are plain memory; the documentation of each view says who may write.
    """

    def __init__(self, name: str | None, size_bytes: int) -> None:
        """Make a block of `size_bytes` (name None) or attach to the one of that name."""
        self._closed = False
        if name is None:
            name = f"{NAME_PREFIX}{os.getpid()}_{secrets.token_hex(4)}"
            self._memory = shared_memory.SharedMemory(name, create=True, size=size_bytes)
            self._is_owner = True
            self.array(np.uint8, (size_bytes,), 0)[:] = 0
        else:
            self._memory = shared_memory.SharedMemory(name)
            self._is_owner = False

    @property
    def name(self) -> str:
        """The name by which another process opens the memory."""
        return self._memory.name

    def array(self, dtype: type[np.generic], shape: tuple[int, ...], offset_bytes: int) -> NDArray[Any]:
        """Return a view of the memory; drop it before `close`."""
        return np.ndarray(shape, dtype, buffer=self._memory.buf, offset=offset_bytes)

    def close(self) -> None:
        """Close the memory, and remove it in the process that made it. May be called twice."""
        if self._closed:
            return
        self._closed = True
        with contextlib.suppress(BufferError):  # a traceback still holds a view: the end of the process frees it
            self._memory.close()
        if self._is_owner:
            with contextlib.suppress(FileNotFoundError):
                self._memory.unlink()


class Fence:
    """A memory barrier: writes before `pass_through` are visible to readers after it.

    x86 keeps the order by itself; ARM does not, and an uncontended private lock is the barrier that Python offers.
    No one else ever holds this lock, so it never waits.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def pass_through(self) -> None:
        """Make everything written before visible before anything that is written after."""
        self._lock.acquire()
        self._lock.release()


def shared_names_of_this_process() -> set[str]:
    """Return the existing blocks of this process; only Linux can tell."""
    if not sys.platform.startswith("linux"):
        return set()
    return {name for name in os.listdir("/dev/shm") if name.startswith(f"{NAME_PREFIX}{os.getpid()}_")}
