"""Writes one take: sound and journal are appended, and the confirmed part is tracked.

Threads: belongs to the recorder's. Every method may raise OSError; earlier data is whole then.
"""

import contextlib
import os
import time
import zlib
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.contract.control import SettingsChange
from engine.files.owner_lock import OwnerLock
from engine.runtime.takes.confirmer import Confirmation
from engine.runtime.takes.contents import read_contents
from engine.runtime.takes.coverage import Stretch
from engine.runtime.takes.folder import TakeFolder, make_take_folder
from engine.runtime.takes.journal import RECORD_BYTES, Record
from engine.runtime.takes.reader import FRAME_BYTES
from engine.runtime.takes.runs import RunTable
from engine.runtime.takes.sidecar import SettingsLog, Sidecar, TakeFilm
from engine.runtime.takes.timeline import TakeVersion, heard_stretches, version_of

_FLAGS: Final = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


class TakeWriter:
    """Begins a new take in the folder `store`, or continues the one in `continues` if that is available."""

    def __init__(self, store: Path, film: TakeFilm, checkpoint_sha256: str, continues: Path | None = None) -> None:
        self.film = film
        self._checkpoint_sha256 = checkpoint_sha256
        self._log = SettingsLog()
        self._began_s = time.time()
        self._table = RunTable()
        self._sound = self._journal = -1
        found = _found(continues, film) if continues is not None else None
        if found is None:
            self.folder, self._lock = make_take_folder(store)
        else:
            self.folder, self._lock, sidecar, self._table = found
            self._began_s = sidecar.began_s
            self._log.take_up(sidecar.log)
        try:
            self._sound = os.open(self.folder.sound, _FLAGS, 0o600)
            self._journal = os.open(self.folder.journal, _FLAGS, 0o600)
            self._cut(self._table)
        except BaseException:
            self.close()
            raise
        self.sitting = self._table.sitting + 1
        self._safe_records = self._table.records
        self._heard = (0, 0)
        self.last_end = 0
        """The film sample after the last one to be written."""

    def close(self) -> None:
        """Close the files and release the take."""
        for descriptor in (self._sound, self._journal):
            if descriptor >= 0:
                os.close(descriptor)
        self._sound = self._journal = -1
        self._lock.release()

    def discard_if_empty(self) -> bool:
        """Close and remove a take without heard sound; returns whether it was one."""
        if self.stretches():
            return False
        self.close()
        with contextlib.suppress(OSError):
            self.folder.remove()
        return True

    def was_heard_before(self, epoch: int, until: int) -> None:
        """Note how far the listener was in the previous sitting."""
        if self._table.sitting:
            self._append(Record(self._table.sitting, 0, 0, 0, 0, self._table.frames, epoch, until), b"")

    def write(self, epoch: int, start: int, samples: NDArray[np.float32], heard: tuple[int, int]) -> None:
        """Append AmbiX (4, n) from a film sample on; `heard` is the epoch and film sample of the listener."""
        sound = np.ascontiguousarray(samples.T, "<f4").tobytes()
        self._heard = heard
        self.last_end = start + samples.shape[1]
        self._append(
            Record(self.sitting, epoch, start, samples.shape[1], zlib.crc32(sound), self._table.frames, *heard), sound
        )

    def note_heard(self, heard: tuple[int, int]) -> bool:
        """Note the listener's position, if it is new; returns whether it is."""
        if heard == self._heard:
            return False
        self._heard = heard
        self._append(Record(self.sitting, 0, 0, 0, 0, self._table.frames, *heard), b"")
        return True

    def note_settings(self, change: SettingsChange) -> None:
        """Note which settings hold from a patch on."""
        self._log.add(self.sitting, change)

    @property
    def sound_bytes(self) -> int:
        """How large the sound is."""
        return self._table.frames * FRAME_BYTES

    def stretches(self) -> tuple[Stretch, ...]:
        """Return the film samples that were heard and written."""
        return heard_stretches(self._table.runs())

    def version(self) -> TakeVersion:
        """Return the current state of the take."""
        return version_of(self._table.runs(), self.film.samples)

    def to_confirm(self) -> Confirmation:
        """Return the data to be confirmed by the disk now."""
        sidecar = Sidecar(
            film=self.film,
            began_s=self._began_s,
            changed_s=time.time(),
            checkpoint_sha256=self._checkpoint_sha256,
            stretches=self.stretches(),
            frames=self._table.frames,
            records=self._table.records,
            log=self._log.values(),
        )
        return Confirmation((os.dup(self._sound), os.dup(self._journal)), sidecar, self.folder.sidecar)

    def mark_confirmed(self, records: int) -> None:
        """Note that this many records are safe."""
        self._safe_records = max(self._safe_records, records)

    def forget_unsafe(self) -> None:
        """End the take at its last safe state: the disk lost the rest."""
        self._table = read_contents(self.folder, self._safe_records).table
        self._cut(self._table)

    def _append(self, record: Record, sound: bytes) -> None:
        try:
            _write_at(self._sound, sound, self._table.frames * FRAME_BYTES)
            _write_at(self._journal, record.encoded(), self._table.records * RECORD_BYTES)
        except OSError:
            self._cut(self._table)
            raise
        self._table.add(record)

    def _cut(self, table: RunTable) -> None:
        """Remove everything after the last accounted record."""
        os.ftruncate(self._sound, table.frames * FRAME_BYTES)
        os.ftruncate(self._journal, table.records * RECORD_BYTES)


def _found(path: Path, film: TakeFilm) -> tuple[TakeFolder, OwnerLock, Sidecar, RunTable] | None:
    """Become an owner of a take of this film to be continued, and read it; None if it is not available."""
    folder = TakeFolder(path)
    try:
        lock = folder.share()
    except OSError:
        return None
    with contextlib.suppress(OSError):
        contents = read_contents(folder)
        if contents.sidecar is not None and contents.sidecar.film.goes_with(film):
            return folder, lock, contents.sidecar, contents.table
    lock.release()
    return None


def _write_at(descriptor: int, data: bytes, place: int) -> None:
    rest = memoryview(data)
    os.lseek(descriptor, place, os.SEEK_SET)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
