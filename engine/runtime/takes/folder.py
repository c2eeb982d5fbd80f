"""The folder of a take: the sound, its journal, a readable sidecar, and the lock of its owners.

Every process that works on a take shares its lock. If the lock can be taken exclusively, the take has no owner.
"""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.files.owner_lock import OwnerLock, new_owned_folder, remove_owned

PREFIX: Final = "take-"
_LOCK: Final = "owner.lock"
_PATIENCE_S: Final = 0.5
_TRY_AGAIN_S: Final = 0.01
_SIGN_OF_LIFE_S: Final = 60.0


@dataclass(frozen=True)
class TakeFolder:
    """The files of a take."""

    path: Path

    @property
    def sound(self) -> Path:
        """AmbiX, float32 W, Y, Z, X frame by frame, in the order of generation."""
        return self.path / "sound.f32"

    @property
    def journal(self) -> Path:
        """The place of that sound on the film's timeline; see journal.py."""
        return self.path / "journal.bin"

    @property
    def sidecar(self) -> Path:
        """The description of the take, for users and programs; see sidecar.py."""
        return self.path / "take.json"

    @property
    def marks(self) -> Path:
        """What the user did with the take; see store.py."""
        return self.path / "marks.json"

    @property
    def lock(self) -> Path:
        """The file that every owner holds."""
        return self.path / _LOCK

    def share(self) -> OwnerLock:
        """Become one of the owners. Raises BlockingIOError if another process holds it alone, OSError if it is gone."""
        until_s = time.monotonic() + _PATIENCE_S
        while True:
            try:
                return OwnerLock(self.lock, shared=True)
            except BlockingIOError:
                if time.monotonic() > until_s:
                    raise
                time.sleep(_TRY_AGAIN_S)  # another process is checking whether it has an owner

    def claim(self) -> OwnerLock:
        """Take the lock alone. Raises BlockingIOError if the take has an owner, OSError if it is gone."""
        lock = OwnerLock(self.lock)
        if not lock.works and self._age_s() < _SIGN_OF_LIFE_S:
            lock.release()
            raise BlockingIOError
        return lock

    def remove(self) -> None:
        """Remove the take for good. Raises OSError.

        The journal goes first, so that the rest counts as an empty take if this is interrupted.
        """
        remove_owned(self.path, _LOCK, first=self.journal.name)

    def _age_s(self) -> float:
        times = [file.stat().st_mtime for file in (self.sidecar, self.journal, self.lock) if file.exists()]
        return time.time() - max(times, default=0.0)


def make_take_folder(store: Path) -> tuple[TakeFolder, OwnerLock]:
    """Make the folder of a new take and become its owner. Raises OSError."""
    store.mkdir(parents=True, exist_ok=True)
    prefix = f"{PREFIX}{time.strftime('%Y%m%d-%H%M%S')}-"
    folder, lock = new_owned_folder(store, prefix, _LOCK, shared=True)
    return TakeFolder(folder), lock
