"""The table of checks of finished files."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from widgets.parts.theme import COLOURS
from widgets.parts.whole_rows import show_whole_rows

_COLUMNS: Final = ("File", "Check", "Result", "Found")
_ROW_PX: Final = 24
_MOST_ROWS: Final = 8


@dataclass(frozen=True)
class CheckedFile:
    """A file, what was measured in it, and its checks: name, whether it passed, what was found."""

    name: str
    facts: str
    checks: tuple[tuple[str, bool, str], ...]


class CheckTable(QTableWidget):
    """Shows one row per check, below a row with the facts of each file. It can be read and copied, not changed."""

    def __init__(self) -> None:
        super().__init__(0, len(_COLUMNS))
        self.setHorizontalHeaderLabels(_COLUMNS)
        self.verticalHeader().setDefaultSectionSize(_ROW_PX)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        show_whole_rows(self)
        self.setTabKeyNavigation(False)
        for corner in self.findChildren(QAbstractButton):
            corner.hide()
            corner.setObjectName("qt_corner")
        self.setWordWrap(False)
        header = self.horizontalHeader()
        for column in range(len(_COLUMNS) - 1):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(len(_COLUMNS) - 1, QHeaderView.ResizeMode.Stretch)
        self.setAccessibleName("Checks of the files")
        self.setToolTip("The content of each file as it was read back, and whether it is right")

    def show_files(self, files: Sequence[CheckedFile]) -> None:
        """Show the checks of these files instead."""
        rows = [row for file in files for row in self._rows(file)]
        self.setRowCount(len(rows))
        for number, (file, check, result, found) in enumerate(rows):
            for column, text in enumerate((file, check, result, found)):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                if column == 2:
                    item.setForeground(QColor(COLOURS.bad if result == "failed" else COLOURS.good))
                self.setItem(number, column, item)
        self.setFixedHeight(self.horizontalHeader().sizeHint().height() + _ROW_PX * min(_MOST_ROWS, len(rows)) + 4)

    def _rows(self, file: CheckedFile) -> list[tuple[str, str, str, str]]:
        checks = [("", name, "ok" if passed else "failed", found) for name, passed, found in file.checks]
        return [(file.name, "content", "", file.facts), *checks]
