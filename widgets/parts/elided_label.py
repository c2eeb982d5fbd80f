"""A label that shortens its text in the middle instead of pushing its neighbours away."""

from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

_SHORTEST_PX: Final = 110


class ElidedLabel(QLabel):
    """The whole text is in the tooltip.

    It takes the space its neighbours leave. One that `wants_room` asks for its whole width and may get less.
    """

    def __init__(self, role: str, parent: QWidget | None = None, *, wants_room: bool = False) -> None:
        super().__init__(parent)
        self._whole = ""
        self._role = role
        self._wants_room = wants_room
        self.setProperty("role", role)
        across = QSizePolicy.Policy.Preferred if wants_room else QSizePolicy.Policy.Ignored
        self.setSizePolicy(across, QSizePolicy.Policy.Preferred)
        self.setMinimumWidth(_SHORTEST_PX)

    def sizeHint(self) -> QSize:
        """Return the size of the whole text."""
        return QSize(self.fontMetrics().horizontalAdvance(self._whole) + 2, super().sizeHint().height())

    def set_whole_text(self, text: str) -> None:
        """Set the text; what does not fit is cut in the middle, and the tool tip has all of it."""
        if text == self._whole:
            return
        self._whole = text
        self.setToolTip(text)
        if self._wants_room:
            self.updateGeometry()
        self._elide()

    def set_bad(self, bad: bool) -> None:
        """Style the text as an error, or as usual. Restyling is slow, so it happens only on a change."""
        role = "bad" if bad else self._role
        if role != self.property("role"):
            self.setProperty("role", role)
            self.style().unpolish(self)
            self.style().polish(self)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cut the text to the new width."""
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        shown = self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideMiddle, self.width())
        if shown != self.text():
            self.setText(shown)
