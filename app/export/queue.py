"""The queue of exports: some run at once, each in a child process, and the others wait.

Threads: lives in the GUI thread; each running entry has a background task that follows its child.
"""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Signal

from app.bridge.background_task import BackgroundTask, Cancelled, Progress
from app.command_line.console import time_left
from engine.contract.errors import EngineError, reason_of
from widgets.delivery.check_table import CheckedFile
from widgets.delivery.queue_row import QueueRowFacts, RowState

if TYPE_CHECKING:
    from app.delivery.job import Exported

MOST_AT_ONCE: Final = 2
"""Each export keeps about one core busy."""
Work = Callable[[Progress, Cancelled], "Exported"]


class QueueEntry:
    """One export. `files` are the places that it writes; `then` is called after it has succeeded."""

    def __init__(self, number: int, title: str, files: tuple[Path, ...], work: Work, then: Callable[[], None]) -> None:
        self.number, self.title, self.files = number, title, files
        self.work, self.then = work, then
        self.state: RowState = "waiting"
        self.fraction = 0.0
        self.sentence = ""
        self.done: Exported | None = None
        self.task: BackgroundTask | None = None
        self._began_s = 0.0

    @property
    def is_live(self) -> bool:
        """Whether it waits or runs."""
        return self.state in ("waiting", "running", "stopping")

    @property
    def folder(self) -> Path:
        """The folder of its files."""
        return self.files[0].parent

    def begin(self) -> None:
        """Note that it starts."""
        self.state, self.fraction, self._began_s = "running", 0.0, time.monotonic()

    def facts(self) -> QueueRowFacts:
        """Return what a row shows of it."""
        left = time_left(time.monotonic() - self._began_s, self.fraction) if self.state == "running" else ""
        return QueueRowFacts(
            self.title, str(self.folder), self.state, self.fraction, left, self.sentence, self._checked_files()
        )

    def _checked_files(self) -> tuple[CheckedFile, ...]:
        if self.done is None:
            return ()
        return tuple(
            CheckedFile(
                file.out.name,
                f"{file.frames / file.rate_hz:.2f} s, {file.ears.sentence()}, gain {file.gain_db:+.2f} dB",
                tuple((check.name, check.passed, check.found) for check in file.checks),
            )
            for file in self.done.files
        )


class ExportQueue(QObject):
    """Starts entries in their order. `changed` sends an entry whenever it is new, moves on or ends."""

    changed = Signal(object)
    removed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.entries: list[QueueEntry] = []
        self._number = 0

    @property
    def live(self) -> list[QueueEntry]:
        """The entries that wait or run."""
        return [entry for entry in self.entries if entry.is_live]

    def add(
        self, title: str, files: tuple[Path, ...], work: Work, then: Callable[[], None] = lambda: None
    ) -> QueueEntry:
        """Add an export; it starts at once if few others run."""
        self._number += 1
        entry = QueueEntry(self._number, title, files, work, then)
        self.entries.append(entry)
        self.changed.emit(entry)
        self._start_next()
        return entry

    def cancel(self, entry: QueueEntry) -> None:
        """Stop an entry, or take it back if it has not begun."""
        if entry.state == "waiting":
            entry.state = "cancelled"
        elif entry.state == "running" and entry.task is not None:
            entry.state = "stopping"
            entry.task.cancel()
        self.changed.emit(entry)

    def cancel_all(self) -> None:
        """Stop everything."""
        for entry in self.live:
            self.cancel(entry)

    def try_again(self, entry: QueueEntry) -> None:
        """Run an entry once more that failed or was cancelled."""
        if entry.state in ("failed", "cancelled"):
            entry.state, entry.sentence, entry.done = "waiting", "", None
            self.changed.emit(entry)
            self._start_next()

    def remove(self, entry: QueueEntry) -> None:
        """Take an ended entry off the list."""
        if not entry.is_live and entry in self.entries:
            self.entries.remove(entry)
            self.removed.emit(entry)

    def wait(self, timeout_s: float) -> None:
        """Wait for cancelled entries, at the end of the application."""
        give_up_at = time.monotonic() + timeout_s
        for entry in self.entries:
            if entry.task is not None:
                entry.task.wait(max(0.0, give_up_at - time.monotonic()))

    def _start_next(self) -> None:
        busy = sum(entry.state in ("running", "stopping") for entry in self.entries)
        for entry in [entry for entry in self.entries if entry.state == "waiting"][: max(0, MOST_AT_ONCE - busy)]:
            task = BackgroundTask(f"export-{entry.number}", entry.work, self)
            task.progressed.connect(partial(self._progressed, entry))
            task.succeeded.connect(partial(self._succeeded, entry))
            task.failed.connect(partial(self._failed, entry))
            task.was_cancelled.connect(partial(self._was_cancelled, entry))
            entry.task = task
            entry.begin()
            self.changed.emit(entry)
            task.start()

    def _progressed(self, entry: QueueEntry, fraction: float) -> None:
        entry.fraction = fraction
        self.changed.emit(entry)

    def _succeeded(self, entry: QueueEntry, done: "Exported") -> None:
        entry.done, entry.sentence = done, " ".join(done.remarks)
        self._end(entry, "done")
        entry.then()

    def _failed(self, entry: QueueEntry, error: Exception) -> None:
        entry.sentence = (
            str(error) if isinstance(error, EngineError) else f"Nothing was written: {reason_of(error)}. Try again."
        )
        self._end(entry, "failed")

    def _was_cancelled(self, entry: QueueEntry) -> None:
        self._end(entry, "cancelled")

    def _end(self, entry: QueueEntry, state: RowState) -> None:
        entry.state, entry.task = state, None
        self.changed.emit(entry)
        self._start_next()
