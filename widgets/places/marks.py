"""Draws lanes and the chosen lane's path on a picture of the sphere, and finds what is under the pointer."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from widgets.parts.theme import DARK
from widgets.places.mark_pictures import MarkLook, MarkPictures, draw_centred
from widgets.places.path_line import PathLine
from widgets.places.places_state import LaneMark, PlacesState
from widgets.places.projections import Points, Projection

_REACH_PX: Final = 15.0
_DOT_REACH_PX: Final = 9.0
_LABEL_BESIDE_PX: Final = 20.0


@dataclass(frozen=True)
class MarkHit:
    """A lane under the pointer, or one of its keyframes; `x`, `y`: the middle of its mark in pixels."""

    lane_id: int
    keyframe: int | None
    x: float
    y: float


class Marks:
    """Draws onto any projection; one for each picture."""

    def __init__(self, state: PlacesState) -> None:
        self.state = state
        self.hovered: int | None = None
        self.pictures = MarkPictures()
        self._line = PathLine()

    def paint(self, painter: QPainter, projection: Projection) -> None:
        """Draw the path, its keyframes and the lanes."""
        self.paint_path(painter, projection)
        self.paint_lanes(painter, projection)

    def paint_path(self, painter: QPainter, projection: Projection) -> None:
        """Draw the path of the chosen lane with its keyframes."""
        lane = self.state.lane
        self._line.show(None if lane is None else lane.path, self.state.now)
        if lane is None or not len(self._line.frames):
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        pieces = [_polygon(piece) for piece in projection.lines(self._line.vectors)]
        for width, colour in ((4.0, DARK.accent_text), (2.0, lane.colour)):
            painter.setPen(QPen(QColor(colour), width))
            for piece in pieces:
                painter.drawPolyline(piece)
        ratio = painter.device().devicePixelRatioF()
        points, inside = projection.points(self._line.frames)
        chosen = self.state.edited_keyframe
        for number, (x, y), is_in in zip(self._line.numbers.tolist(), points, inside, strict=True):
            if is_in:
                draw_centred(painter, self.pictures.dot(lane.colour, number == chosen, ratio), x, y)

    def paint_lanes(self, painter: QPainter, projection: Projection) -> None:
        """Draw the lanes that are in the picture; one that its edge cuts is drawn at the opposite edge, too."""
        marks = self.state.marks()
        if not marks:
            return
        ratio = painter.device().devicePixelRatioF()
        points, inside = self._places(projection, marks)
        seen = [(mark, *point) for mark, point, is_in in zip(marks, points.tolist(), inside, strict=True) if is_in]
        for mark, x, y in seen:  # names lie below all marks
            if mark.is_chosen or mark.lane_id == self.hovered:
                label = self.pictures.label(mark.name, ratio)
                size = label.deviceIndependentSize()
                left = x + _LABEL_BESIDE_PX
                if left + size.width() > projection.width:  # then it stands on the other side
                    left = max(0.0, x - _LABEL_BESIDE_PX - size.width())
                painter.drawPixmap(QPointF(left, y - size.height() / 2.0), label)
        for mark, x, y in seen:
            look = MarkLook(mark.number, mark.colour, mark.sounds, mark.is_chosen, ratio)
            disc = self.pictures.disc(look)
            for across in projection.across(x):
                draw_centred(painter, disc, across, y)

    def hit(self, projection: Projection, x_px: float, y_px: float) -> MarkHit | None:
        """Return what lies under a point: the nearest lane, or else a keyframe of the chosen one; None if nothing."""
        for x in projection.across(x_px):
            found = self._hit(projection, x, y_px)
            if found is not None:
                return replace(found, x=found.x + x_px - x)
        return None

    def _hit(self, projection: Projection, x_px: float, y_px: float) -> MarkHit | None:
        marks = self.state.marks()
        if marks:
            found = _nearest(*self._places(projection, marks), x_px, y_px, _REACH_PX)
            if found is not None:
                index, x, y = found
                return MarkHit(marks[index].lane_id, None, x, y)
        lane = self.state.lane
        if lane is None:
            return None
        self._line.show(lane.path, self.state.now)
        found = _nearest(*projection.points(self._line.frames), x_px, y_px, _DOT_REACH_PX)
        if found is None:
            return None
        index, x, y = found
        return MarkHit(lane.lane_id, int(self._line.numbers[index]), x, y)

    @staticmethod
    def _places(projection: Projection, marks: list[LaneMark]) -> tuple[Points, NDArray[np.bool_]]:
        """Return where lanes are drawn, and which of them are in the picture: no mark is cut by its edge."""
        points, inside = projection.points(np.array([mark.vector for mark in marks]))
        low, high = projection.room
        return np.where(inside[:, None], np.clip(points, low, high), points), inside


def _polygon(points: Points) -> QPolygonF:
    return QPolygonF([QPointF(x, y) for x, y in points.tolist()])


def _nearest(
    points: Points, inside: NDArray[np.bool_], x: float, y: float, reach_px: float
) -> tuple[int, float, float] | None:
    """Return the last of the nearest points, as it is drawn on top, with its place; None if none is in reach."""
    if not len(points):
        return None
    away = np.where(inside, np.hypot(points[:, 0] - x, points[:, 1] - y), np.inf)
    index = len(away) - 1 - int(np.argmin(away[::-1]))
    if away[index] > reach_px:
        return None
    return index, float(points[index, 0]), float(points[index, 1])
