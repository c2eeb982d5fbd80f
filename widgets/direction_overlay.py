"""What is drawn over the film: where the generated field comes from, and where the creator asked it to come from."""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from engine.contract.conventions import AcnChannel
from engine.contract.telemetry import FoaLevels
from widgets.theme import COLOURS
from widgets.view_geometry import FlatView

_EDGE_MARGIN_PX: Final = 26.0
_QUIET_DB: Final = -60.0
_LOUD_DB: Final = -15.0
_SMOOTHING: Final = 0.25


class DirectionOverlay:
    """Holds the smoothed marker of the field and the target; paints both."""

    def __init__(self) -> None:
        self._direction: NDArray[np.float64] = np.zeros(3)
        self._loudness = 0.0
        self._diffuseness = 1.0
        self.target: NDArray[np.float64] | None = None

    def set_field(self, levels: FoaLevels | None) -> None:
        """Take the newest levels; the marker moves smoothly. None clears it."""
        if levels is None:
            self._direction, self._loudness, self._diffuseness = np.zeros(3), 0.0, 1.0
            return
        level_db = 20.0 * math.log10(max(float(levels.rms[AcnChannel.W]), 1e-6))
        loudness = min(max((level_db - _QUIET_DB) / (_LOUD_DB - _QUIET_DB), 0.0), 1.0)
        self._loudness += _SMOOTHING * (loudness - self._loudness)
        self._diffuseness += _SMOOTHING * (levels.diffuseness - self._diffuseness)
        weight = _SMOOTHING * max(loudness, 0.05)
        self._direction = (1.0 - weight) * self._direction + weight * np.asarray(levels.direction, float)

    @property
    def direction(self) -> NDArray[np.float64] | None:
        """The marker's unit vector (3,), None where nothing sounds from anywhere."""
        length = float(np.linalg.norm(self._direction))
        return None if length < 0.02 or self._loudness < 0.02 else self._direction / length

    def paint(self, painter: QPainter, flat: FlatView) -> None:
        """Draw both markers."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.target is not None:
            self._paint_target(painter, flat, self.target)
        direction = self.direction
        if direction is not None:
            self._paint_field(painter, flat, direction)

    def _paint_field(self, painter: QPainter, flat: FlatView, direction: NDArray[np.float64]) -> None:
        colour = QColor(COLOURS.accent)
        edge = flat.edge_point(direction, _EDGE_MARGIN_PX)
        if edge is not None:
            colour.setAlphaF(0.35 + 0.6 * self._loudness)
            _paint_arrow(painter, edge, colour)
            return
        x, y, _ = flat.to_pixels(direction)
        # Diffuse sound has no place: the ring grows wide and pale.
        radius = 12.0 + 26.0 * self._loudness + 60.0 * self._diffuseness
        glow = QColor(colour)
        glow.setAlphaF(0.10 + 0.25 * self._loudness * (1.0 - 0.6 * self._diffuseness))
        colour.setAlphaF(0.35 + 0.6 * self._loudness * (1.0 - 0.5 * self._diffuseness))
        painter.setBrush(glow)
        painter.setPen(QPen(colour, 2.5))
        painter.drawEllipse(QPointF(x, y), radius, radius)
        painter.setBrush(colour)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawEllipse(QPointF(x, y), 3.5, 3.5)

    def _paint_target(self, painter: QPainter, flat: FlatView, target: NDArray[np.float64]) -> None:
        colour = QColor(COLOURS.warning)
        edge = flat.edge_point(target, _EDGE_MARGIN_PX)
        if edge is not None:
            _paint_arrow(painter, edge, colour)
            return
        x, y, _ = flat.to_pixels(target)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        # A dark line under the bright one: the mark is seen on fire and on night.
        for pen in (QPen(QColor(COLOURS.accent_text), 4.5), QPen(colour, 2.0)):
            painter.setPen(pen)
            painter.drawRect(QRectF(x - 11.0, y - 11.0, 22.0, 22.0))
            for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
                painter.drawLine(QPointF(x + 6 * dx, y + 6 * dy), QPointF(x + 17 * dx, y + 17 * dy))


def _paint_arrow(painter: QPainter, edge: tuple[float, float, float], colour: QColor) -> None:
    x, y, angle = edge
    path = QPainterPath()
    path.moveTo(15.0, 0.0)
    path.lineTo(-9.0, 10.0)
    path.lineTo(-4.0, 0.0)
    path.lineTo(-9.0, -10.0)
    path.closeSubpath()
    painter.save()
    painter.translate(x, y)
    painter.rotate(math.degrees(angle))
    painter.setBrush(colour)
    painter.setPen(QPen(QColor(COLOURS.accent_text), 1.5))
    painter.drawPath(path)
    painter.restore()
