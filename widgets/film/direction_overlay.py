"""The overlay on the film: where the generated field comes from, and which direction the user requested."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath, QPen, QPixmap

from engine.contract.conventions import AcnChannel
from engine.contract.telemetry import FoaLevels
from widgets.film.edge_marks import EdgeMark
from widgets.film.view_geometry import FlatView
from widgets.parts.theme import DARK

_LABEL_PX: Final = 34.0
_LINE_ROOM_PX: Final = 4
_QUIET_DB: Final = -60.0
_LOUD_DB: Final = -15.0
_SMOOTHING: Final = 0.25
_KEPT_MARKS: Final = 32
# A dark line outside and a light one inside keep a mark visible on fire, on snow and at night.
_DARK: Final = DARK.accent_text
_LIGHT: Final = DARK.text


class DirectionOverlay:
    """Holds the smoothed marker of the field and the target; paints both."""

    def __init__(self) -> None:
        self._direction: NDArray[np.float64] = np.zeros(3)
        self._loudness = 0.0
        self._diffuseness = 1.0
        self._is_clear = True
        self._marks = _Marks()
        self.target: NDArray[np.float64] | None = None

    def set_field(self, levels: FoaLevels | None) -> bool:
        """Take the newest levels; the marker moves smoothly. None clears it. Returns whether the drawing changes."""
        if levels is None:
            was_clear, self._is_clear = self._is_clear, True
            self._direction, self._loudness, self._diffuseness = np.zeros(3), 0.0, 1.0
            return not was_clear
        self._is_clear = False
        level_db = 20.0 * math.log10(max(float(levels.rms[AcnChannel.W]), 1e-6))
        loudness = min(max((level_db - _QUIET_DB) / (_LOUD_DB - _QUIET_DB), 0.0), 1.0)
        self._loudness += _SMOOTHING * (loudness - self._loudness)
        self._diffuseness += _SMOOTHING * (levels.diffuseness - self._diffuseness)
        weight = _SMOOTHING * max(loudness, 0.05)
        self._direction = (1.0 - weight) * self._direction + weight * np.asarray(levels.direction, float)
        return True

    @property
    def direction(self) -> NDArray[np.float64] | None:
        """The marker's unit vector (3,), None if nothing sounds from anywhere."""
        length = math.sqrt(float(self._direction @ self._direction))
        return None if length < 0.02 or self._loudness < 0.02 else self._direction / length

    def paint(self, painter: QPainter, flat: FlatView) -> None:
        """Draw those markers that are in the view."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.target is not None:
            self._paint_target(painter, flat, self.target)
        direction = self.direction
        if direction is not None:
            self._paint_field(painter, flat, direction)

    def arrows(self, flat: FlatView) -> list[EdgeMark]:
        """Return the arrows to both, for the edge of a view."""
        arrows, direction = [], self.direction
        if self.target is not None:
            arrows.append(_arrow(self.target, DARK.warning, 1.0, flat))
        if direction is not None:
            arrows.append(_arrow(direction, DARK.accent, 0.35 + 0.6 * self._loudness, flat))
        return arrows

    def _paint_field(self, painter: QPainter, flat: FlatView, direction: NDArray[np.float64]) -> None:
        x, y, is_ahead = flat.to_pixels(direction)
        if not flat.shows(x, y, is_ahead):
            return
        # Diffuse sound has no place: the ring grows wide and pale.
        loudness, diffuseness = _in_steps(self._loudness), _in_steps(self._diffuseness)
        look = _MarkLook(
            round(12.0 + 26.0 * loudness + 60.0 * diffuseness),
            0.35 + 0.6 * loudness * (1.0 - 0.5 * diffuseness),
            0.10 + 0.25 * loudness * (1.0 - 0.6 * diffuseness),
            painter.device().devicePixelRatioF(),
        )
        mark = self._marks.drawn(look)
        half = mark.deviceIndependentSize().width() / 2.0
        painter.drawPixmap(QPointF(x - half, y - half), mark)

    def _paint_target(self, painter: QPainter, flat: FlatView, target: NDArray[np.float64]) -> None:
        x, y, is_ahead = flat.to_pixels(target)
        if not flat.shows(x, y, is_ahead):
            return
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for pen in _outlined(QColor(DARK.warning), 2.0, 1.0):
            painter.setPen(pen)
            painter.drawRect(QRectF(x - 11.0, y - 11.0, 22.0, 22.0))
            for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
                painter.drawLine(QPointF(x + 6 * dx, y + 6 * dy), QPointF(x + 17 * dx, y + 17 * dy))


@dataclass(frozen=True)
class _MarkLook:
    """Everything that the marker of the field depends on, in steps too small to see."""

    radius: int
    strength: float
    glow: float
    pixel_ratio: float


class _Marks:
    """The last looks of the marker as pictures: a steady sound goes to and fro between a few of them.

    It is shown with every frame of the film, and to draw it takes as long as to project a view.
    """

    def __init__(self) -> None:
        self._drawn: dict[_MarkLook, QPixmap] = {}

    def drawn(self, look: _MarkLook) -> QPixmap:
        """Return the picture of a look; draws it unless it is kept."""
        pixmap = self._drawn.pop(look, None)
        if pixmap is None:
            pixmap = _draw_mark(look)
            if len(self._drawn) >= _KEPT_MARKS:
                del self._drawn[next(iter(self._drawn))]
        self._drawn[look] = pixmap  # the newest is the last
        return pixmap


def _draw_mark(look: _MarkLook) -> QPixmap:
    side = 2 * (look.radius + _LINE_ROOM_PX)
    pixmap = QPixmap(QSize(side, side) * look.pixel_ratio)
    pixmap.setDevicePixelRatio(look.pixel_ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    middle = QPointF(side / 2.0, side / 2.0)
    painter.setBrush(_faded(QColor(DARK.accent), look.glow))
    for pen in _outlined(QColor(DARK.accent), 2.0, look.strength):
        painter.setPen(pen)
        painter.drawEllipse(middle, look.radius, look.radius)
        painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(_faded(QColor(_LIGHT), look.strength), 1.5))
    painter.setBrush(_faded(QColor(DARK.accent), look.strength))
    painter.drawEllipse(middle, 4.5, 4.5)
    painter.end()
    return pixmap


def _in_steps(share: float) -> float:
    return round(32.0 * share) / 32.0


def _faded(colour: QColor, strength: float) -> QColor:
    colour.setAlphaF(strength)
    return colour


def _outlined(colour: QColor, width: float, strength: float) -> list[QPen]:
    """Return the pens of an outlined line, the widest first."""
    layers = ((width + 4.0, QColor(_DARK)), (width + 2.0, QColor(_LIGHT)), (width, QColor(colour)))
    return [QPen(_faded(layer, strength), layer_width) for layer_width, layer in layers]


def _arrow(direction: NDArray[np.float64], colour: str, strength: float, flat: FlatView) -> EdgeMark:
    """Return an arrow that moves no mark of a lane."""
    angle_deg = flat.angle_from_centre_deg(direction)

    def label(painter: QPainter, x: float, y: float, turn: float) -> None:
        middle = QPointF(x - _LABEL_PX * math.cos(turn), y - _LABEL_PX * math.sin(turn))
        _paint_degrees(painter, middle, angle_deg)

    def mark(painter: QPainter, x: float, y: float, turn: float) -> None:
        _paint_arrow(painter, x, y, turn, colour, strength)

    return EdgeMark(direction, label, mark, gives_way=True)


def _paint_arrow(painter: QPainter, x: float, y: float, turn: float, colour: str, strength: float) -> None:
    path = QPainterPath()
    path.moveTo(15.0, 0.0)
    path.lineTo(-9.0, 10.0)
    path.lineTo(-4.0, 0.0)
    path.lineTo(-9.0, -10.0)
    path.closeSubpath()
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(x, y)
    painter.rotate(math.degrees(turn))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for pen in _outlined(QColor(colour), 1.0, strength)[:2]:
        painter.setPen(pen)
        painter.drawPath(path)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_faded(QColor(colour), strength))
    painter.drawPath(path)
    painter.restore()


def _paint_degrees(painter: QPainter, middle: QPointF, angle_deg: float) -> None:
    """Write how far the view has to turn until it faces what the arrow points to."""
    font = QFont(painter.font())
    font.setPixelSize(12)
    painter.setFont(font)
    text = f"{angle_deg:.0f}°"
    box = painter.fontMetrics().boundingRect(text)
    ground = QRectF(0.0, 0.0, box.width() + 10.0, box.height() + 2.0)
    ground.moveCenter(middle)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_faded(QColor(_DARK), 0.75))
    painter.drawRoundedRect(ground, 5.0, 5.0)
    painter.setPen(QColor(_LIGHT))
    painter.drawText(ground, Qt.AlignmentFlag.AlignCenter, text)
