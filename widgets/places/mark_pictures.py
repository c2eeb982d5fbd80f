"""The marks as small pictures, drawn once per look: a marker is shown with every frame of the film."""

import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPainterPath, QPen, QPixmap

from widgets.parts.theme import DARK
from widgets.timeline.looks import readable_on

DISC_PX: Final = 11.0
_CHOSEN_PX: Final = 14.0
_ROOM_PX: Final = 4.0
_ARROW_PX: Final = 14.0
_TEXT_PX: Final = 12
_LONGEST_PX: Final = 180
_MOST_KEPT: Final = 1024
_ARROW_STEP_DEG: Final = 5
# A dark line outside and a light one inside keep a mark visible on fire, on snow and at night.
_DARK: Final = DARK.accent_text
_LIGHT: Final = DARK.text


@dataclass(frozen=True)
class MarkLook:
    """Everything that a lane's marker depends on. A lane that sounds is filled, a silent one is hollow."""

    number: int
    colour: str
    sounds: bool
    is_chosen: bool
    pixel_ratio: float


class MarkPictures:
    """Keeps the pictures of the last looks. Sizes are in pixels of the widget."""

    def __init__(self) -> None:
        self._kept: OrderedDict[object, QPixmap] = OrderedDict()

    def disc(self, look: MarkLook) -> QPixmap:
        """Return a marker."""
        return self._of(look, lambda: _draw_disc(look))

    def arrow(self, colour: str, angle_rad: float, pixel_ratio: float) -> QPixmap:
        """Return an arrow at an angle on the screen: 0 to the right, + downwards; in steps too small to see."""
        degrees = _ARROW_STEP_DEG * round(math.degrees(angle_rad) / _ARROW_STEP_DEG) % 360
        return self._of(("arrow", colour, degrees, pixel_ratio), lambda: _draw_arrow(colour, degrees, pixel_ratio))

    def label(self, text: str, pixel_ratio: float) -> QPixmap:
        """Return a text on a dark ground, cut if it is long."""
        return self._of(("label", text, pixel_ratio), lambda: _draw_label(text, pixel_ratio))

    def dot(self, colour: str, is_chosen: bool, pixel_ratio: float) -> QPixmap:
        """Return the mark of a keyframe: a square on its corner."""
        return self._of(("dot", colour, is_chosen, pixel_ratio), lambda: _draw_dot(colour, is_chosen, pixel_ratio))

    def _of(self, look: object, draw: Callable[[], QPixmap]) -> QPixmap:
        picture = self._kept.get(look)
        if picture is None:
            picture = self._kept[look] = draw()
            if len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(look)
        return picture


def draw_centred(painter: QPainter, picture: QPixmap, x: float, y: float) -> None:
    """Draw a picture with its middle at a point."""
    size = picture.deviceIndependentSize()
    painter.drawPixmap(QPointF(x - size.width() / 2.0, y - size.height() / 2.0), picture)


def _blank(width: float, height: float, ratio: float) -> tuple[QPixmap, QPainter]:
    picture = QPixmap(QSize(math.ceil(width), math.ceil(height)) * ratio)
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    return picture, painter


def _draw_disc(look: MarkLook) -> QPixmap:
    radius = _CHOSEN_PX if look.is_chosen else DISC_PX
    side = math.ceil(2.0 * (radius + _ROOM_PX))
    picture, painter = _blank(side, side, look.pixel_ratio)
    middle = QPointF(side / 2.0, side / 2.0)
    painter.setPen(Qt.PenStyle.NoPen)
    rings = [(radius + 3.0, _DARK), (radius + 1.5, _LIGHT), (radius, look.colour)]
    if look.is_chosen:
        rings = [(radius + 3.0, _DARK), (radius + 1.5, _LIGHT), (radius - 1.0, _DARK), (radius - 2.5, look.colour)]
    for reach, colour in rings:
        painter.setBrush(QColor(colour))
        painter.drawEllipse(middle, reach, reach)
    if not look.sounds:
        painter.setBrush(QColor(_DARK))
        hole = rings[-1][0] - 2.5
        painter.drawEllipse(middle, hole, hole)
    painter.setFont(_font(_TEXT_PX if look.number < 10 else _TEXT_PX - 1))
    painter.setPen(readable_on(look.colour) if look.sounds else QColor(_LIGHT))
    painter.drawText(QRectF(0.0, 0.0, side, side), Qt.AlignmentFlag.AlignCenter, str(look.number))
    painter.end()
    return picture


def _draw_arrow(colour: str, degrees: int, ratio: float) -> QPixmap:
    side = 2.0 * _ARROW_PX
    picture, painter = _blank(side, side, ratio)
    painter.translate(_ARROW_PX, _ARROW_PX)
    painter.rotate(degrees)
    path = QPainterPath()
    path.moveTo(7.0, 0.0)
    path.lineTo(-5.0, 8.0)
    path.lineTo(-5.0, -8.0)
    path.closeSubpath()
    for width, layer in ((5.0, _DARK), (2.5, _LIGHT)):
        painter.setPen(QPen(QColor(layer), width))
        painter.drawPath(path)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    painter.drawPath(path)
    painter.end()
    return picture


def _draw_label(text: str, ratio: float) -> QPixmap:
    font = _font(_TEXT_PX, bold=False)
    metrics = QFontMetrics(font)
    shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, _LONGEST_PX)
    width, height = metrics.horizontalAdvance(shown) + 10.0, metrics.height() + 2.0
    picture, painter = _blank(width, height, ratio)
    ground = QColor(_DARK)
    ground.setAlphaF(0.8)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawRoundedRect(QRectF(0.0, 0.0, width, height), 5.0, 5.0)
    painter.setFont(font)
    painter.setPen(QColor(_LIGHT))
    painter.drawText(QRectF(0.0, 0.0, width, height), Qt.AlignmentFlag.AlignCenter, shown)
    painter.end()
    return picture


def _draw_dot(colour: str, is_chosen: bool, ratio: float) -> QPixmap:
    half = 6.0 if is_chosen else 4.0
    side = 2.0 * (half + 5.0)
    picture, painter = _blank(side, side, ratio)
    painter.translate(side / 2.0, side / 2.0)
    painter.rotate(45.0)
    painter.setPen(Qt.PenStyle.NoPen)
    for reach, layer in ((half + 1.5, _DARK), (half + 0.5, _LIGHT), (half - 1.0, _LIGHT if is_chosen else colour)):
        painter.setBrush(QColor(layer))
        painter.drawRect(QRectF(-reach, -reach, 2.0 * reach, 2.0 * reach))
    painter.end()
    return picture


def _font(size_px: int, *, bold: bool = True) -> QFont:
    font = QFont()
    font.setPixelSize(size_px)
    font.setBold(bold)
    return font
