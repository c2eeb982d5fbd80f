"""Errors as dialogs: what happened, and what to do."""

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget


class ErrorDialogs:
    """Shows at most one dialog per message, so that a recurring error does not bury the window."""

    def __init__(self, parent: QWidget) -> None:
        self._parent = parent
        self._open: dict[str, QMessageBox] = {}

    @property
    def open_dialogs(self) -> tuple[QMessageBox, ...]:
        """The dialogs that are open now."""
        return tuple(self._open.values())

    def show(self, title: str, message: str, detail: str = "") -> QMessageBox:
        """Show a dialog without stopping the film; returns it, so that a caller can add a button."""
        if message in self._open:
            self._open[message].activateWindow()
            return self._open[message]
        box = QMessageBox(QMessageBox.Icon.Warning, title, title, QMessageBox.StandardButton.Ok, self._parent)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setInformativeText(message)
        box.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        if detail:
            box.setDetailedText(detail)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._open[message] = box
        box.finished.connect(partial(self._forget, message))
        box.open()
        return box

    def close_all(self) -> None:
        """Close every open dialog."""
        for box in self.open_dialogs:
            box.close()

    def _forget(self, message: str, _result: int) -> None:
        self._open.pop(message, None)
