"""A long task that does not block the window, with progress and cancel.

Threads: the work runs in one thread and only writes plain attributes; a timer in the GUI thread reads them and emits
the signals, so that no signal ever crosses a thread.
"""

import logging
import threading
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from engine.contract.errors import CancelledError

Progress = Callable[[float], None]
Cancelled = Callable[[], bool]

_POLL_MS = 50

logger = logging.getLogger(__name__)


class BackgroundTask(QObject):
    """Runs `work(progress, cancelled)` once. Ends in exactly one of `succeeded`, `failed` and `was_cancelled`."""

    progressed = Signal(float)
    succeeded = Signal(object)
    failed = Signal(object)
    was_cancelled = Signal()

    def __init__(self, name: str, work: Callable[[Progress, Cancelled], Any], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._work = work
        self._cancel = threading.Event()
        self._fraction = 0.0
        self._told_fraction = -1.0
        self._result: Any = None
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._timer = QTimer(self)
        self._timer.setInterval(_POLL_MS)
        self._timer.timeout.connect(self._poll)

    def start(self) -> None:
        """Start the work in its thread; the signals follow."""
        self._thread.start()
        self._timer.start()

    @property
    def running(self) -> bool:
        """Whether the work is running."""
        return self._thread.is_alive()

    @property
    def result(self) -> Any:
        """What the work returned; None while it runs, or if it failed."""
        return self._result

    def cancel(self) -> None:
        """Ask the work to stop; `was_cancelled` follows."""
        self._cancel.set()

    def wait(self, timeout_s: float) -> bool:
        """Wait without events, for the end of the application; returns whether the work has ended."""
        self._timer.stop()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            self._result = self._work(self._set_fraction, self._cancel.is_set)
        except Exception as error:  # handed to the GUI thread, never lost
            self._error = error

    def _set_fraction(self, fraction: float) -> None:
        self._fraction = fraction

    def _poll(self) -> None:
        ended = not self._thread.is_alive()  # read before the fraction: no progress may follow the end
        if self._fraction != self._told_fraction:
            self._told_fraction = self._fraction
            self.progressed.emit(self._fraction)
        if not ended:
            return
        self._timer.stop()
        if isinstance(self._error, CancelledError):
            self.was_cancelled.emit()
        elif self._error is not None:
            logger.error("task %s failed", self._thread.name, exc_info=self._error)
            self.failed.emit(self._error)
        else:
            self.succeeded.emit(self._result)
