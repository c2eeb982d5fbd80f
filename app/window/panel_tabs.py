"""A place for panels, one at a time: tabs beside the film or below it."""

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from widgets.parts.tab_rows import TabRows

_ANY_HEIGHT: Final = 16_777_215  # Qt's for "no limit"


class PanelTabs(QWidget):
    """Tabs of panels. A panel that is taller than the place scrolls, so that nothing is cut off.

    `head` is the row of the tabs, which takes other parts, too. With `keeps_head` only the panels can be hidden.
    """

    opened = Signal(bool)

    def __init__(self, parent: QWidget | None = None, *, keeps_head: bool = False) -> None:
        super().__init__(parent)
        self._keeps_head = keeps_head
        self.bar = TabRows("Panels")
        self.pages = QStackedWidget()
        self._panels: list[QWidget] = []
        self.head = QHBoxLayout()
        self.head.setSpacing(14)
        self.head.addWidget(self.bar, 0, Qt.AlignmentFlag.AlignBottom)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(self.head)
        layout.addWidget(self.pages, 1)
        self.bar.chosen.connect(self.pages.setCurrentIndex)

    def add(self, panel: QWidget, title: str, tip: str, *, scrolls: bool = True, first: bool = False) -> None:
        """Add a panel as the last tab or the first one. One whose vertical policy is not Expanding keeps its height."""
        index = 0 if first else len(self._panels)
        self._panels.insert(index, panel)
        self.pages.insertWidget(index, _scrolled(panel) if scrolls else panel)
        self.bar.insert(index, title, tip)

    def show_panel(self, panel: QWidget) -> None:
        """Bring a panel to the front, and show the panels if they are hidden."""
        self.set_open(True)
        self.bring_forward(panel)

    def bring_forward(self, panel: QWidget) -> None:
        """Bring a panel to the front; hidden panels stay hidden."""
        self.bar.choose(self._panels.index(panel))

    def set_open(self, is_open: bool) -> None:
        """Show or hide the panels; `opened` follows a change."""
        part = self.pages if self._keeps_head else self
        if part.isHidden() is not is_open:
            return
        part.setVisible(is_open)
        if self._keeps_head:
            self.setMaximumHeight(_ANY_HEIGHT if is_open else self.head.sizeHint().height())
        self.opened.emit(is_open)

    @property
    def shown(self) -> QWidget:
        """The panel in front."""
        return self._panels[self.bar.index]


def _scrolled(panel: QWidget) -> QScrollArea:
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    column.addWidget(panel)
    if panel.sizePolicy().verticalPolicy() is not QSizePolicy.Policy.Expanding:
        column.addStretch(1)
    area = QScrollArea()
    area.setWidget(page)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return area
