"""Writes a take of a block, patch by patch. What is written is never changed; a take only grows."""

import contextlib
import os
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from engine.contract.errors import ExportError, reason_of
from engine.files.owner_lock import OwnerLock
from engine.runtime.block_takes.layout import HEAD_BYTES, TakeHead, TakePatch, packed_head, packed_patch, read_head

_SYNC_EVERY: Final = 6
"""Patches (0.96 s of sound) between two flushes to disk."""


class TakeWriter:
    """An open take that grows. Use as a context manager: leaving it flushes. One writer for a take at a time.

    `fresh` makes a new file, which must not exist. Otherwise what a killed process left of a record is cut off. Raises
    ExportError if the file cannot be written or another process writes it, MediaError if it is no take.
    """

    def __init__(self, path: Path, head: TakeHead | None = None) -> None:
        self.path, self._unsynced = path, 0
        try:
            self._lock = OwnerLock(path, fresh=head is not None)
        except BlockingIOError as error:
            raise ExportError(f"The take {path.name} is being made by another SwanSphere: wait for it.") from error
        except OSError as error:
            raise _unwritable(path, error) from error
        try:
            self._file = path.open("r+b", buffering=0)
            if head is not None:
                self._file.write(packed_head(head))
                self._sync()
            self._file.seek(0)
            self.head = read_head(self._file.read(HEAD_BYTES), path.name)
            size = os.fstat(self._file.fileno()).st_size
            self.patches = max(size - HEAD_BYTES, 0) // self.head.record_bytes
            self._file.truncate(self.head.position(self.patches))
            self._file.seek(0, os.SEEK_END)
        except OSError as error:
            self.close()
            raise _unwritable(path, error) from error
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):
            self._sync()
        self.close()

    def close(self) -> None:
        """Close the file and let others write it; a second call does nothing."""
        if hasattr(self, "_file"):
            self._file.close()
        self._lock.release()

    def add(self, patch: TakePatch) -> None:
        """Add the next patch. Raises ExportError; then the patches before are whole and the take can go on later."""
        self.add_record(packed_patch(patch))

    def add_record(self, record: bytes) -> None:
        """Add the next patch as the bytes of its record; see `add`. Raises ValueError for another size."""
        if len(record) != self.head.record_bytes:
            raise ValueError("A record of another take does not fit.")
        begins = self.head.position(self.patches)
        try:
            view = memoryview(record)
            while view:
                view = view[self._file.write(view) :]
            self._unsynced += 1
            if self._unsynced >= _SYNC_EVERY:
                self._sync()
        except OSError as error:
            with contextlib.suppress(OSError):
                self._file.truncate(begins)
                self._file.seek(begins)
            raise _unwritable(self.path, error) from error
        self.patches += 1

    def _sync(self) -> None:
        os.fsync(self._file.fileno())
        self._unsynced = 0


def _unwritable(path: Path, error: OSError) -> ExportError:
    return ExportError(f"The take {path} cannot be written: {reason_of(error)}. The finished part is kept.")
