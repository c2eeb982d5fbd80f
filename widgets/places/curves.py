"""The path of the selected lane over time: azimuth, elevation and distance, with keyframes to drag."""

from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.contract.scene.lane import Lane
from engine.contract.scene.path_shape import PathShape
from engine.contract.scene.place import LanePath
from widgets.parts.focus_ring import paint_focus_ring
from widgets.places.mark_pictures import MarkPictures, draw_centred
from widgets.places.places_state import PlacesState
from widgets.places.strips import Strip, Value, strips_of
from widgets.timeline.geometry.ticks import ticks
from widgets.timeline.lane_header import HEADER_PX
from widgets.timeline.looks import mixed

GUTTER_PX: Final = HEADER_PX + 5
"""Left of the curves, so that times lie below those of the lanes."""
_STEP_PX: Final = 2
_ROOM_PX: Final = 8
_NO_LANE: Final = "Select a lane to see its path"
_FREE: Final = "This lane has no path: Shift+click in the film or double-click here places it."
_TICKS_PX: Final = 16
_AT_RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class Curves(QWidget):
    """Draws the path in the time scale of the timeline. `active` is the strip that the arrow keys act on."""

    def __init__(self, state: PlacesState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.active = Value.AZIMUTH
        self._pictures = MarkPictures()
        self._shape: tuple[LanePath, PathShape] | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(320, 120)
        self.setAccessibleName("Path over time")
        self._strips = strips_of(self._curve_height(), ())
        self._playhead_x = -1
        self._describe()
        timeline = state.timeline
        state.changed.connect(self._changed)
        state.moved.connect(self._playhead_moved)
        timeline.scale_changed.connect(self.update)
        timeline.unit_changed.connect(self.update)

    @property
    def strips(self) -> tuple[Strip, Strip, Strip]:
        """The strips from above."""
        return self._strips

    @property
    def frames_path(self) -> LanePath | None:
        """The path of the lane on display."""
        return None if self._state.lane is None else self._state.lane.path

    def sizeHint(self) -> QSize:
        """Return the size that the widget asks for, in pixels."""
        return QSize(960, 240)

    def x_of(self, sample: float) -> float:
        """Return the x of a sample of the film."""
        return GUTTER_PX + self._state.timeline.scale.x_of(sample)

    def sample_at(self, x: float) -> int:
        """Return the sample at an x, not before the film."""
        return max(0, self._state.timeline.scale.sample_at(x - GUTTER_PX))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the height."""
        self._share_height()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the strips, the curves and the keyframes."""
        state, colours = self._state, self._state.timeline.colours
        lane, path = state.lane, self.frames_path
        painter = QPainter(self)
        painter.setClipRegion(event.region())
        painter.fillRect(event.rect(), QColor(colours.window))
        painter.setFont(self._font())
        self._paint_ground(painter, lane)
        if lane is not None and path is not None:
            if self._shape is None or self._shape[0] is not path:
                self._shape = path, PathShape(path)
            times = self._times(path, event.rect())
            for strip in self._strips:
                self._paint_curve(painter, strip, lane, path, self._shape[1], times)
        else:
            painter.setPen(QColor(colours.muted))
            room = self.rect().adjusted(GUTTER_PX, 0, 0, 0)
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter, _NO_LANE if lane is None else _FREE)
        painter.setPen(QColor(colours.text))
        x = round(self.x_of(state.now))
        if x >= GUTTER_PX:
            painter.drawLine(x, 0, x, self.height())
        if self.hasFocus():
            paint_focus_ring(painter, self.rect().adjusted(GUTTER_PX - 3, 0, 0, 0), colours)
        painter.end()

    def _paint_ground(self, painter: QPainter, lane: Lane | None) -> None:
        timeline, width = self._state.timeline, self.width()
        colours = timeline.colours
        marks = ticks(timeline.scale, width - GUTTER_PX, timeline.grid, timeline.unit)
        for strip in self._strips:
            band = QRect(GUTTER_PX, strip.top, width - GUTTER_PX, strip.height)
            painter.fillRect(band, QColor(colours.panel))
            for value in strip.marks():
                y = round(strip.y_of(value))
                painter.setPen(mixed(colours.border, colours.panel, 1.0 if value in (0.0, 2.0) else 0.55))
                painter.drawLine(GUTTER_PX, y, width, y)
                painter.setPen(QColor(colours.muted))
                text = QRect(GUTTER_PX - 70, y - 8, 58, 16)  # beside the keyframes at the start
                painter.drawText(
                    text, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, strip.text_of(value)
                )
            is_active = self.hasFocus() and strip.value is self.active
            painter.setPen(QColor(colours.accent if is_active else colours.text))
            title = QRect(10, strip.top, GUTTER_PX - 80, strip.height)
            painter.drawText(title, Qt.AlignmentFlag.AlignVCenter, self._title(strip))
        for mark in marks:
            x = round(self.x_of(mark.at_sample))
            if x < GUTTER_PX:
                continue
            painter.setPen(mixed(colours.border, colours.panel, 0.55))
            painter.drawLine(x, 0, x, self._curve_height())
            if x + 3 + painter.fontMetrics().horizontalAdvance(mark.label) <= width:  # half a time says nothing
                painter.setPen(QColor(colours.muted))
                painter.drawText(QPointF(x + 3.0, self.height() - 4.0), mark.label)

    def _title(self, strip: Strip) -> str:
        place = self._state.place
        if place is None:
            return strip.value.value
        return f"{strip.value.value} {strip.text_of(round(strip.of(place), 1))}"

    def _times(self, path: LanePath, clip: QRect) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
        """Return the samples at which the curves are drawn: every other pixel, and every keyframe between."""
        left, right = max(GUTTER_PX, clip.left() - _ROOM_PX), clip.right() + _ROOM_PX
        columns = np.arange(left, right + _STEP_PX, _STEP_PX, dtype=np.float64)
        scale = self._state.timeline.scale
        samples = (columns - GUTTER_PX + scale.scroll_px) * scale.samples_per_px
        frames = np.array([frame.at_sample for frame in path.keyframes], float)
        inside = frames[(frames > samples[0]) & (frames < samples[-1])]
        # Just before a keyframe, too: it may be a cut.
        return np.unique(np.concatenate([samples, inside, inside - 1.0]))

    def _paint_curve(
        self,
        painter: QPainter,
        strip: Strip,
        lane: Lane,
        path: LanePath,
        shape: PathShape,
        times: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]",
    ) -> None:
        painter.save()
        top, bottom = strip.y_of(strip.high) - 1.5, strip.y_of(strip.low) + 1.5
        painter.setClipRect(QRectF(GUTTER_PX, top, self.width(), bottom - top), Qt.ClipOperation.IntersectClip)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        values = strip.values_of(shape, times)
        xs = [self.x_of(at) for at in times.tolist()]
        painter.setPen(QPen(QColor(lane.colour), 1.5))
        shifts = [0.0]
        if strip.value is Value.AZIMUTH:  # the same line again for each turn, so that it leaves above and enters below
            first, last = np.floor((np.array([values.min(), values.max()]) + 180.0) / 360.0).astype(int)
            shifts = [360.0 * k for k in range(int(first), int(last) + 1)]
        for shift in shifts:
            ys = strip.ys_of(values - shift)
            painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in zip(xs, ys.tolist(), strict=True)]))
        painter.restore()
        ratio, chosen = self.devicePixelRatioF(), self._state.edited_keyframe
        for number, frame in enumerate(path.keyframes):
            x = self.x_of(frame.at_sample)
            if GUTTER_PX - _ROOM_PX <= x <= self.width() + _ROOM_PX:
                dot = self._pictures.dot(lane.colour, number == chosen, ratio)
                draw_centred(painter, dot, x, strip.y_of(strip.of(frame)))

    def _curve_height(self) -> int:
        return self.height() - _TICKS_PX

    def _share_height(self) -> None:
        path = self.frames_path
        self._strips = strips_of(self._curve_height(), () if path is None else path.keyframes)

    def _changed(self) -> None:
        self._share_height()
        self._describe()
        self.update()

    def _describe(self) -> None:
        """Say what is chosen, for screen readers."""
        lane, number, place = self._state.lane, self._state.edited_keyframe, self._state.place
        text = _NO_LANE if lane is None else _FREE if place is None else ""
        if lane is not None and place is not None:
            where = ", ".join(
                f"{strip.value.value} {strip.text_of(round(strip.of(place), 1))}" for strip in self._strips
            )
            text = f"{lane.name}: {where}" if number is None else f"{lane.name}, keyframe {number + 1}: {where}"
        if text != self.accessibleDescription():
            self.setAccessibleDescription(text)

    def _playhead_moved(self) -> None:
        old, new = self._playhead_x, round(self.x_of(self._state.now))
        self._playhead_x = new
        if old != new:
            for x in (old, new):
                self.update(x - 2, 0, 5, self.height())
            self.update(0, 0, GUTTER_PX, self.height())

    def _font(self) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(11)
        return font
