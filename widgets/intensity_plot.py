"""W, X, Y and Z scrolling past: four lanes of level over film time."""

import math
from collections import deque

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QTimer
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from engine.contract.conventions import DISPLAY_ORDER
from engine.contract.telemetry import FoaLevels
from widgets.text import clock_text, level_db
from widgets.theme import COLOURS

SPAN_S = 12.0
LOWEST_DB = -60.0
_REDRAW_MS = 50
_LANE_GAP = 0.12
_FILL_ALPHA = 110
_AXIS_HEIGHT = 20
_TICK_S = 2


class IntensityPlot(QWidget):
    """The last 12 s of what was heard, one lane a channel, -60 to 0 dB from the floor of a lane to its ceiling.

    Redrawn at most 20 times a second, and only when something came.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Intensity of W, X, Y and Z over time")
        self.setToolTip("Level of each channel over the last 12 seconds of film")
        self._times_s: deque[float] = deque()
        self._levels: deque[tuple[float, ...]] = deque()
        self._epoch: int | None = None
        axis = _FilmTimeAxis("bottom")
        self.plot = pg.PlotWidget(background=COLOURS.panel, axisItems={"bottom": axis})
        self.plot.setMenuEnabled(False)
        self.plot.hideButtons()
        self.plot.setMouseEnabled(x=False, y=False)
        self.plot.setFocusPolicy(self.focusPolicy())
        lanes = len(DISPLAY_ORDER)
        self.plot.setYRange(0.0, lanes, padding=0.0)
        self.plot.setXRange(-SPAN_S, 0.0, padding=0.0)
        self._dress_axes()
        self.curves = []
        for place, channel in enumerate(DISPLAY_ORDER):
            colour = QColor(COLOURS.channels[channel])
            fill = QColor(colour)
            fill.setAlpha(_FILL_ALPHA)
            floor = float(lanes - 1 - place)
            curve = pg.PlotCurveItem(pen=pg.mkPen(colour, width=1), fillLevel=floor, brush=fill, antialias=False)
            self.plot.addItem(curve)
            self.plot.addItem(pg.InfiniteLine(floor, angle=0, pen=pg.mkPen(COLOURS.border)))
            self.curves.append(curve)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(self._lane_names())
        layout.addWidget(self.plot, 1)
        self._redraw = QTimer(self)
        self._redraw.setSingleShot(True)
        self._redraw.setInterval(_REDRAW_MS)
        self._redraw.timeout.connect(self.redraw)

    def add(self, levels: FoaLevels) -> None:
        """Take the levels of a stretch. A new epoch or a step back in time starts a new picture."""
        middle_s = levels.start_s + levels.duration_s / 2
        if levels.epoch != self._epoch or (self._times_s and middle_s < self._times_s[-1]):
            self.clear()
            self._epoch = levels.epoch
        self._times_s.append(middle_s)
        self._levels.append(tuple(_height(float(levels.rms[channel])) for channel in DISPLAY_ORDER))
        while self._times_s[0] < middle_s - SPAN_S - 1.0:
            self._times_s.popleft()
            self._levels.popleft()
        if not self._redraw.isActive():
            self._redraw.start()

    def clear(self) -> None:
        """Forget everything."""
        self._times_s.clear()
        self._levels.clear()
        for curve in self.curves:
            curve.setData([], [])

    def redraw(self) -> None:
        """Draw what came; the newest is at the right edge."""
        if not self._times_s:
            return
        times = np.fromiter(self._times_s, float)
        heights = np.array(self._levels)
        lanes = len(self.curves)
        for place, curve in enumerate(self.curves):
            curve.setData(times, heights[:, place] + (lanes - 1 - place))
        self.plot.setXRange(times[-1] - SPAN_S, times[-1], padding=0.0)

    def _lane_names(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setContentsMargins(0, 0, 0, _AXIS_HEIGHT)
        column.setSpacing(0)
        for channel in DISPLAY_ORDER:
            label = QLabel(channel.name)
            label.setStyleSheet(f"color: {COLOURS.channels[channel]};")
            label.setMinimumSize(18, 1)
            column.addWidget(label, 1)
        return column

    def _dress_axes(self) -> None:
        self.plot.hideAxis("left")
        bottom = self.plot.getAxis("bottom")
        bottom.setPen(pg.mkPen(COLOURS.panel))
        bottom.setTextPen(COLOURS.muted)
        bottom.setStyle(tickLength=0)
        bottom.setHeight(_AXIS_HEIGHT)


class _FilmTimeAxis(pg.AxisItem):
    """Whole seconds of the film as m:ss; nothing before its start."""

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:
        first = max(0, math.ceil(minVal / _TICK_S))
        return [(_TICK_S, [_TICK_S * k for k in range(first, math.floor(maxVal / _TICK_S) + 1)])]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        return [clock_text(value) for value in values]


def _height(linear: float) -> float:
    return (1.0 - _LANE_GAP) * min(1.0, max(0.0, 1.0 - level_db(linear) / LOWEST_DB))
