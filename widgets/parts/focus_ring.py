"""The focus ring, for widgets that draw themselves."""

from typing import Final

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from widgets.parts.theme import COLOURS, Colours

_WIDTH: Final = 2


def paint_focus_ring(painter: QPainter, edge: QRect, colours: Colours = COLOURS) -> None:
    """Draw the ring inside `edge`: bright, with a dark line beside it, so that it is visible on any picture."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for inset, width, colour in ((0, _WIDTH, colours.accent), (_WIDTH, 1, colours.accent_text)):
        pen = QPen(QColor(colour), width)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(pen)
        shift = inset + width // 2
        painter.drawRect(edge.adjusted(shift, shift, -shift - width % 2, -shift - width % 2))
    painter.restore()
