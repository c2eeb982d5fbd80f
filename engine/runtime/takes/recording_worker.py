"""Handles the generated sound: it is written to a take, confirmed and reported; a disk error stops this for a time.

Threads: belongs to the recorder's thread.
"""

import contextlib
import errno
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.contract.control import SettingsChange
from engine.files.content import content_hash
from engine.runtime.processes.messages import TakeKept, TakeRequest
from engine.runtime.takes.confirmer import Confirmer
from engine.runtime.takes.free_space import ROOM_TO_GO_ON_BYTES, room_bytes
from engine.runtime.takes.reader import BYTES_PER_S
from engine.runtime.takes.sidecar import TakeFilm
from engine.runtime.takes.wording import large_take, not_recorded, nothing_to_tell, recorded_again, short_of_room
from engine.runtime.takes.writer import TakeWriter

_CONFIRM_S: Final = 1.0
_TRY_AGAIN_S: Final = 1.0
_SHORT_OF_ROOM_S: Final = 600.0
_LARGE_BYTES: Final = 10**10

Heard = tuple[int, int]
"""Epoch and film sample that the listener has reached."""


@dataclass(frozen=True, eq=False)
class Sound:
    """AmbiX (4, n) from a film sample on."""

    epoch: int
    start: int
    samples: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Confirmed:
    """The disk's answer: this many records of a take are safe, or an error."""

    writer: TakeWriter
    records: int
    error: OSError | None


Item = TakeRequest | Sound | SettingsChange | Confirmed


