"""A slim bar filled from the left: opaque, and drawn again only when its fill changes by a pixel."""

from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from widgets.parts.theme import COLOURS

_HEIGHT: Final = 12
_ROUND: Final = 4.0


class FillBar(QWidget):
    """Shows a share of 0 to 1, in the accent or a warning colour. A `QProgressBar` would paint at once, each time."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.share = 0.0
        self.is_low = False

    def sizeHint(self) -> QSize:
        """Return the size that the widget asks for, in pixels."""
        return QSize(120, _HEIGHT)

    def set_share(self, share: float, *, is_low: bool) -> None:
        """Set how full the bar is, 0 to 1; `is_low` paints it as a warning."""
        share = min(1.0, max(0.0, share))
        moved = round(self.width() * share) != round(self.width() * self.share)
        changed = moved or is_low != self.is_low
        self.share, self.is_low = share, is_low
        if changed:
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the bar."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(COLOURS.panel))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QColor(COLOURS.border))
        painter.setBrush(QColor(COLOURS.window))
        painter.drawRoundedRect(frame, _ROUND, _ROUND)
        filled = QRectF(frame)
        filled.setWidth(frame.width() * self.share)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(COLOURS.warning if self.is_low else COLOURS.accent))
        painter.drawRoundedRect(filled, min(_ROUND, filled.width() / 2.0), _ROUND)
        painter.end()
