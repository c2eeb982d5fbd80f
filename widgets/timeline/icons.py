"""The icons of the timeline's buttons."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPen

from widgets.parts.icons import drawn_icon, outline, polygon


def _plus(painter: QPainter, x: float, y: float) -> None:
    painter.drawLine(QPointF(x - 3.5, y), QPointF(x + 3.5, y))
    painter.drawLine(QPointF(x, y - 3.5), QPointF(x, y + 3.5))


def _add_lane(painter: QPainter) -> None:
    outline(painter)
    for y in (6, 12, 18):
        painter.drawLine(QPointF(3, y), QPointF(13 if y == 18 else 21, y))
    _plus(painter, 18.5, 18)


def _add_block(painter: QPainter) -> None:
    outline(painter)
    painter.drawRoundedRect(QRectF(3, 5, 18, 14), 2, 2)
    _plus(painter, 12, 12)


def _split(painter: QPainter) -> None:
    painter.drawRect(QRectF(2, 7, 7, 10))
    painter.drawRect(QRectF(15, 7, 7, 10))
    outline(painter)
    painter.drawLine(QPointF(12, 3), QPointF(12, 21))


def _duplicate(painter: QPainter) -> None:
    painter.drawRoundedRect(QRectF(3, 8, 12, 12), 2, 2)
    outline(painter)
    painter.drawPolyline(polygon((9, 4), (20, 4), (20, 15)))


def _delete(painter: QPainter) -> None:
    outline(painter)
    painter.drawLine(QPointF(4, 6), QPointF(20, 6))
    painter.drawLine(QPointF(9, 3), QPointF(15, 3))
    painter.drawPolyline(polygon((6, 6), (7, 21), (17, 21), (18, 6)))


def _snap(painter: QPainter) -> None:
    outline(painter)
    pen = QPen(painter.pen())
    pen.setWidthF(4.0)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    painter.setPen(pen)
    painter.drawArc(QRectF(5, 3, 14, 14), 0, 180 * 16)
    for x in (5, 19):
        painter.drawLine(QPointF(x, 10), QPointF(x, 15))
        painter.drawLine(QPointF(x, 17), QPointF(x, 21))


def _marker(painter: QPainter) -> None:
    painter.drawPolygon(polygon((6, 3), (18, 3), (18, 14), (12, 21), (6, 14)))


def _loop_in(painter: QPainter) -> None:
    painter.drawPolygon(polygon((12, 7), (20, 12), (12, 17)))
    outline(painter)
    painter.drawPolyline(polygon((9, 3), (4, 3), (4, 21), (9, 21)))


def _loop_out(painter: QPainter) -> None:
    painter.drawPolygon(polygon((12, 7), (4, 12), (12, 17)))
    outline(painter)
    painter.drawPolyline(polygon((15, 3), (20, 3), (20, 21), (15, 21)))


def _glass(painter: QPainter) -> None:
    outline(painter)
    painter.drawEllipse(QRectF(3, 3, 13, 13))
    painter.drawLine(QPointF(14.5, 14.5), QPointF(21, 21))
    painter.drawLine(QPointF(6.5, 9.5), QPointF(12.5, 9.5))


def _zoom_in(painter: QPainter) -> None:
    _glass(painter)
    painter.drawLine(QPointF(9.5, 6.5), QPointF(9.5, 12.5))


def _fit(painter: QPainter) -> None:
    painter.drawPolygon(polygon((2, 12), (8, 7), (8, 17)))
    painter.drawPolygon(polygon((22, 12), (16, 7), (16, 17)))
    outline(painter)
    painter.drawLine(QPointF(8, 12), QPointF(16, 12))


def _die(painter: QPainter) -> None:
    pips = painter.brush()
    outline(painter)
    painter.drawRoundedRect(QRectF(3, 3, 18, 18), 4, 4)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(pips)
    for x, y in ((8, 8), (16, 8), (12, 12), (8, 16), (16, 16)):
        painter.drawEllipse(QPointF(x, y), 2.0, 2.0)


_DRAWN: Final[dict[str, Callable[[QPainter], None]]] = {
    "add_lane": _add_lane,
    "add_block": _add_block,
    "split": _split,
    "duplicate": _duplicate,
    "delete": _delete,
    "snap": _snap,
    "add_marker": _marker,
    "loop_in": _loop_in,
    "loop_out": _loop_out,
    "zoom_in": _zoom_in,
    "zoom_out": _glass,
    "fit": _fit,
    "die": _die,
}


def timeline_icon(name: str) -> QIcon | None:
    """Return the icon of a command, None if it has none."""
    return drawn_icon(_DRAWN[name]) if name in _DRAWN else None
