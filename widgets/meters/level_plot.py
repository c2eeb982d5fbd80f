"""W, X, Y and Z scrolling past: four lanes of level over film time."""

import math
from collections import deque
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPaintEvent, QStaticText
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.contract.conventions import DISPLAY_ORDER
from engine.contract.telemetry import FoaLevels
from widgets.parts.text import clock_text, level_db
from widgets.parts.theme import COLOURS

SPAN_S: Final = 12.0
LOWEST_DB: Final = -60.0
_LANE_GAP: Final = 0.12
_FILL: Final = 0.43
"""How much of a channel's colour is under its line."""
_NAME_WIDTH: Final = 18
_AXIS_HEIGHT: Final = 20
_TICK_S: Final = 2
_LABEL_WIDTH: Final = 60
_LANES: Final = len(DISPLAY_ORDER)


class LevelPlot(QWidget):
    """The last 12 s of what was heard, one lane per channel, -60 to 0 dB from the floor of a lane to its ceiling.

    Opaque, and drawn when levels arrive, as a picture with the size of the lanes on the screen.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Levels of W, X, Y and Z over time")
        self.setToolTip("Level of each channel over the last 12 seconds of film")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(56)
        self._times_s: deque[float] = deque()
        self._heights: deque[tuple[float, ...]] = deque()
        self._epoch: int | None = None
        self._picture = np.empty((0, 0), np.uint32)
        self._newest_column = 0
        self._theme = ""

    def sizeHint(self) -> QSize:
        """Return the size that the widget asks for, in pixels."""
        return QSize(640, 140)

    @property
    def times_s(self) -> NDArray[np.float64]:
        """The film times (n,) of the stored levels, ascending."""
        return np.fromiter(self._times_s, float)

    @property
    def heights(self) -> NDArray[np.float64]:
        """How much of its lane each channel fills, 0 to 1: (n, 4) in the order W, X, Y, Z."""
        return np.array(self._heights, float).reshape(-1, _LANES)

    def add(self, levels: FoaLevels) -> None:
        """Take the levels of a stretch. A new epoch or a step back in time starts a new picture."""
        middle_s = levels.start_s + levels.duration_s / 2
        if levels.epoch != self._epoch or (self._times_s and middle_s < self._times_s[-1]):
            self.clear()
            self._epoch = levels.epoch
        self._times_s.append(middle_s)
        self._heights.append(tuple(_height(float(levels.rms[channel])) for channel in DISPLAY_ORDER))
        while self._times_s[0] < middle_s - SPAN_S - 1.0:
            self._times_s.popleft()
            self._heights.popleft()
        self.update(self._moving())

    def clear(self) -> None:
        """Forget everything."""
        self._times_s.clear()
        self._heights.clear()
        self._picture = np.empty((0, 0), np.uint32)
        self.update()

    def _moving(self) -> QRect:
        return self.rect().adjusted(_NAME_WIDTH, 0, 0, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the lanes, the axis and the clock."""
        painter = QPainter(self)
        area = QRectF(_NAME_WIDTH, 0, max(1, self.width() - _NAME_WIDTH), max(_LANES, self.height() - _AXIS_HEIGHT))
        ratio = self.devicePixelRatioF()
        lanes = self._lanes(round(area.width() * ratio), round(area.height() * ratio))
        rows, columns = lanes.shape
        image = QImage(lanes.data, columns, rows, 4 * columns, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(ratio)
        painter.drawImage(area.topLeft(), image)
        for ground in (QRectF(0, 0, _NAME_WIDTH, self.height()), QRectF(0, area.bottom(), self.width(), self.height())):
            painter.fillRect(ground, QColor(COLOURS.panel))
        font = QFont(self.font())
        font.setPixelSize(12)
        painter.setFont(font)
        if event.rect().left() < _NAME_WIDTH:
            self._paint_names(painter, area)
        if self._times_s:
            self._paint_ticks(painter, area, self._times_s[-1])
        painter.end()

    def _lanes(self, width: int, height: int) -> NDArray[np.uint32]:
        """Return the lanes as pixels (height, width). Moves the drawn part left and draws only the new part."""
        per_s = width / SPAN_S
        newest = math.floor(self._times_s[-1] * per_s) if self._times_s else 0
        moved = newest - self._newest_column
        is_other = self._picture.shape != (height, width) or self._theme != COLOURS.name
        if is_other or not self._times_s or not 0 <= moved < width:
            self._theme = COLOURS.name
            moved = width
            self._picture = np.empty((height, width), np.uint32)
        if moved:
            self._picture[:, : width - moved] = self._picture[:, moved:].copy()
            column_times_s = np.arange(newest - moved + 1, newest + 1) / per_s
            times_s, heights = self._since(column_times_s[0])
            self._picture[:, width - moved :] = lane_picture(times_s, heights, column_times_s, height)
        self._newest_column = newest
        return self._picture

    def _since(self, time_s: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return times (n,) and heights (n, 4) from the last point before a time on: new columns need no more."""
        points = 1
        for point_s in reversed(self._times_s):
            if point_s < time_s:
                break
            points += 1
        first = max(0, len(self._times_s) - points)
        times_s = np.fromiter(islice(self._times_s, first, None), float)
        return times_s, np.array(tuple(islice(self._heights, first, None)), float).reshape(-1, _LANES)

    def _paint_names(self, painter: QPainter, area: QRectF) -> None:
        lane = area.height() / _LANES
        for place, channel in enumerate(DISPLAY_ORDER):
            painter.setPen(QColor(COLOURS.channels[channel]))
            painter.drawText(QRectF(0, place * lane, _NAME_WIDTH, lane), Qt.AlignmentFlag.AlignVCenter, channel.name)

    def _paint_ticks(self, painter: QPainter, area: QRectF, end_s: float) -> None:
        painter.setPen(QColor(COLOURS.muted))
        for tick in range(max(0, math.ceil((end_s - SPAN_S) / _TICK_S)), math.floor(end_s / _TICK_S) + 1):
            x = area.left() + area.width() * (1.0 + (tick * _TICK_S - end_s) / SPAN_S)
            if area.left() <= x - _LABEL_WIDTH / 2 and x + _LABEL_WIDTH / 2 <= self.width():
                text = _tick_text(tick)
                size = text.size()
                painter.drawStaticText(
                    QPointF(x - size.width() / 2, area.bottom() + (_AXIS_HEIGHT - size.height()) / 2), text
                )


@lru_cache(maxsize=32)
def _tick_text(tick: int) -> QStaticText:
    """Return a label that is laid out once and drawn many times."""
    return QStaticText(clock_text(tick * _TICK_S))


def lane_picture(
    times_s: NDArray[np.float64], heights: NDArray[np.float64], columns_s: NDArray[np.float64], height: int
) -> NDArray[np.uint32]:
    """Return columns of the lanes as pixels (height, columns) of `QImage.Format.Format_RGB32`.

    `times_s` (n,) ascends; `heights` (n, 4) are 0 to 1; `columns_s` are the film times of the columns.
    """
    rows = _rows_of(height, COLOURS.name)
    if len(times_s) > 0:
        shares = np.stack([np.interp(columns_s, times_s, heights[:, place]) for place in range(_LANES)])
        filled = np.round(shares * rows.room[:, None]).astype(int)[rows.lane]
        drawn = (columns_s >= times_s[0]) & (columns_s <= times_s[-1])
        picture = np.where((rows.above_floor < filled) & drawn, rows.fill, rows.ground)
        is_line = (rows.above_floor == np.maximum(filled, 1)) & drawn
        picture = np.where(is_line, rows.line, picture)
    else:
        picture = np.full((height, len(columns_s)), rows.ground)
    picture[rows.floors] = _pixel(COLOURS.border)
    return picture


@dataclass(frozen=True, eq=False)
class _Rows:
    """What the rows of the lanes are: columns (height, 1), but `lane` (height,), `floors` and `room` per lane."""

    lane: NDArray[np.intp]
    above_floor: NDArray[np.intp]
    fill: NDArray[np.uint32]
    line: NDArray[np.uint32]
    ground: np.uint32
    floors: NDArray[np.intp]
    room: NDArray[np.intp]


@lru_cache(maxsize=4)
def _rows_of(height: int, _theme: str) -> _Rows:
    edges = np.linspace(0, height, _LANES + 1).round().astype(int)
    lane = np.repeat(np.arange(_LANES), np.diff(edges))
    names = [COLOURS.channels[channel] for channel in DISPLAY_ORDER]
    return _Rows(
        lane,
        (edges[1:][lane] - 1 - np.arange(height))[:, None],
        np.array([_pixel(name, _FILL) for name in names], np.uint32)[lane][:, None],
        np.array([_pixel(name) for name in names], np.uint32)[lane][:, None],
        np.uint32(_pixel(COLOURS.panel)),
        edges[1:] - 1,
        np.diff(edges) - 1,
    )


@cache
def _pixel(colour: str, share: float = 1.0) -> int:
    """Return a colour as 0xffrrggbb, mixed into the panel's by `share`."""
    ground, top = (QColor(name) for name in (COLOURS.panel, colour))
    mixed = [
        round(below + share * (above - below))
        for below, above in (
            (ground.red(), top.red()),
            (ground.green(), top.green()),
            (ground.blue(), top.blue()),
        )
    ]
    return int(QColor(*mixed).rgb())


def _height(linear: float) -> float:
    return (1.0 - _LANE_GAP) * min(1.0, max(0.0, 1.0 - level_db(linear) / LOWEST_DB))
