"""The mouse on the lanes: select, move, trim, fade, draw a block, pan, zoom and scroll."""

from functools import partial
from typing import Final

from PySide6.QtCore import QPoint, QPointF, QRect, Qt, Signal
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.scene.blocks import SHORTEST_SAMPLES, Block
from engine.contract.scene.edits.blocks import fade_block, trim_end, trim_start
from engine.contract.scene.edits.change import Edit
from widgets.timeline.geometry.hits import BLOCK_TOP_PX, ROW_PX, Hit, Part, block_hit
from widgets.timeline.gestures.drags import Drag, FadeDrag, MoveDrag, TrimDrag
from widgets.timeline.lane_area import LaneArea
from widgets.timeline.selection import Selection
from widgets.timeline.state import TimelineState

USUAL_BLOCK_SAMPLES: Final = 5 * SAMPLE_RATE_HZ
"""The length of a block that is added by a double click or a key."""
_WHEEL_STEP: Final = 120.0
_ZOOM_PER_STEP: Final = 1.25
_SCROLL_PER_STEP_PX: Final = 90
_EXTENDS: Final = Qt.KeyboardModifier.ControlModifier
NO_SNAP_KEY: Final = Qt.KeyboardModifier.ShiftModifier
"""Held while dragging, nothing snaps."""
_CURSORS: Final = {
    Part.BODY: Qt.CursorShape.ArrowCursor,
    Part.START: Qt.CursorShape.SizeHorCursor,
    Part.END: Qt.CursorShape.SizeHorCursor,
    Part.FADE_IN: Qt.CursorShape.PointingHandCursor,
    Part.FADE_OUT: Qt.CursorShape.PointingHandCursor,
}
_TIPS: Final = {
    Part.BODY: "Drag to move, also to another lane (Shift+arrow keys); double-click to edit (Enter)",
    Part.START: "Drag to trim the start (key [)",
    Part.END: "Drag to trim the end (key ])",
    Part.FADE_IN: "Drag to fade in (F)",
    Part.FADE_OUT: "Drag to fade out (Shift+F)",
}


