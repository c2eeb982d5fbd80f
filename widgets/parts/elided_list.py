"""A drop-down list that shortens the chosen row with "…" instead of cutting through a letter."""

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QStylePainter

_MARGIN_PX: Final = 4


class ElidedList(QComboBox):
    """When open, it is as wide as its longest row."""

    def showPopup(self) -> None:
        """Open the list wide enough for its longest entry."""
        view = self.view()
        longest = max((view.sizeHintForIndex(self.model().index(k, 0)).width() for k in range(self.count())), default=0)
        view.setMinimumWidth(longest + 2 * view.frameWidth() + _MARGIN_PX)
        super().showPopup()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the chosen entry, cut to the width."""
        painter = QStylePainter(self)
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        field = self.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, self
        )
        shown = self.fontMetrics().elidedText(self.currentText(), Qt.TextElideMode.ElideRight, field.width())
        setattr(option, "currentText", shown)  # noqa: B010 (PySide's stubs have none of the option's fields)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
