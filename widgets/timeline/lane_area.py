"""The rows of lanes with their blocks: painting, and what is painted again when something changes."""

from typing import Final

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent, QColor, QFocusEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.contract.scene.blocks import Block, GeneratedBlock
from engine.contract.scene.lane import LaneKind
from engine.contract.scene.scene import Scene
from widgets.timeline.block_painter import MOST_TITLE_PX, NOT_MADE, BlockPainter, gain_mark
from widgets.timeline.geometry.hits import ROW_PX
from widgets.timeline.geometry.ticks import ticks
from widgets.timeline.geometry.time_scale import TimeScale
from widgets.timeline.looks import mixed
from widgets.timeline.selection import Selection
from widgets.timeline.state import TimelineState

_ROOM_PX: Final = 3
"""Painted again on each side of a line that moves."""
_BESIDE_TITLE_PX: Final = 40
_BETWEEN_LINES_PX: Final = 6
_HINT: Final = "Double-click here to add sound"
_FILM_HINT: Final = "The film's own sound: there is no film"


class LaneArea(QWidget):
    """Draws the state. Only what changed is painted again: a row, a block, the strips where the playhead was and is."""

    focus_changed = Signal()

    def __init__(self, state: TimelineState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.state = state
        self.blocks = BlockPainter(state.colours, self.font())
        self.ghost: QRect | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Timeline")
        state.scene_changed.connect(self._scene_changed)
        state.scale_changed.connect(self._scale_changed)
        state.rows_scrolled.connect(self._rows_scrolled)
        state.playhead_moved.connect(self._playhead_moved)
        state.selection_changed.connect(self._selection_changed)
        state.levels_changed.connect(self._levels_changed)
        state.unit_changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Return the size that the widget asks for, in pixels."""
        return QSize(640, 4 * ROW_PX)

    def minimumSizeHint(self) -> QSize:
        """Return the least size, in pixels: one lane."""
        return QSize(160, ROW_PX)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Tell the state how much is seen."""
        self.state.resize(self.width(), self.height())

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Tell that the keys of the timeline act."""
        self.focus_changed.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Tell that they do not."""
        self.focus_changed.emit()

    def row_top(self, row: int) -> int:
        """Return the y of a lane's row, counted from 0."""
        return row * ROW_PX - self.state.scroll_y

    def row_at(self, y: float) -> int:
        """Return the row of a y, which may be out of the scene."""
        return int((y + self.state.scroll_y) // ROW_PX)

    def block_rect(self, block: Block) -> QRect:
        """Return where a block is drawn, with its edges."""
        row = next(k for k, lane in enumerate(self.state.scene.lanes) if block in lane.blocks)
        left, right = (self.state.scale.x_of(sample) for sample in (block.start_sample, block.end_sample))
        left, right = max(left, -10.0), min(right, self.width() + 10.0)
        return QRect(round(left) - _ROOM_PX, self.row_top(row), round(right - left) + 2 * _ROOM_PX + 2, ROW_PX)

    def show_ghost(self, ghost: QRect | None) -> None:
        """Outline the place of a block that is being drawn, or nothing."""
        for rect in (self.ghost, ghost):
            if rect is not None:
                self.update(rect.adjusted(-1, -1, 1, 1))
        self.ghost = ghost

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint what is asked for: the rows and blocks that lie in it."""
        state, clip = self.state, event.rect()
        painter = QPainter(self)
        painter.setClipRegion(event.region())
        painter.fillRect(clip, QColor(state.colours.window))
        marks = ticks(state.scale, self.width(), state.grid, state.unit)
        lines = [round(state.scale.x_of(mark.at_sample)) for mark in marks]
        heard = {lane.lane_id for lane in state.scene.heard_lanes}
        for row in range(max(0, self.row_at(clip.top())), min(self.row_at(clip.bottom()) + 1, len(state.scene.lanes))):
            self._paint_row(painter, row, clip, lines, heard)
        self._paint_over(painter, clip)
        painter.end()

    def _paint_row(self, painter: QPainter, row: int, clip: QRect, lines: list[int], heard: set[int]) -> None:
        state, colours = self.state, self.state.colours
        lane, top = state.scene.lanes[row], self.row_top(row)
        band = QRect(clip.left(), top, clip.width(), ROW_PX - 1)
        chosen = lane.lane_id == state.selection.lane_id
        painter.fillRect(band, mixed(colours.raised, colours.panel, 0.7) if chosen else QColor(colours.panel))
        painter.setPen(mixed(colours.border, colours.panel, 0.55))
        for x in lines:
            if clip.left() <= x <= clip.right():
                painter.drawLine(x, top, x, top + ROW_PX - 2)
        if lane.kind is LaneKind.FILM_SOUND and state.scene.film is not None:
            film, name = state.scene.film, state.scene.film.file.name
            self.blocks.paint_film(
                painter, state.scale, lane, film.length_samples, name, state.tracks.get(film.file.path), top, clip,
                is_heard=lane.lane_id in heard,
            )  # fmt: skip
        elif not lane.blocks:
            painter.setFont(self.blocks.font)
            painter.setPen(QColor(colours.muted))
            hint = _FILM_HINT if lane.kind is LaneKind.FILM_SOUND else _HINT
            painter.drawText(QRect(12, top, self.width(), ROW_PX), Qt.AlignmentFlag.AlignVCenter, hint)
        start, end = (state.scale.sample_at(x) for x in (clip.left() - 3, clip.right() + 4))
        found = state.index.between(lane, start, end)
        found.sort(key=lambda block: block.block_id in state.selection.blocks)
        for block in found:
            self.blocks.paint(
                painter, state.scale, lane, block, state.track_of(block), top, clip,
                is_heard=lane.lane_id in heard, is_selected=block.block_id in state.selection.blocks,
            )  # fmt: skip

    def _paint_over(self, painter: QPainter, clip: QRect) -> None:
        state, colours = self.state, self.state.colours
        end = round(state.scale.x_of(state.scene.length_samples))
        beyond = QColor(colours.window)
        beyond.setAlphaF(0.55)
        if end <= clip.right():
            painter.fillRect(QRect(max(end, clip.left()), clip.top(), clip.width(), clip.height()), beyond)
        for sample, colour, style in self._lines():
            x = round(state.scale.x_of(sample))
            if clip.left() - 2 <= x <= clip.right() + 2:
                painter.setPen(QPen(QColor(colour), 1.0, style))
                painter.drawLine(x, clip.top(), x, clip.bottom())
        if self.ghost is not None:
            painter.setPen(QPen(QColor(colours.text), 1.0, Qt.PenStyle.DashLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.ghost)

    def _lines(self) -> list[tuple[int, str, Qt.PenStyle]]:
        """Return the vertical lines: markers, the loop's ends, and the playhead over them."""
        scene, colours = self.state.scene, self.state.colours
        lines = [(at, colours.warning, Qt.PenStyle.DotLine) for at in self._apart([m.at_sample for m in scene.markers])]
        if scene.loop is not None and scene.loop.is_on:
            lines += [
                (at, colours.accent, Qt.PenStyle.DashLine) for at in (scene.loop.start_sample, scene.loop.end_sample)
            ]
        return [*lines, (self.state.playhead, colours.text, Qt.PenStyle.SolidLine)]

    def _apart(self, samples: list[int]) -> list[int]:
        """Return the sorted samples that are far enough behind the one before: too many lines would hide the blocks."""
        least = _BETWEEN_LINES_PX * self.state.scale.samples_per_px
        kept: list[int] = []
        for sample in samples:
            if not kept or sample - kept[-1] >= least:
                kept.append(sample)
        return kept

    def _update_line(self, sample: int) -> None:
        self.update(round(self.state.scale.x_of(sample)) - _ROOM_PX, 0, 2 * _ROOM_PX + 1, self.height())

    def _playhead_moved(self, old: int) -> None:
        if round(self.state.scale.x_of(old)) != round(self.state.scale.x_of(self.state.playhead)):
            self._update_line(old)
            self._update_line(self.state.playhead)

    def _scene_changed(self, old: Scene) -> None:
        self._describe()
        new = self.state.scene
        rows = [lane.lane_id for lane in new.lanes]
        if rows != [lane.lane_id for lane in old.lanes] or new.length_samples != old.length_samples:
            self.update()
            return
        was, now = old.heard_lanes, new.heard_lanes
        changes_heard = [lane.lane_id for lane in was] != [lane.lane_id for lane in now]
        for row, (before, after) in enumerate(zip(old.lanes, new.lanes, strict=True)):
            looks = (before.colour, before.blocks, before.kind) != (after.colour, after.blocks, after.kind)
            if (before is not after and looks) or changes_heard:
                self.update(0, self.row_top(row), self.width(), ROW_PX)
        if old.markers != new.markers or old.loop != new.loop:
            self.update()

    def _scale_changed(self, old: TimeScale) -> None:
        new = self.state.scale
        by = old.scroll_px - new.scroll_px
        if old.samples_per_px != new.samples_per_px or abs(by) >= self.width() or self.ghost is not None:
            self.update()
        else:
            self.scroll(by, 0)
            # Titles stand at the left edge of what is seen, and so have to move.
            self.update(0, 0, max(0, by) + MOST_TITLE_PX + _BESIDE_TITLE_PX, self.height())

    def _rows_scrolled(self, by: int) -> None:
        if abs(by) >= self.height() or self.ghost is not None:
            self.update()
        else:
            self.scroll(0, by)

    def _selection_changed(self, old: Selection) -> None:
        new = self.state.selection
        changed = {*(old.blocks ^ new.blocks)}
        lanes = {old.lane_id, new.lane_id} if old.lane_id != new.lane_id else set()
        for row, lane in enumerate(self.state.scene.lanes):
            if lane.lane_id in lanes or any(block.block_id in changed for block in lane.blocks):
                self.update(0, self.row_top(row), self.width(), ROW_PX)
        self._describe()

    def _levels_changed(self, block_ids: set[int]) -> None:
        if not block_ids:  # of the film's own sound, which has no block
            self.update()
        for lane in self.state.scene.lanes:
            for block in lane.blocks:
                if block.block_id in block_ids:
                    self.update(self.block_rect(block))

    def _describe(self) -> None:
        """Say what is selected, for screen readers."""
        state = self.state
        text = f"{len(state.selection.blocks)} blocks are selected" if len(state.selection.blocks) > 1 else ""
        current = next((block for block in state.scene.blocks() if block.block_id == state.selection.current), None)
        if not text and current is not None:
            block = current
            lane = state.scene.lane_of(block.block_id)
            made = f", {NOT_MADE}" if isinstance(block, GeneratedBlock) and block.current is None else ""
            gain = f", gain {gain_mark(block)}" if gain_mark(block) else ""
            text = (
                f"Block {block.title} in lane {lane.name}, {state.time_text(block.start_sample)} "
                f"to {state.time_text(block.end_sample)}{gain}{made}"
            )
        if text != self.accessibleDescription():
            self.setAccessibleDescription(text)
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.DescriptionChanged))
