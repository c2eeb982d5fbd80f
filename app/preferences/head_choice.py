"""Whose head listens: the shipped one, or that of a file, fitted in the background and remembered."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.bridge.background_task import BackgroundTask, Cancelled, Progress
from app.context import AppContext
from app.preferences.head_fit import fit_head
from app.window.file_dialogs import ask_for_file
from engine.contract.errors import EngineError
from engine.contract.telemetry import EngineNotice
from engine.files.data_folder import user_data_folder
from widgets.preferences.head_row import HeadRow

if TYPE_CHECKING:
    from engine.ambisonics.binaural import BinauralFilters

FitHead = Callable[[Path, Progress, Cancelled], "BinauralFilters"]

_KINDS: Final = "Heads (*.sofa *.safetensors);;All files (*)"
_FOLDER: Final = "head"
_TOPIC: Final = "head"
_END_S: Final = 1.0


def kept_head_file(file: str) -> Path:
    """Return where the filters of a head's file are kept: the file itself may be gone at the next start."""
    digest = hashlib.sha256(file.encode(errors="replace")).hexdigest()
    return user_data_folder() / "heads" / f"{digest[:16]}.safetensors"


class HeadChoice(QObject):
    """Connects the row of the preferences. The head of the last time is taken up on construction."""

    def __init__(self, context: AppContext, row: HeadRow, fit: FitHead = fit_head) -> None:
        super().__init__(context.window)
        self._context = context
        self._row = row
        self._fit = fit
        self._task: BackgroundTask | None = None
        row.file_wanted.connect(self.ask)
        row.shipped_wanted.connect(self.take_shipped)
        row.cancel_wanted.connect(self.cancel)
        self._take_up()

    def ask(self) -> None:
        """Ask for a file, and fit it."""
        settings = self._context.settings
        dialog = self._row.window()
        parent: QWidget = dialog if dialog.isVisible() else self._context.window
        file = ask_for_file(parent, "Choose a head", settings.folder(_FOLDER), _KINDS)
        if file is not None:
            settings.remember_folder(_FOLDER, file.parent)
            self.choose(file)

    def choose(self, file: Path) -> None:
        """Fit the head in a file and listen with it; if that fails, a dialog says why and nothing changes."""
        self.cancel()
        file = file.absolute()
        fit, keep = self._fit, kept_head_file(str(file))

        def work(progress: Progress, cancelled: Cancelled) -> "BinauralFilters":
            from engine.ambisonics.stored_filters import save_filters

            filters = fit(file, progress, cancelled)
            keep.parent.mkdir(parents=True, exist_ok=True)
            save_filters(filters, keep)
            return filters

        task = BackgroundTask("head-fit", work, self)
        task.progressed.connect(self._row.show_progress)
        task.succeeded.connect(lambda filters: self._fitted(task, file, filters))
        task.failed.connect(lambda error: self._refused(task, file, error))
        task.was_cancelled.connect(lambda: self._end(task))
        self._task = task
        self._row.show_progress(0.0)
        task.start()

    def take_shipped(self) -> None:
        """Listen with the shipped head again."""
        self.cancel()
        self._context.settings.head_file = ""
        self._context.bridge.set_head(None)
        self._show()

    def cancel(self) -> None:
        """Cancel a fit in progress; the head stays."""
        if self._task is not None:
            self._task.cancel()
            self._end(self._task)

    def ask_to_end(self) -> None:
        """Begin to end, without waiting."""
        self.cancel()

    def end(self) -> None:
        """Wait for cancelled fits."""
        for task in self.findChildren(BackgroundTask):
            task.wait(_END_S)

    def _take_up(self) -> None:
        settings = self._context.settings
        if settings.head_file:
            from engine.ambisonics.stored_filters import read_filters

            try:
                self._context.bridge.set_head(read_filters(kept_head_file(settings.head_file)))
            except EngineError:
                name = Path(settings.head_file).name
                settings.head_file = ""
                self._context.bridge.notice(
                    EngineNotice(
                        f"The filters of {name} are not there any more, so the shipped head listens. "
                        "Choose the file again: Edit, Preferences.",
                        topic=_TOPIC,
                    )
                )
        self._show()

    def _fitted(self, task: BackgroundTask, file: Path, filters: "BinauralFilters") -> None:
        if self._end(task):
            self._context.settings.head_file = str(file)
            self._context.bridge.set_head(filters)
            self._show()

    def _refused(self, task: BackgroundTask, file: Path, error: Exception) -> None:
        if self._end(task):
            sentence = str(error) if isinstance(error, EngineError | OSError) else f"{file.name} cannot be used."
            self._context.errors.show("This head cannot be used", sentence)

    def _end(self, task: BackgroundTask) -> bool:
        """Show the head again; returns False if another fit has begun."""
        if task is not self._task:
            return False
        self._task = None
        self._show()
        return True

    def _show(self) -> None:
        self._row.show_head(self._context.settings.head_file)
