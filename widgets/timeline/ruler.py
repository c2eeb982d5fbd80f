"""The time ruler: time, markers, the loop, and what is made. Click or drag to seek."""

from dataclasses import dataclass
from functools import partial
from typing import Final

from PySide6.QtCore import QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QFontMetrics,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPolygonF,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.contract.scene.edits.change import Edit
from engine.contract.scene.edits.whole import move_marker, set_loop
from engine.contract.scene.scene import LoopRange, Marker, Scene
from widgets.timeline.geometry.coverage import Made, Stretch, coverage
from widgets.timeline.geometry.ticks import ticks
from widgets.timeline.gestures.drags import Drag, Grip, LoopDrag, MarkerDrag
from widgets.timeline.lane_gestures import NO_SNAP_KEY
from widgets.timeline.looks import mixed, readable_on
from widgets.timeline.selection import Selection
from widgets.timeline.state import TimelineState

RULER_PX: Final = 50
_LABELS_PX: Final = 22
_MARKS_PX: Final = 18
_BAR_TOP: Final = _LABELS_PX + _MARKS_PX + 2
_BAR_PX: Final = 7
_MARK_WIDTH_PX: Final = 11
_REACH_PX: Final = 6
_MOST_NAME_PX: Final = 120
_TIP: Final = (
    "Click or drag to go there (comma and full stop step by frames). Drag markers and the ends of the loop; "
    "Shift turns snapping off. Drag with Ctrl to set the loop (I and O)."
)


@dataclass(frozen=True)
class _Hold:
    """What is dragged in the ruler, and the edit that puts it back."""

    drag: Drag
    back: Edit
    marker_id: int | None