class RecordingWorker:
    """Processes the items of the recorder's thread. No method raises OSError."""

    def __init__(
        self,
        store: Path,
        heard: Callable[[], Heard],
        tell: Callable[[object], None],
        checkpoint_sha256: str,
        put: Callable[[Confirmed], None],
    ) -> None:
        self._store = store
        self._heard = heard
        self._tell = tell
        self._put = put
        self._confirmer = Confirmer()
        self._checkpoint_sha256 = checkpoint_sha256
        self._request: TakeRequest | None = None
        self._writer: TakeWriter | None = None
        self._content: list[str] = []
        self._settings: SettingsChange | None = None
        self._missing_from: int | None = None
        self._try_again_s = 0.0
        self._confirm_due_s = 0.0
        self._is_dirty = False
        self._is_warned = False
        self._told_bytes = 0
        self._told: TakeKept | None = None

    def take_in(self, item: Item) -> None:
        """Take the next thing that was handed over."""
        match item:
            case TakeRequest():
                self._begin(item)
            case Sound():
                self._write(item)
            case SettingsChange():
                self._note_settings(item)
            case Confirmed():
                self._confirmed(item)

    def _begin(self, request: TakeRequest) -> None:
        if self._request is None or request.film_number != self._request.film_number:
            self._finish(request.heard_before)
            self._request = request
            self._content = []
            reading = threading.Thread(
                target=lambda path, found: found.append(content_hash(path)),
                args=(Path(request.film.path), self._content),
                name="film hash",
                daemon=True,
            )
            reading.start()
        else:
            self._attempt(lambda writer: self._note_heard(writer, request.heard_before))

    def _write(self, sound: Sound) -> None:
        if self._missing_from is not None and not self._may_try_again():
            return
        try:
            writer = self._writer or self._open_writer()
            writer.write(sound.epoch, sound.start, sound.samples, self._heard())
            if self._missing_from is not None:
                self._make_sure(writer)
        except OSError as error:
            self._stop(error, sound.start)
            return
        self._is_dirty = True
        if self._missing_from is not None:
            missing_from, self._missing_from = self._missing_from, None
            self._tell(recorded_again(missing_from, sound.start))

    def _make_sure(self, writer: TakeWriter) -> None:
        """Flush the disk at once, before a notice says that recording works again. Raises OSError."""
        asked = writer.to_confirm()
        error = asked.run()
        if error is not None:
            writer.forget_unsafe()
            raise error
        writer.mark_confirmed(asked.sidecar.records)

    def _note_settings(self, change: SettingsChange) -> None:
        self._settings = change
        if self._writer is not None:
            self._writer.note_settings(change)

    def tick(self) -> None:
        """Read the listener's position, report what is kept, and once per second have it confirmed."""
        self._attempt(lambda writer: self._note_heard(writer, self._heard()))
        self._say()
        if self._is_dirty and self._confirmer.is_idle and time.monotonic() >= self._confirm_due_s:
            self._confirm_due_s = time.monotonic() + _CONFIRM_S
            self._attempt(self._ask_to_confirm)

    def end(self) -> None:
        """Finish the take with what was heard, and close it."""
        self._finish(self._heard())
        self._confirmer.close()

    def _open_writer(self) -> TakeWriter:
        request = self._request
        assert request is not None, "a patch belongs to a film"
        goes_on = request.goes_on
        film = TakeFilm.of(request.film, request.film_end, self._content[0] if self._content else "")
        writer = TakeWriter(self._store, film, self._checkpoint_sha256, goes_on.folder if goes_on else None)
        error = writer.to_confirm().run()  # before any sound: a take has its film's name whatever happens
        if error is not None:
            if not writer.discard_if_empty():
                writer.close()
            raise error
        self._writer = writer
        if goes_on is not None and writer.folder.path == goes_on.folder:
            writer.was_heard_before(*goes_on.heard)
        if self._settings is not None:
            writer.note_settings(self._settings)
        return writer

    def _finish(self, heard: Heard) -> None:
        """Close the take after its data is confirmed; a take without heard sound is removed."""
        writer, self._writer = self._writer, None
        if self._missing_from is not None:
            self._tell(nothing_to_tell())
        self._missing_from, self._told, self._is_dirty = None, None, False
        self._is_warned, self._told_bytes = False, 0
        if writer is None:
            return
        with contextlib.suppress(OSError):  # a full disk: what was confirmed before stays
            writer.note_heard(heard)
        if not writer.stretches():
            self._confirmer.run_after(writer.discard_if_empty)  # a pending sidecar would bring the folder back
            return
        self._add_content(writer)
        try:
            self._confirmer.ask(writer.to_confirm(), lambda _error: writer.close())
        except OSError:  # no descriptor is left
            writer.close()

    def _note_heard(self, writer: TakeWriter, heard: Heard) -> None:
        if writer.note_heard(heard):
            self._is_dirty = True

    def _ask_to_confirm(self, writer: TakeWriter) -> None:
        self._add_content(writer)
        self._is_dirty = False
        asked = writer.to_confirm()
        records = asked.sidecar.records
        self._confirmer.ask(asked, lambda error: self._put(Confirmed(writer, records, error)))
        self._look_at_room(writer)

    def _look_at_room(self, writer: TakeWriter) -> None:
        """Warn in time that the disk fills, and whenever a take has grown large. Raises OSError if there is no room."""
        left = room_bytes(writer.folder.path)
        if left <= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if left < _SHORT_OF_ROOM_S * BYTES_PER_S and not self._is_warned:
            self._is_warned = True
            self._tell(short_of_room(left / BYTES_PER_S, self._store))
        if writer.sound_bytes >= self._told_bytes + _LARGE_BYTES:
            self._told_bytes = writer.sound_bytes
            self._tell(large_take(writer.sound_bytes, self._store))

    def _confirmed(self, answer: Confirmed) -> None:
        if answer.writer is not self._writer:
            return
        if answer.error is None:
            answer.writer.mark_confirmed(answer.records)
            return
        self._attempt(lambda writer: writer.forget_unsafe())
        self._stop(answer.error, answer.writer.last_end)

    def _add_content(self, writer: TakeWriter) -> None:
        if not writer.film.content and self._content:
            writer.film = replace(writer.film, content=self._content[0])

    def _attempt(self, work: Callable[[TakeWriter], None]) -> None:
        if self._writer is None or self._missing_from is not None:
            return
        try:
            work(self._writer)
        except OSError as error:
            self._stop(error, self._writer.last_end)

    def _stop(self, error: OSError, at: int) -> None:
        self._try_again_s = time.monotonic() + _TRY_AGAIN_S
        if self._missing_from is None:
            self._missing_from = at
            self._tell(not_recorded(at, error, self._store))

    def _may_try_again(self) -> bool:
        if time.monotonic() < self._try_again_s:
            return False
        self._try_again_s = time.monotonic() + _TRY_AGAIN_S
        try:
            return room_bytes(self._store) > ROOM_TO_GO_ON_BYTES
        except OSError:
            return False

    def _say(self) -> None:
        if self._writer is None or self._request is None:
            return
        writer = self._writer
        kept = TakeKept(
            self._request.film_number,
            writer.folder.path,
            writer.sitting,
            writer.stretches(),
            self._request.film_end,
        )
        if kept != self._told:
            self._told = kept
            self._tell(kept)
