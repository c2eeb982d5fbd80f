"""The session's share in the recorded take: the take keeps an owner even if the recording process dies."""

from pathlib import Path

from engine.files.owner_lock import OwnerLock
from engine.runtime.takes.folder import TakeFolder


class TakeHold:
    """Holds at most one take."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._lock: OwnerLock | None = None

    def follow(self, folder: Path) -> None:
        """Hold this take instead of the previous one."""
        if folder == self._folder:
            return
        self.let_go()
        try:
            self._lock = TakeFolder(folder).share()
        except OSError:
            return  # tried again at the next report of the take
        self._folder = folder

    def let_go(self) -> None:
        """Hold none."""
        if self._lock is not None:
            self._lock.release()
        self._folder = self._lock = None
