"""Tabs that take a second row if one is too narrow, so that every tab is seen and read."""

from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QSizePolicy, QToolButton, QWidget

_GAP_PX: Final = 2


class TabRows(QWidget):
    """Tabs of which one is chosen; the arrow keys go from one to the next. `chosen` sends the index of another one."""

    chosen = Signal(int)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.tabs: list[QToolButton] = []
        self._group = QButtonGroup(self)
        self._group.buttonToggled.connect(self._toggled)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    @property
    def index(self) -> int:
        """The index of the chosen tab, -1 without tabs."""
        return next((index for index, tab in enumerate(self.tabs) if tab.isChecked()), -1)

    def insert(self, index: int, text: str, tip: str) -> None:
        """Add a tab before the one at an index; the first tab of all is chosen."""
        tab = QToolButton(self)
        tab.setText(text)
        tab.setCheckable(True)
        tab.setProperty("role", "tab")
        tab.setAccessibleName(text)
        tab.setAccessibleDescription(tip)
        tab.setToolTip(tip)
        tab.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keyboard with the film or the lanes
        if index < len(self.tabs):
            QWidget.setTabOrder(tab, self.tabs[index])
        elif self.tabs:
            QWidget.setTabOrder(self.tabs[-1], tab)
        self.tabs.insert(index, tab)
        self._group.addButton(tab)
        if len(self.tabs) == 1:
            tab.setChecked(True)
        tab.setVisible(True)
        self._arrange()
        self.updateGeometry()

    def choose(self, index: int) -> None:
        """Choose a tab."""
        self.tabs[index].setChecked(True)

    def sizeHint(self) -> QSize:
        """Return the size of all tabs in one row, in pixels."""
        return QSize(self._width_of(self.tabs), self._row_px)

    def minimumSizeHint(self) -> QSize:
        """Return the width of the widest tab, and the height of one row."""
        return QSize(max((tab.sizeHint().width() for tab in self.tabs), default=0), self._row_px)

    def hasHeightForWidth(self) -> bool:
        """Return that the rows follow from the width."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height of the rows that fit into a width."""
        rows = len(self._rows(width))
        return rows * self._row_px + max(0, rows - 1) * _GAP_PX

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the tabs into rows."""
        super().resizeEvent(event)
        self._arrange()

    @property
    def _row_px(self) -> int:
        return max((tab.sizeHint().height() for tab in self.tabs), default=0)

    def _width_of(self, tabs: list[QToolButton]) -> int:
        return sum(tab.sizeHint().width() for tab in tabs) + max(0, len(tabs) - 1) * _GAP_PX

    def _rows(self, width: int) -> list[list[QToolButton]]:
        """Return the tabs in as few rows as fit, about as many in each."""
        for count in range(1, max(1, len(self.tabs)) + 1):
            most = -(-len(self.tabs) // count)
            rows = [self.tabs[first : first + most] for first in range(0, len(self.tabs), most)] if most else []
            if all(self._width_of(row) <= width for row in rows):
                return rows
        return [[tab] for tab in self.tabs]

    def _arrange(self) -> None:
        rows, top, height = self._rows(self.width()), 0, self._row_px
        column = 0
        if len(rows) > 1:  # rows stand in columns if they can
            column = (self.width() + _GAP_PX) // len(rows[0]) - _GAP_PX
            if any(tab.sizeHint().width() > column for tab in self.tabs):
                column = 0
        for row in rows:
            left = 0
            for tab in row:
                wide = column or tab.sizeHint().width()
                tab.setGeometry(left, top, wide, height)
                left += wide + _GAP_PX
            top += height + _GAP_PX

    def _toggled(self, _tab: QAbstractButton, is_chosen: bool) -> None:
        if is_chosen:
            self.chosen.emit(self.index)