class LaneGestures(LaneArea):
    """Turns the mouse into requests.

    `words_wanted` sends a lane's number, a start and a length in samples: a block was drawn there and needs words.
    `edit_wanted` sends a block whose words or name the user wants to type.
    """

    words_wanted = Signal(int, int, int)
    edit_wanted = Signal(object)

    def __init__(self, state: TimelineState, parent: QWidget | None = None) -> None:
        super().__init__(state, parent)
        self.setMouseTracking(True)
        self._press: QPoint | None = None
        self._drag: Drag | None = None
        self._moving: frozenset[int] = frozenset()
        self._gesture = 0
        self._started = (0, 0)
        self._back: Edit | None = None
        self._draws_from: int | None = None
        self._draws_in = 0
        self._drawn = (0, 0)
        self._pans_from: tuple[int, int, int, int] | None = None

    def hit_at(self, point: QPointF | QPoint) -> Hit | None:
        """Return the block under a point, None if there is none."""
        row = self.row_at(point.y())
        if not 0 <= row < len(self.state.scene.lanes):
            return None
        state = self.state
        lane = state.scene.lanes[row]
        return block_hit(
            state.index, state.scale, lane, point.x(), point.y() - self.row_top(row), state.selection.blocks
        )

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select, and begin a drag."""
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        point = event.position().toPoint()
        if event.button() is Qt.MouseButton.MiddleButton:
            self._pans_from = (point.x(), point.y(), self.state.scale.scroll_px, self.state.scroll_y)
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
            return
        hit, row = self.hit_at(event.position()), self.row_at(point.y())
        if hit is not None and event.button() is Qt.MouseButton.RightButton:
            if hit.block.block_id not in self.state.selection.blocks:
                self._select(hit.block, extend=False)
            return
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        self._press = point
        self._started = (self.state.scale.sample_at(point.x()), row)
        if hit is not None:
            self._take_hold(hit, bool(event.modifiers() & _EXTENDS))
        elif 0 <= row < len(self.state.scene.lanes):
            self._draws_from, self._draws_in = self._started[0], self.state.scene.lanes[row].lane_id
            self.state.select(Selection(lane_id=self._draws_in))
        else:
            self.state.select(Selection())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Continue a drag, or show what the pointer can do."""
        point = event.position().toPoint()
        if self._pans_from is not None:
            x, y, scroll_x, scroll_y = self._pans_from
            self.state.set_scale(self.state.scale.scrolled_to(scroll_x + x - point.x()))
            self.state.scroll_rows_to(scroll_y + y - point.y())
        elif self._press is None:
            hit = self.hit_at(event.position())
            self.setCursor(_CURSORS[Part.BODY if hit is None else hit.part])
            tip = "" if hit is None else _tip(self.state, hit)
            if tip != self.toolTip():
                self.setToolTip(tip)
        elif self._moved_enough(point):
            self._follow(point, bool(event.modifiers() & NO_SNAP_KEY))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a drag."""
        if event.button() is Qt.MouseButton.MiddleButton and self._pans_from is not None:
            self._pans_from = None
            self.unsetCursor()
        elif event.button() is Qt.MouseButton.LeftButton and self._press is not None:
            draws = self.ghost is not None and self._drawn_row() is not None
            self._end()
            if draws:
                start, end = self._drawn
                self.words_wanted.emit(self._draws_in, start, end - start)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Edit a block, or add one."""
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        self._end()
        hit, row = self.hit_at(event.position()), self.row_at(event.position().y())
        if hit is not None:
            self.edit_wanted.emit(hit.block)
        elif 0 <= row < len(self.state.scene.lanes):
            start = max(0, self.state.snap().snapped(self.state.scale.sample_at(event.position().x())))
            self.words_wanted.emit(self.state.scene.lanes[row].lane_id, start, USUAL_BLOCK_SAMPLES)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll lanes; with Shift or sideways scroll in time; with Ctrl zoom about the pointer."""
        x, y = event.angleDelta().x(), event.angleDelta().y()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.state.zoom(_ZOOM_PER_STEP ** (y / _WHEEL_STEP), event.position().x())
        else:
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier or not self._rows_scroll():
                x, y = x or y, 0
            self.state.set_scale(
                self.state.scale.scrolled_to(self.state.scale.scroll_px - round(x / _WHEEL_STEP * _SCROLL_PER_STEP_PX))
            )
            self.state.scroll_rows_to(self.state.scroll_y - round(y / _WHEEL_STEP * ROW_PX))
        event.accept()

    def cancel(self) -> bool:
        """Give up a drag and put everything back; returns whether there was one."""
        if self._press is None:
            return False
        if self._back is not None and self._gesture:
            self.state.request(self._back, self._gesture)
        self._end()
        return True

    def _rows_scroll(self) -> bool:
        return ROW_PX * len(self.state.scene.lanes) > self.height()

    def _select(self, block: Block, *, extend: bool) -> None:
        self.state.select(self.state.selection.with_block(self.state.scene, block.block_id, extend=extend))

    def _take_hold(self, hit: Hit, extend: bool) -> None:
        state, block = self.state, hit.block
        if extend or block.block_id not in state.selection.blocks:
            self._select(block, extend=extend)
        if block.block_id not in state.selection.blocks:
            return
        sample, row = self._started
        if hit.part is Part.BODY:
            self._moving = state.selection.blocks
            move = MoveDrag(state.scene, self._moving, block, sample, row)
            self._drag, self._back = move, move.shifted(0, 0)
            return
        self._moving = frozenset({block.block_id})
        at_start = hit.part in (Part.START, Part.FADE_IN)
        trims = hit.part in (Part.START, Part.END)
        self._drag = (TrimDrag if trims else FadeDrag)(block, at_start, sample)
        self._back = _unchanged(block, hit.part)

    def _moved_enough(self, point: QPoint) -> bool:
        """Whether a drag has begun: a click with a shaking hand moves nothing."""
        if self._gesture or self.ghost is not None or self._press is None:
            return True
        return (point - self._press).manhattanLength() >= QApplication.startDragDistance() // 2

    def _follow(self, point: QPoint, snaps_off: bool) -> None:
        self._turn_page(point)
        sample, row = self.state.scale.sample_at(point.x()), self.row_at(point.y())
        if self._draws_from is not None:
            snap = self.state.snap(off=snaps_off)
            start, end = sorted((max(0, snap.snapped(self._draws_from)), max(0, snap.snapped(sample))))
            self._drawn = start, max(end, start + SHORTEST_SAMPLES)
            left, right = (round(self.state.scale.x_of(at)) for at in self._drawn)
            row_drawn_in = self._drawn_row()
            if row_drawn_in is not None:
                top = self.row_top(row_drawn_in) + BLOCK_TOP_PX
                self.show_ghost(QRect(left, top, right - left, ROW_PX - 2 * BLOCK_TOP_PX))
        elif self._drag is not None:
            self._gesture = self._gesture or self.state.begin_gesture()
            snap = self.state.snap(off=snaps_off, blocks=self._moving)
            self.state.request(self._drag.edit(sample, row, snap), self._gesture)

    def _drawn_row(self) -> int | None:
        """Return the row of the lane in which a block is drawn; None if a key has deleted it meanwhile."""
        lanes = [lane.lane_id for lane in self.state.scene.lanes]
        return lanes.index(self._draws_in) if self._draws_in in lanes else None

    def _turn_page(self, point: QPoint) -> None:
        """Scroll when the pointer leaves the view."""
        beyond = min(0, point.x()) + max(0, point.x() - self.width())
        if beyond:
            self.state.set_scale(self.state.scale.scrolled_to(self.state.scale.scroll_px + beyond))
        over = min(0, point.y()) + max(0, point.y() - self.height())
        if over:
            self.state.scroll_rows_to(self.state.scroll_y + over)

    def _end(self) -> None:
        self.show_ghost(None)
        self._press, self._drag, self._back, self._draws_from, self._gesture = None, None, None, None, 0


def _unchanged(block: Block, part: Part) -> Edit:
    """Return the edit that leaves what is dragged as it was."""
    if part is Part.START:
        return partial(trim_start, block_id=block.block_id, start_sample=block.start_sample)
    if part is Part.END:
        return partial(trim_end, block_id=block.block_id, end_sample=block.end_sample)
    return partial(
        fade_block,
        block_id=block.block_id,
        fade_in_samples=block.fade_in_samples,
        fade_out_samples=block.fade_out_samples,
    )


def _tip(state: TimelineState, hit: Hit) -> str:
    times = f"{state.time_text(hit.block.start_sample)} to {state.time_text(hit.block.end_sample)}"
    return f"{hit.block.title}\n{times}\n{_TIPS[hit.part]}"
