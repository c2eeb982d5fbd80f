"""Icons drawn with the painter: sharp at any scale, in the theme's colours, no files."""

from collections.abc import Callable

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPainterPath, QPen, QPixmap, QPolygonF

from widgets.parts.theme import COLOURS

_GRID = 24.0


class _DrawnIcon(QIconEngine):
    """Paints an icon whenever it is asked for, so that it is sharp and in the colours of the theme in use."""

    def __init__(self, draw: Callable[[QPainter], None]) -> None:
        super().__init__()
        self._draw = draw

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        """Paint the icon on a grid of 24 by 24, with the colour of text as its brush."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(rect.topLeft())
        painter.scale(rect.width() / _GRID, rect.height() / _GRID)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(COLOURS.disabled if mode is QIcon.Mode.Disabled else COLOURS.text))
        self._draw(painter)
        painter.restore()

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """Return the icon as a picture on nothing."""
        pixmap = QPixmap(size)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        return pixmap

    def clone(self) -> QIconEngine:
        """Return a copy."""
        return _DrawnIcon(self._draw)


def drawn_icon(draw: Callable[[QPainter], None]) -> QIcon:
    """Return the icon that `draw` paints on a grid of 24 by 24, with the text colour as its brush."""
    return QIcon(_DrawnIcon(draw))


def outline(painter: QPainter) -> None:
    """Draw with a round line of the brush's colour from now on, and fill nothing."""
    pen = QPen(painter.brush().color(), 2.0)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def polygon(*points: tuple[float, float]) -> QPolygonF:
    """Return a polygon of points (x, y)."""
    return QPolygonF([QPointF(x, y) for x, y in points])


def _play(painter: QPainter) -> None:
    painter.drawPolygon(polygon((7, 4), (20, 12), (7, 20)))


def _pause(painter: QPainter) -> None:
    painter.drawRoundedRect(QRectF(6, 4, 4, 16), 1, 1)
    painter.drawRoundedRect(QRectF(14, 4, 4, 16), 1, 1)


def _to_start(painter: QPainter) -> None:
    painter.drawRoundedRect(QRectF(5, 5, 3, 14), 1, 1)
    painter.drawPolygon(polygon((20, 5), (9, 12), (20, 19)))


def _loop(painter: QPainter) -> None:
    arrow = polygon((15, 2), (20, 6), (15, 10))
    back = polygon((9, 14), (4, 18), (9, 22))
    painter.drawPolygon(arrow)
    painter.drawPolygon(back)
    path = QPainterPath(QPointF(4, 11))
    path.quadTo(QPointF(4, 6), QPointF(9, 6))
    path.lineTo(QPointF(15, 6))
    path.moveTo(QPointF(20, 13))
    path.quadTo(QPointF(20, 18), QPointF(15, 18))
    path.lineTo(QPointF(9, 18))
    outline(painter)
    painter.drawPath(path)


def _speaker(painter: QPainter) -> None:
    painter.drawPolygon(polygon((3, 9), (7, 9), (12, 4), (12, 20), (7, 15), (3, 15)))


def _sound(painter: QPainter) -> None:
    _speaker(painter)
    outline(painter)
    painter.drawArc(QRectF(10, 8, 7, 8), -60 * 16, 120 * 16)
    painter.drawArc(QRectF(8, 5, 13, 14), -60 * 16, 120 * 16)


def _muted(painter: QPainter) -> None:
    _speaker(painter)
    outline(painter)
    painter.drawLine(QPointF(16, 9), QPointF(21, 15))
    painter.drawLine(QPointF(21, 9), QPointF(16, 15))


def _close(painter: QPainter) -> None:
    outline(painter)
    painter.drawLine(QPointF(6, 6), QPointF(18, 18))
    painter.drawLine(QPointF(18, 6), QPointF(6, 18))


def close_icon() -> QIcon:
    """Return the cross."""
    return drawn_icon(_close)


def play_icon() -> QIcon:
    """Return the triangle."""
    return drawn_icon(_play)


def pause_icon() -> QIcon:
    """Return the two bars."""
    return drawn_icon(_pause)


def to_start_icon() -> QIcon:
    """Return the bar and the triangle that point to the start."""
    return drawn_icon(_to_start)


def loop_icon() -> QIcon:
    """Return the arrow that turns back."""
    return drawn_icon(_loop)


def sound_icon() -> QIcon:
    """Return the speaker."""
    return drawn_icon(_sound)


def muted_icon() -> QIcon:
    """Return the crossed-out speaker."""
    return drawn_icon(_muted)
