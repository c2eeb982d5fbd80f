"""Kept takes and the window: offered after the start, listed in the menu, exported and discarded.

Threads: lives in the GUI thread; the disk is read and cleared in background tasks.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMainWindow

from app.bridge.background_task import BackgroundTask
from app.export.exporting import Exporting
from app.takes.takes_dialog import TakesDialog
from app.window.error_dialog import ErrorDialogs
from engine.contract.telemetry import EngineNotice
from engine.runtime.takes.store import KEEP_DAYS, KeptTake, TakeStore, note_seen

_SHORTEST_OFFERED_S = 1.0


class KeptTakes(QObject):
    """Handles the takes in `folder`; `tell` receives notices."""

    def __init__(
        self,
        window: QMainWindow,
        errors: ErrorDialogs,
        exporting: Exporting,
        folder: Path,
        tell: Callable[[EngineNotice], None],
    ) -> None:
        super().__init__(window)
        self._window = window
        self._errors = errors
        self._exporting = exporting
        self._store = TakeStore(folder)
        self._tell = tell
        self._tasks: list[BackgroundTask] = []
        self._is_offer = False
        self.dialog: TakesDialog | None = None
        exporting.kept_exported.connect(self._refresh)

    def offer(self) -> None:
        """Remove old takes, and offer the ones from last time that were neither exported nor seen yet."""
        self._is_offer = True
        self._start(lambda: (self._store.sweep(), self._store.kept()), self._offer)

    def show_all(self) -> None:
        """List every take that is kept."""
        self._is_offer = False
        self._start(self._store.kept, self._show)

    def wait(self, timeout_s: float) -> None:
        """Wait for running tasks, at the end of the application."""
        for task in self._tasks:
            task.wait(timeout_s)

    def _offer(self, found: tuple[list[KeptTake], list[KeptTake]]) -> None:
        swept, kept = found
        if swept:
            names = ", ".join(dict.fromkeys(take.film.name for take in swept))
            count, them = ("1 take was", "it") if len(swept) == 1 else (f"{len(swept)} takes were", "them")
            self._tell(EngineNotice(f"{count} removed {KEEP_DAYS} days after you last saw {them}: {names}."))
        self._show([take for take in kept if self._is_offered(take)], if_empty=False)

    def _is_offered(self, take: KeptTake) -> bool:
        return take.is_new and take.seconds >= _SHORTEST_OFFERED_S

    def _show(self, takes: list[KeptTake], if_empty: bool = True) -> None:
        if self.dialog is not None:
            self.dialog.close()
            self.dialog = None
        if not takes and not if_empty:
            return
        self.dialog = TakesDialog(self._is_offer, self._window)
        self.dialog.export_requested.connect(self._exporting.ask_for_kept)
        self.dialog.discard_requested.connect(self._discard)
        self.dialog.finished.connect(partial(self._seen, takes))
        self.dialog.show_takes(takes)
        self.dialog.show()

    def _seen(self, takes: list[KeptTake], _result: int) -> None:
        def note_all() -> None:
            for take in takes:
                note_seen(take.folder, take.heard_samples)

        self._start(note_all, lambda _done: None)

    def _refresh(self) -> None:
        """Update the open list to the takes that still exist."""
        if self.dialog is not None and self.dialog.isVisible():
            self._start(self._store.kept, self._show_left)

    def _show_left(self, kept: list[KeptTake]) -> None:
        if self.dialog is None or not self.dialog.isVisible():
            return
        left = [take for take in kept if self._is_offered(take)] if self._is_offer else kept
        self.dialog.show_takes(left)
        if self._is_offer and not left:
            self.dialog.close()

    def _discard(self, take: KeptTake) -> None:
        self._start(lambda: self._store.discard(take.folder), lambda _done: self._refresh())

    def _start(self, work: Callable[[], Any], then: Callable[[Any], None]) -> None:
        self._tasks = [task for task in self._tasks if task.running]
        task = BackgroundTask("takes", lambda _progress, _cancelled: work(), self)
        task.succeeded.connect(then)
        task.failed.connect(self._failed)
        self._tasks.append(task)
        task.start()

    def _failed(self, error: Exception) -> None:
        self._errors.show("The takes", str(error))
        self._refresh()