class Ruler(QWidget):
    """Draws the state's time. `marker_name_wanted` sends the marker whose name the user wants to type."""

    marker_name_wanted = Signal(object)

    def __init__(self, state: TimelineState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.state = state
        self._font = QFont(self.font())
        self._font.setPixelSize(11)
        self._metrics = QFontMetrics(self._font)
        self._stretches: list[Stretch] = []
        self._hold: _Hold | None = None
        self._gesture = 0
        self.seeks = False
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.setAccessibleName("Time ruler")
        self.setAccessibleDescription(_TIP)
        self.setToolTip(_TIP)
        state.scene_changed.connect(self._scene_changed)
        state.scale_changed.connect(self.update)
        state.playhead_moved.connect(self._playhead_moved)
        state.selection_changed.connect(self._selection_changed)
        state.levels_changed.connect(self._cover)
        state.unit_changed.connect(self.update)
        self._cover()

    def sizeHint(self) -> QSize:
        """Return the size that the widget asks for, in pixels."""
        return QSize(640, RULER_PX)

    @property
    def stretches(self) -> list[Stretch]:
        """What the render bar shows."""
        return self._stretches

    def marker_rect(self, marker: Marker) -> QRect:
        """Return where a marker and its name are drawn."""
        x = round(self.state.scale.x_of(marker.at_sample))
        name = min(self._metrics.horizontalAdvance(marker.name) + 8, _MOST_NAME_PX) if marker.name else 0
        return QRect(x - _MARK_WIDTH_PX // 2, _LABELS_PX, _MARK_WIDTH_PX + name, _MARKS_PX)

    def marker_at(self, x: float, y: float) -> Marker | None:
        """Return the marker at a point; the one drawn over the others if there are several."""
        for marker in reversed(self.state.scene.markers):
            if self.marker_rect(marker).adjusted(-2, 0, 2, 0).contains(round(x), round(y)):
                return marker
        return None

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the ruler."""
        state, colours, clip = self.state, self.state.colours, event.rect()
        painter = QPainter(self)
        painter.setClipRegion(event.region())
        painter.setFont(self._font)
        painter.fillRect(clip, QColor(colours.window))
        self._paint_loop(painter)
        painter.setPen(QColor(colours.muted))
        for tick in ticks(state.scale, self.width(), state.grid, state.unit):
            x = round(state.scale.x_of(tick.at_sample))
            painter.drawLine(x, _LABELS_PX - 8, x, _LABELS_PX)
            if x + 4 + self._metrics.horizontalAdvance(tick.label) <= self.width():  # half a time says nothing
                painter.drawText(x + 4, self._metrics.ascent() + 3, tick.label)
        self._paint_bar(painter, clip)
        for marker in state.scene.markers:
            if self.marker_rect(marker).intersects(clip):
                self._paint_marker(painter, marker)
        x = round(state.scale.x_of(state.playhead))
        painter.setPen(QColor(colours.text))
        painter.drawLine(x, 0, x, self.height())
        painter.setBrush(QColor(colours.text))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.drawPolygon(QPolygonF([QPointF(x - 5.5, 0), QPointF(x + 6.5, 0), QPointF(x + 0.5, 9)]))
        painter.end()

    def _paint_loop(self, painter: QPainter) -> None:
        loop, colours = self.state.scene.loop, self.state.colours
        if loop is None:
            return
        left, right = (round(self.state.scale.x_of(at)) for at in (loop.start_sample, loop.end_sample))
        ground = mixed(colours.accent if loop.is_on else colours.disabled, colours.window, 0.28)
        painter.fillRect(QRect(left, 0, right - left, _LABELS_PX), ground)
        painter.setPen(QColor(colours.accent if loop.is_on else colours.disabled))
        for x, inwards in ((left, 4), (right, -4)):  # brackets: the ends are seen without the colour
            painter.fillRect(QRect(min(x, x + inwards // 2), 0, 2, _LABELS_PX), painter.pen().color())
            painter.drawLine(x, 0, x + inwards, 0)
            painter.drawLine(x, _LABELS_PX - 1, x + inwards, _LABELS_PX - 1)

    def _paint_bar(self, painter: QPainter, clip: QRect) -> None:
        """Paint a full bar over sound that is made, hatching over sound that is not, and nothing in holes."""
        colours = self.state.colours
        painter.fillRect(QRect(clip.left(), _BAR_TOP, clip.width(), _BAR_PX), QColor(colours.raised))
        for stretch in self._stretches:
            left, right = (round(self.state.scale.x_of(at)) for at in (stretch.start_sample, stretch.end_sample))
            if stretch.made is Made.HOLE or right < clip.left() or left > clip.right():
                continue
            left, right = max(left, clip.left() - 8), min(max(right, left + 1), clip.right() + 8)
            rect = QRect(left, _BAR_TOP, right - left, _BAR_PX)
            if stretch.made is Made.READY:
                painter.fillRect(rect, QColor(colours.good))
            else:
                painter.fillRect(rect, mixed(colours.warning, colours.window, 0.25))
                painter.fillRect(rect, QBrush(QColor(colours.warning), Qt.BrushStyle.BDiagPattern))

    def _paint_marker(self, painter: QPainter, marker: Marker) -> None:
        colours, rect = self.state.colours, self.marker_rect(marker)
        is_chosen = marker.marker_id == self.state.selection.marker_id
        colour = colours.text if is_chosen else colours.warning
        left, top, x = float(rect.left()), float(rect.top()), rect.left() + _MARK_WIDTH_PX / 2
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colour))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        corners = [(left, top + 1), (left + _MARK_WIDTH_PX, top + 1), (left + _MARK_WIDTH_PX, top + 10), (x, top + 17)]
        painter.drawPolygon(QPolygonF([QPointF(*corner) for corner in [*corners, (left, top + 10)]]))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        if marker.name:
            box = rect.adjusted(_MARK_WIDTH_PX, 1, 0, -1)
            painter.fillRect(box, QColor(colour))
            painter.setPen(readable_on(colour))
            name = self._metrics.elidedText(marker.name, Qt.TextElideMode.ElideRight, box.width() - 6)
            painter.drawText(box.adjusted(2, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, name)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of a marker or an end of the loop, or seek."""
        if event.button() is not Qt.MouseButton.LeftButton:
            event.ignore()
            return
        x, y = event.position().x(), event.position().y()
        self._hold = self._hold_at(x, y, bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier))
        if self._hold is None:
            self.seeks = True
            self._preview(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Continue a drag, or show what can be dragged."""
        if self.seeks:
            self._preview(event)
        elif self._hold is not None and event.buttons() & Qt.MouseButton.LeftButton:
            self._gesture = self._gesture or self.state.begin_gesture()
            snap = self.state.snap(off=bool(event.modifiers() & NO_SNAP_KEY), marker_id=self._hold.marker_id)
            sample = self.state.scale.sample_at(event.position().x())
            self.state.request(self._hold.drag.edit(sample, 0, snap), self._gesture)
        else:
            x, y = event.position().x(), event.position().y()
            can_drag = self.marker_at(x, y) is not None or self._loop_end_at(x, y) is not None
            self.setCursor(Qt.CursorShape.SizeHorCursor if can_drag else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a drag; a seek happens now."""
        if event.button() is Qt.MouseButton.LeftButton:
            if self.seeks:
                self.state.seek(self.state.playhead)
            self.seeks, self._hold, self._gesture = False, None, 0

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Rename a marker."""
        marker = self.marker_at(event.position().x(), event.position().y())
        if marker is not None:
            self._hold = None
            self.marker_name_wanted.emit(marker)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom about the pointer."""
        self.state.zoom(1.25 ** (event.angleDelta().y() / 120.0), event.position().x())
        event.accept()

    def cancel(self) -> bool:
        """Give up a drag and put everything back; returns whether there was one."""
        had, self.seeks = self._hold is not None or self.seeks, False
        if self._hold is not None and self._gesture:
            self.state.request(self._hold.back, self._gesture)
        self._hold, self._gesture = None, 0
        return had

    def _preview(self, event: QMouseEvent) -> None:
        off = bool(event.modifiers() & NO_SNAP_KEY)
        state = self.state
        at = state.snap(off=off).snapped(state.scale.sample_at(event.position().x()))
        state.set_playhead(min(max(0, at), state.scene.length_samples), seeks=True)
        state.previewed.emit(state.playhead)

    def _hold_at(self, x: float, y: float, draws_loop: bool) -> _Hold | None:
        scene, sample = self.state.scene, self.state.scale.sample_at(x)
        marker = self.marker_at(x, y)
        if marker is not None:
            self.state.select(Selection(marker_id=marker.marker_id))
            back = partial(move_marker, marker_id=marker.marker_id, at_sample=marker.at_sample)
            return _Hold(MarkerDrag(marker, sample), back, marker.marker_id)
        loop = scene.loop
        end = self._loop_end_at(x, y)
        put_back = partial(set_loop, loop=loop)
        if draws_loop:
            begin = max(0, self.state.snap().snapped(sample))
            return _Hold(LoopDrag(begin, Grip(sample, sample)), put_back, None)
        if loop is None or end is None:
            return None
        fixed = loop.end_sample if end == loop.start_sample else loop.start_sample
        return _Hold(LoopDrag(fixed, Grip(end, sample), loop.is_on), put_back, None)

    def _loop_end_at(self, x: float, y: float) -> int | None:
        loop: LoopRange | None = self.state.scene.loop
        if loop is None or y >= _LABELS_PX:
            return None
        near = [at for at in (loop.start_sample, loop.end_sample) if abs(self.state.scale.x_of(at) - x) <= _REACH_PX]
        return min(near, key=lambda at: abs(self.state.scale.x_of(at) - x), default=None)

    def _scene_changed(self, old: Scene) -> None:
        if old.markers != self.state.scene.markers or old.loop != self.state.scene.loop:
            self.update()
        self._cover()

    def _cover(self, _changed: object = None) -> None:
        made = {block_id: track.length_samples for block_id, track in self.state.growing.items()}
        stretches = coverage(self.state.scene, made)
        if stretches != self._stretches:
            self._stretches = stretches
            self.update(0, _BAR_TOP, self.width(), _BAR_PX)

    def _playhead_moved(self, old: int) -> None:
        scale = self.state.scale
        before, now = round(scale.x_of(old)), round(scale.x_of(self.state.playhead))
        if before != now:
            for x in (before, now):
                self.update(x - 8, 0, 17, self.height())

    def _selection_changed(self, old: Selection) -> None:
        if old.marker_id != self.state.selection.marker_id:
            self.update(0, _LABELS_PX, self.width(), _MARKS_PX)
