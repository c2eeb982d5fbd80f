"""The newest of a value that the user keeps changing; older ones are discarded."""

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class Mailbox(Generic[T]):
    """Holds one value and its version, which grows with every change.

    Threads: any thread may put, any may look; the lock is held for two assignments.
    """

    def __init__(self, value: T, version: int = 0) -> None:
        self._lock = threading.Lock()
        self._version = version
        self._value = value

    def put(self, value: T) -> int:
        """Replace the value and return its version."""
        with self._lock:
            self._version += 1
            self._value = value
            return self._version

    def put_version(self, version: int, value: T) -> None:
        """Store a value that was numbered elsewhere; an older one is ignored."""
        with self._lock:
            if version > self._version:
                self._version = version
                self._value = value

    def latest(self) -> tuple[int, T]:
        """Return the version and the value."""
        with self._lock:
            return self._version, self._value
