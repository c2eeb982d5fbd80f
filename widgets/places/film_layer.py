"""What lies over the film: lanes, the path, arrows to lanes outside the view, and the direction under the pointer."""

import math
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter

from engine.contract.directions import azimuth_elevation
from widgets.film.edge_marks import EdgeMark
from widgets.film.view_geometry import FlatView
from widgets.places.mark_pictures import MarkLook, draw_centred
from widgets.places.marks import Marks
from widgets.places.places_state import LaneMark, PlacesState
from widgets.places.projections import FilmProjection

_ARROW_OUT_PX: Final = 19.0
_DEGREES_IN_PX: Final = 24.0
_CORNER_PX: Final = 8.0
_QUIET_DB: Final = -90.0


class FilmLayer:
    """Laid over every picture of the film; `viewed` is called if the view has changed since the last one.

    `level_db` returns the level of the field in a direction, a unit vector (3,), in dB below full scale, or None.
    """

    def __init__(self, state: PlacesState, level_db: Callable[[NDArray[np.float64]], float | None]) -> None:
        self._state = state
        self._level_db = level_db
        self.marks = Marks(state)
        self.pointer: QPointF | None = None
        self.viewed: Callable[[FlatView], None] = lambda _flat: None
        self._flat: FlatView | None = None

    def paint_path(self, painter: QPainter, flat: FlatView) -> None:
        """Draw the path of the chosen lane."""
        self.marks.paint_path(painter, FilmProjection(flat))

    def paint(self, painter: QPainter, flat: FlatView) -> None:
        """Draw the lanes that are in the view, and what the pointer reads."""
        self.marks.paint_lanes(painter, FilmProjection(flat))
        if self.pointer is not None:
            self._paint_reading(painter, flat, self.pointer)
        if flat != self._flat:
            self._flat = flat
            self.viewed(flat)

    def edge_marks(self, flat: FlatView) -> list[EdgeMark]:
        """Return a mark for every lane, for the edge of a view."""
        return [self._edge_mark(mark, flat) for mark in self._state.marks()]

    def reading(self, flat: FlatView, pointer: QPointF) -> str:
        """Return the direction under a point of the view, and the level of the field there if there is sound."""
        vector = flat.to_direction(pointer.x(), pointer.y())
        return reading_of(vector, self._level_db(vector))

    def _edge_mark(self, lane: LaneMark, flat: FlatView) -> EdgeMark:
        pictures = self.marks.pictures

        def label(painter: QPainter, x: float, y: float, angle: float) -> None:
            text = f"{flat.angle_from_centre_deg(lane.vector):.0f}°"
            degrees = pictures.label(text, painter.device().devicePixelRatioF())
            across, down, size = math.cos(angle), math.sin(angle), degrees.deviceIndependentSize()
            away = _DEGREES_IN_PX + 0.5 * (abs(across) * size.width() + abs(down) * size.height()) - 6.0
            draw_centred(painter, degrees, x - away * across, y - away * down)

        def mark(painter: QPainter, x: float, y: float, angle: float) -> None:
            ratio = painter.device().devicePixelRatioF()
            arrow = pictures.arrow(lane.colour, angle, ratio)
            draw_centred(painter, arrow, x + _ARROW_OUT_PX * math.cos(angle), y + _ARROW_OUT_PX * math.sin(angle))
            look = MarkLook(lane.number, lane.colour, lane.sounds, lane.is_chosen, ratio)
            draw_centred(painter, pictures.disc(look), x, y)

        return EdgeMark(np.asarray(lane.vector, float), label, mark)

    def _paint_reading(self, painter: QPainter, flat: FlatView, pointer: QPointF) -> None:
        label = self.marks.pictures.label(self.reading(flat, pointer), painter.device().devicePixelRatioF())
        height = label.deviceIndependentSize().height()
        painter.drawPixmap(QPointF(_CORNER_PX, flat.height - _CORNER_PX - height), label)


def reading_of(vector: NDArray[np.float64], level_db: float | None) -> str:
    """Return a direction, a unit vector (3,), in degrees, and the level in dB if there is sound."""
    azimuth, elevation = (float(np.rad2deg(angle)) for angle in azimuth_elevation(vector))
    text = f"Azimuth {azimuth:.0f}°, elevation {elevation:.0f}°".replace("-0°", "0°").replace("-", "\N{MINUS SIGN}")
    if level_db is None or level_db < _QUIET_DB:
        return text
    return f"{text}, {level_db:.0f} dB".replace("-", "\N{MINUS SIGN}")
