"""Records what is generated, beside the inference thread: the model never waits for a disk.

Threads: `begin`, `write`, `note_settings` and `close` belong to the inference thread and only hand over; one thread of
the recorder's own writes, watches the free space, and tells the session. Others have the disk confirm (confirmer.py)
and read the film's hash.
"""

import contextlib
import errno
import os
import queue
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.contract.control import SettingsChange
from engine.contract.conventions import PATCH_SAMPLES, SAMPLE_RATE_HZ
from engine.contract.telemetry import EngineNotice
from engine.runtime.messages import TakeKept, TakeRequest
from engine.runtime.takes.confirmer import Confirmer
from engine.runtime.takes.film_identity import film_hash
from engine.runtime.takes.free_space import has_room
from engine.runtime.takes.sidecar import TakeFilm
from engine.runtime.takes.wording import not_recorded, nothing_to_tell, recorded_again
from engine.runtime.takes.writer import TakeWriter

_TICK_S: Final = 0.25
_CONFIRM_S: Final = 1.0
_TRY_AGAIN_S: Final = 1.0
_MOST_WAITING: Final = 60 * SAMPLE_RATE_HZ // PATCH_SAMPLES

Heard = tuple[int, int]
"""Epoch and film sample that the listener has reached."""


@dataclass(frozen=True, eq=False)
class _Sound:
    epoch: int
    start: int
    samples: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class _Confirmed:
    """The disk's answer: so many records of a take are safe, or what went wrong."""

    writer: TakeWriter
    records: int
    error: OSError | None


@dataclass(frozen=True)
class _End:
    pass


_Item = TakeRequest | _Sound | SettingsChange | _Confirmed | _End


class TakeRecorder:
    """Keeps the takes of the films that are played in the folder `store`; `heard` says where the listener is."""

    def __init__(
        self, store: Path, heard: Callable[[], Heard], tell: Callable[[object], None], checkpoint_sha256: str
    ) -> None:
        self._tell = tell
        self._store = store
        self._lost_from: int | None = None
        self._items: queue.SimpleQueue[_Item] = queue.SimpleQueue()
        self._desk = _Desk(store, heard, tell, checkpoint_sha256, self._items.put)
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    def begin(self, request: TakeRequest) -> None:
        """Go on at another place of the film, or with another film."""
        self._items.put(request)

    def write(self, epoch: int, start: int, samples: NDArray[np.float32]) -> None:
        """Record AmbiX (4, n) from a film sample on; the samples are not written again."""
        if self._items.qsize() >= _MOST_WAITING:  # a disk that hangs may not take all memory
            if self._lost_from is None:
                self._lost_from = start
                self._tell(not_recorded(start, OSError(errno.ETIMEDOUT, "it does not answer"), self._store))
            return
        if self._lost_from is not None and self._items.qsize() < _MOST_WAITING // 2:
            self._tell(recorded_again(self._lost_from, start))
            self._lost_from = None
        self._items.put(_Sound(epoch, start, samples))

    def note_settings(self, change: SettingsChange) -> None:
        """Record which settings hold from a patch on."""
        self._items.put(change)

    def close(self, within_s: float) -> None:
        """Write what waits and have it confirmed, as far as there is time for it."""
        self._items.put(_End())
        self._thread.join(within_s)

    def _run(self) -> None:
        try:
            self._record()
        except Exception as error:  # told: no thread dies in silence
            message = f"The take is not recorded any more ({type(error).__name__}: {error}). Restart the engine."
            self._tell(EngineNotice(message, traceback.format_exc(), topic="take", lasts=True))

    def _record(self) -> None:
        desk, due_s = self._desk, 0.0
        while True:
            try:
                item = self._items.get(timeout=max(0.0, due_s - time.monotonic()))
            except queue.Empty:
                item = None
            if isinstance(item, _End):
                desk.end()
                return
            desk.take_in(item)
            if time.monotonic() >= due_s:
                desk.tick()
                due_s = time.monotonic() + _TICK_S


class _Desk:
    """What the recorder's thread does. No method raises OSError: a disk that refuses stops the recording for a time."""

    def __init__(
        self,
        store: Path,
        heard: Callable[[], Heard],
        tell: Callable[[object], None],
        checkpoint_sha256: str,
        put: Callable[[_Confirmed], None],
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
        self._told: TakeKept | None = None

    def take_in(self, item: _Item | None) -> None:
        match item:
            case TakeRequest():
                self._begin(item)
            case _Sound():
                self._write(item)
            case SettingsChange():
                self._note_settings(item)
            case _Confirmed():
                self._confirmed(item)

    def _begin(self, request: TakeRequest) -> None:
        if self._request is None or request.film_number != self._request.film_number:
            self._finish(request.heard_before)
            self._request = request
            self._content = []
            reading = threading.Thread(
                target=lambda path, found: found.append(film_hash(path)),
                args=(Path(request.film.path), self._content),
                name="film hash",
                daemon=True,
            )
            reading.start()
        else:
            self._attempt(lambda writer: self._note_heard(writer, request.heard_before))

    def _write(self, sound: _Sound) -> None:
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
        """Have the disk confirm at once, before anybody is told that it can be written again. Raises OSError."""
        asked = writer.to_confirm()
        error = asked.run()
        if error is not None:
            writer.forget_unsafe()
            raise error
        writer.was_confirmed(asked.sidecar.records)

    def _note_settings(self, change: SettingsChange) -> None:
        self._settings = change
        if self._writer is not None:
            self._writer.note_settings(change)

    def tick(self) -> None:
        """Look where the listener is, tell what is kept, and once per second have it confirmed."""
        self._attempt(lambda writer: self._note_heard(writer, self._heard()))
        self._say()
        if self._is_dirty and self._confirmer.is_idle and time.monotonic() >= self._confirm_due_s:
            self._confirm_due_s = time.monotonic() + _CONFIRM_S
            self._attempt(self._ask_to_confirm)

    def end(self) -> None:
        self._finish(self._heard())
        self._confirmer.close()

    def _open_writer(self) -> TakeWriter:
        request = self._request
        assert request is not None, "a patch belongs to a film"
        goes_on = request.goes_on
        film = TakeFilm.of(request.film, request.film_end, self._content[0] if self._content else "")
        writer = TakeWriter(self._store, film, self._checkpoint_sha256, goes_on.folder if goes_on else None)
        error = writer.to_confirm().run()  # before any sound: a take has its film's name whatever comes
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
        """Close the take, once what was written is confirmed; one of which nothing was heard goes."""
        writer, self._writer = self._writer, None
        if self._missing_from is not None:
            self._tell(nothing_to_tell())
        self._missing_from, self._told, self._is_dirty = None, None, False
        if writer is None:
            return
        with contextlib.suppress(OSError):  # a full disk: what was confirmed before stays
            writer.note_heard(heard)
        if writer.discard_if_empty():
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
        self._confirmer.ask(asked, lambda error: self._put(_Confirmed(writer, records, error)))
        if not has_room(writer.folder.path):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _confirmed(self, answer: _Confirmed) -> None:
        if answer.writer is not self._writer:
            return
        if answer.error is None:
            answer.writer.was_confirmed(answer.records)
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
            return has_room(self._store, to_go_on=True)
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
