"""The lanes that a sentence would make, as rows in which everything can be corrected."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDoubleSpinBox,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from engine.contract.planned_lane import PlannedLane
from engine.contract.scene.checks import HIGHEST_GAIN_DB, LOWEST_GAIN_DB
from engine.contract.scene.lane import LaneKind
from widgets.parts.describe import describe
from widgets.parts.text import direction_text
from widgets.words.rows import show_as_rows

_COLUMNS: Final = ("Words", "Place", "Direction", "Kind", "Level")
_WORDS, _PLACE, _DIRECTION, _KIND, _LEVEL = range(len(_COLUMNS))
_KINDS: Final = ((LaneKind.POINT, "Source"), (LaneKind.BED, "All around"))
_WIDTHS: Final = {_DIRECTION: 150, _KIND: 116, _LEVEL: 104}


class PlanTable(QTableWidget):
    """Shows rows and edits them. `rows_edited` carries all of them, as PlannedLane values, after every edit."""

    rows_edited = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[PlannedLane] = []
        self._is_filling = False
        show_as_rows(self, _COLUMNS, _WIDTHS)
        self.setMinimumHeight(180)
        describe(self, "Lanes", "What the sentence was understood as. Type to correct words and places", "Alt+L")
        self.itemChanged.connect(self._edited)

    @property
    def rows(self) -> tuple[PlannedLane, ...]:
        """The rows as they are shown."""
        return tuple(self._rows)

    def show_rows(self, rows: Sequence[PlannedLane]) -> None:
        """Show these rows instead; controls of rows that stay keep the keyboard."""
        self._is_filling = True
        try:
            self._rows = list(rows)
            if self.rowCount() != len(rows):
                self.setRowCount(len(rows))
            for index, row in enumerate(rows):
                self._show(index, row)
        finally:
            self._is_filling = False

    def add_row(self) -> None:
        """Add a row and let the user type its words."""
        self.show_rows([*self._rows, PlannedLane("")])
        self.setCurrentCell(len(self._rows) - 1, _WORDS)
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        words = self.item(len(self._rows) - 1, _WORDS)
        if words is not None:
            self.editItem(words)

    def remove_row(self) -> None:
        """Remove the chosen row, if there is one."""
        index = self.currentRow()
        if 0 <= index < len(self._rows):
            self.show_rows([*self._rows[:index], *self._rows[index + 1 :]])
            self.rows_edited.emit(self.rows)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete removes the chosen row."""
        if event.key() == Qt.Key.Key_Delete and self.state() is not QAbstractItemView.State.EditingState:
            self.remove_row()
        else:
            super().keyPressEvent(event)

    def _show(self, index: int, row: PlannedLane) -> None:
        sound = f"Read as: {row.sound}" if row.sound else "No known sound: the model uses the nearest one"
        self._set_text(index, _WORDS, row.words, sound, can_edit=True)
        where = row.problem or 'Such as "on the left", "behind me" or "from left to right"; empty: the model decides'
        self._set_text(index, _PLACE, row.place, where, can_edit=True)
        places = " to ".join(direction_text(stop.azimuth_deg, stop.elevation_deg) for stop in row.directions)
        self._set_text(index, _DIRECTION, "not understood" if row.problem else places, row.problem or places)
        kind, level = self.cellWidget(index, _KIND), self.cellWidget(index, _LEVEL)
        if not isinstance(kind, QComboBox) or not isinstance(level, QDoubleSpinBox):
            kind, level = self._controls(index)
        kind.setCurrentIndex([known for known, _ in _KINDS].index(row.kind))
        level.setValue(row.gain_db)

    def _set_text(self, index: int, column: int, text: str, tip: str, *, can_edit: bool = False) -> None:
        item = self.item(index, column)
        if item is None:
            item = QTableWidgetItem()
            if not can_edit:
                item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
            self.setItem(index, column, item)
        if item.text() != text:
            item.setText(text)
        item.setToolTip(tip)

    def _controls(self, index: int) -> tuple[QComboBox, QDoubleSpinBox]:
        kind = QComboBox()
        kind.addItems([text for _, text in _KINDS])
        kind.setToolTip("A source with a place, or sound from all around")
        kind.setAccessibleName(f"Kind of lane {index + 1}")
        kind.currentIndexChanged.connect(lambda chosen: self._set(kind, _KIND, kind=_KINDS[chosen][0]))
        level = QDoubleSpinBox()
        level.setRange(LOWEST_GAIN_DB, HIGHEST_GAIN_DB)
        level.setDecimals(1)
        level.setSuffix(" dB")
        level.setToolTip("Level beside the other lanes: at 0 dB all are equally loud")
        level.setAccessibleName(f"Level of lane {index + 1}")
        level.valueChanged.connect(lambda value: self._set(level, _LEVEL, gain_db=value))
        self.setCellWidget(index, _KIND, kind)
        self.setCellWidget(index, _LEVEL, level)
        return kind, level

    def _set(self, control: QWidget, column: int, kind: LaneKind | None = None, gain_db: float | None = None) -> None:
        if self._is_filling:
            return
        index = next((row for row in range(self.rowCount()) if self.cellWidget(row, column) is control), None)
        if index is None:
            return
        row = self._rows[index]
        self._rows[index] = replace(row, kind=kind or row.kind, gain_db=row.gain_db if gain_db is None else gain_db)
        self.rows_edited.emit(self.rows)

    def _edited(self, item: QTableWidgetItem) -> None:
        if self._is_filling or item.column() not in (_WORDS, _PLACE):
            return
        text, row = " ".join(item.text().split()), self._rows[item.row()]
        changed = replace(row, words=text) if item.column() == _WORDS else replace(row, place=text)
        if changed != row:
            self._rows[item.row()] = changed
            self.rows_edited.emit(self.rows)
