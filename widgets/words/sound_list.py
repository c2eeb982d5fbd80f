"""A list of sounds: Space lets one be heard, Enter takes it."""

from typing import Final

from PySide6.QtCore import QAbstractTableModel, QEvent, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from widgets.parts.whole_rows import show_whole_rows

_ROW_HEIGHT: Final = 26
_FEW_ROWS: Final = 3
_TAKE: Final = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class SoundList(QTableView):
    """One row can be chosen. The first column takes the room that `widths`, those of the others in pixels, leave.

    `taken` follows Enter and a double click, `heard` follows Space.
    """

    taken = Signal()
    heard = Signal()

    def __init__(self, model: QAbstractTableModel, widths: tuple[int, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModel(model)
        show_whole_rows(self)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.verticalHeader().setDefaultSectionSize(_ROW_HEIGHT)
        header = self.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column, width in enumerate(widths, start=1):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            self.setColumnWidth(column, width)
        self.doubleClicked.connect(self.taken)

    def sizeHint(self) -> QSize:
        """Return the size of a few rows: the list takes the room it gets, and scrolls instead of its panel."""
        return QSize(super().sizeHint().width(), self.horizontalHeader().sizeHint().height() + _FEW_ROWS * _ROW_HEIGHT)

    def event(self, event: QEvent) -> bool:
        """Keep Space and Enter from the window, where Space plays the film."""
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and _is_own(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take Enter and Space, which tables use otherwise."""
        if not _is_own(event):
            super().keyPressEvent(event)
        elif event.key() in _TAKE:
            self.taken.emit()
        else:
            self.heard.emit()


def _is_own(event: QKeyEvent) -> bool:
    plain = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier == Qt.KeyboardModifier.NoModifier
    return plain and event.key() in (Qt.Key.Key_Space, *_TAKE)
