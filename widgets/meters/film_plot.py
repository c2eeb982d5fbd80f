"""A picture of the field over the whole film, with the time below, a line at the position, zoom and click to seek."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.contract.conventions import AcnChannel
from engine.contract.telemetry import FoaLevels
from widgets.meters.field_history import FieldColumns, FieldHistory
from widgets.parts.pixels import as_image
from widgets.parts.text import clock_text
from widgets.parts.theme import COLOURS

NAME_WIDTH: Final = 58
_AXIS_HEIGHT: Final = 18
_TICK_ROOM_PX: Final = 84
_TICKS_S: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)
_ZOOM: Final = 2.0
_SHORTEST_S: Final = 4.0
_AHEAD: Final = 0.1
"""Where the position is in the view after the view has turned a page."""


@dataclass(frozen=True)
class RowName:
    """A word beside the picture; `place` is its middle, 0 at the top to 1 at the bottom.

    A name of a channel is large and in its colour.
    """

    text: str
    place: float
    channel: AcnChannel | None = None

    @property
    def is_large(self) -> bool:
        """Whether it is the name of a channel."""
        return self.channel is not None

    @property
    def colour(self) -> str:
        """Its colour in the theme in use."""
        return COLOURS.muted if self.channel is None else COLOURS.channels[self.channel]


Draw = Callable[[FieldColumns, int], NDArray[np.uint32]]
"""(columns, height) -> pixels (height, columns) as 0xffrrggbb."""


class FilmPlot(QWidget):
    """Draws a history that it shares with others. Opaque; draws only the columns that have changed.

    It shows the whole film, or a page of it that turns with the position.
    """

    seek_requested = Signal(float)

    def __init__(self, history: FieldHistory, draw: Draw, names: tuple[RowName, ...], name: str, tip: str) -> None:
        super().__init__()
        self._history, self._draw, self._names = history, draw, names
        self.setAccessibleName(name)
        self.setToolTip(f"{tip}\nClick to go there. Wheel: zoom.")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(56)
        self._position_s = 0.0
        self._theme = ""
        self._first_s, self._span_s = 0.0, 0.0
        self._picture = np.empty((0, 0), np.uint32)
        self._dirty: tuple[int, int] = (0, 0)
        self._line_px = -1

    def sizeHint(self) -> QSize:
        """Return the size that the widget asks for, in pixels."""
        return QSize(640, 140)

    @property
    def shown_s(self) -> tuple[float, float]:
        """From when to when the film is shown, in seconds."""
        return self._first_s, self._first_s + self._span_s

    def begin(self) -> None:
        """Show the whole of a new film; its history is empty."""
        self._position_s = 0.0
        self._show(0.0, self._history.duration_s)

    def show_longer(self) -> None:
        """Show the whole of a live film that has become longer."""
        self._show(0.0, self._history.duration_s)

    def note(self, changed_s: tuple[float, float]) -> None:
        """Draw a stretch of the history again, from when to when in seconds."""
        columns = self._picture.shape[1]
        if columns == 0 or self._span_s <= 0.0:
            return
        per_s = columns / self._span_s
        # The columns at both ends share their bins with the stretch.
        first = max(0, math.floor((changed_s[0] - self._first_s) * per_s) - 1)
        end = min(columns, math.ceil((changed_s[1] - self._first_s) * per_s) + 1)
        if first >= end:
            return
        was_clean = self._dirty[0] >= self._dirty[1]
        self._dirty = (first, end) if was_clean else (min(first, self._dirty[0]), max(end, self._dirty[1]))
        self.update(self._moving())

    def set_position(self, position_s: float) -> None:
        """Move the line to a film time in seconds; turns the page if it is not in view."""
        self._position_s = position_s
        first_s, end_s = self.shown_s
        if not first_s <= position_s <= end_s:
            self._turn_to(position_s)
        elif self._x_of(position_s) != self._line_px:
            self.update(self._moving())

    def zoom_in(self) -> None:
        """Show half as much of the film, around the position."""
        self._zoom(1.0 / _ZOOM, self._position_s)

    def zoom_out(self) -> None:
        """Show twice as much of the film."""
        self._zoom(_ZOOM, self._position_s)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to the time under the pointer."""
        if event.button() == Qt.MouseButton.LeftButton and event.position().x() >= NAME_WIDTH and self._span_s > 0.0:
            self.seek_requested.emit(self._time_at(event.position().x()))
        else:
            super().mousePressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom around the pointer."""
        if event.angleDelta().y():
            self._zoom(_ZOOM ** (-event.angleDelta().y() / 120.0), self._time_at(event.position().x()))
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the picture, the line at the position, the times and the names."""
        painter = QPainter(self)
        area = self._area()
        painter.fillRect(QRectF(0, area.bottom(), self.width(), self.height() - area.bottom()), QColor(COLOURS.panel))
        ratio = self.devicePixelRatioF()
        pixels = self._pixels(round(area.width() * ratio), round(area.height() * ratio))
        painter.drawImage(area.topLeft(), as_image(pixels, ratio))
        font = QFont(self.font())
        font.setPixelSize(11)
        painter.setFont(font)
        if event.rect().left() < NAME_WIDTH:
            painter.fillRect(QRectF(0, 0, NAME_WIDTH, self.height()), QColor(COLOURS.panel))
            self._paint_names(painter, area)
        if self._span_s > 0.0:
            self._paint_ticks(painter, area)
            self._line_px = self._x_of(self._position_s)
            painter.fillRect(QRectF(self._line_px, 0, 1, area.height()), QColor(COLOURS.text))
        painter.end()

    def _area(self) -> QRectF:
        return QRectF(NAME_WIDTH, 0, max(1, self.width() - NAME_WIDTH), max(8, self.height() - _AXIS_HEIGHT))

    def _moving(self) -> QRect:
        return self.rect().adjusted(NAME_WIDTH, 0, 0, 0)

    def _x_of(self, time_s: float) -> int:
        return NAME_WIDTH + round((self.width() - NAME_WIDTH - 1) * (time_s - self._first_s) / max(self._span_s, 1e-9))

    def _time_at(self, x: float) -> float:
        share = min(1.0, max(0.0, (x - NAME_WIDTH) / max(1, self.width() - NAME_WIDTH)))
        return self._first_s + share * self._span_s

    def _zoom(self, factor: float, around_s: float) -> None:
        duration_s = self._history.duration_s
        span_s = min(duration_s, max(min(_SHORTEST_S, duration_s), factor * self._span_s))
        share = (around_s - self._first_s) / max(self._span_s, 1e-9)
        self._show(around_s - min(1.0, max(0.0, share)) * span_s, span_s)

    def _turn_to(self, position_s: float) -> None:
        self._show(position_s - _AHEAD * self._span_s, self._span_s)

    def _show(self, first_s: float, span_s: float) -> None:
        self._first_s = min(max(0.0, first_s), max(0.0, self._history.duration_s - span_s))
        self._span_s = span_s
        self._picture = np.empty((0, 0), np.uint32)
        self.update()

    def _pixels(self, width: int, height: int) -> NDArray[np.uint32]:
        """Return the picture (height, width), with the columns that have changed drawn again."""
        if self._picture.shape != (height, width) or self._theme != COLOURS.name:
            self._theme = COLOURS.name
            self._picture = np.empty((height, width), np.uint32)
            self._dirty = (0, width)
        first, end = self._dirty
        if first < end:
            edges_s = self._first_s + np.arange(first, end + 1, dtype=np.float64) * (self._span_s / width)
            self._picture[:, first:end] = self._draw(self._history.columns(edges_s), height)
            self._dirty = (0, 0)
        return self._picture

    def _paint_names(self, painter: QPainter, area: QRectF) -> None:
        drawn: list[tuple[float, bool]] = []
        for name in self._names:  # a small screen has room for the first ones only
            font = QFont(painter.font())
            font.setPixelSize(13 if name.is_large else 11)
            painter.setFont(font)
            painter.setPen(QColor(name.colour))
            line = painter.fontMetrics().height()
            top = min(max(0.0, name.place * area.height() - line / 2), area.height() - line)
            if any(name.is_large == is_large and abs(top - other) < line - 3 for other, is_large in drawn):
                continue
            drawn.append((top, name.is_large))
            left, align = (0, Qt.AlignmentFlag.AlignLeft) if name.is_large else (8, Qt.AlignmentFlag.AlignRight)
            painter.drawText(QRectF(left, top, NAME_WIDTH - left - 6, line), align, name.text)

    def _paint_ticks(self, painter: QPainter, area: QRectF) -> None:
        painter.setPen(QColor(COLOURS.muted))
        least_s = _TICK_ROOM_PX * self._span_s / area.width()
        step_s = next((step for step in _TICKS_S if step >= least_s), _TICKS_S[-1])
        middle_y = area.bottom() + (_AXIS_HEIGHT + painter.fontMetrics().ascent()) / 2 - 1
        for tick in range(math.ceil(self._first_s / step_s), math.floor(self.shown_s[1] / step_s) + 1):
            text = clock_text(tick * step_s)
            half = painter.fontMetrics().horizontalAdvance(text) / 2
            x = min(max(self._x_of(tick * step_s), NAME_WIDTH + half), self.width() - half)
            painter.drawText(QPointF(x - half, middle_y), text)


def plot_levels(history: FieldHistory, plots: tuple[FilmPlot, ...], levels: FoaLevels) -> None:
    """Add levels to a history that plots share."""
    changed_s = history.add(levels)
    if changed_s is not None:
        for plot in plots:
            plot.note(changed_s)
