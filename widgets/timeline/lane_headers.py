"""The column of lane heads, beside the lanes."""

from functools import partial

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QAction, QColor, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.contract.scene.edits.change import Edit
from engine.contract.scene.edits.lanes import arm_lane, mute_lane, set_lane_gain, solo_lane
from engine.contract.scene.lane import Lane
from widgets.timeline.geometry.hits import ROW_PX
from widgets.timeline.geometry.places import place_text
from widgets.timeline.gestures.block_commands import BlockCommands
from widgets.timeline.lane_header import HEADER_PX, LaneHeader
from widgets.timeline.selection import Selection
from widgets.timeline.state import TimelineState


class LaneHeaders(QWidget):
    """One head per lane, scrolled with the rows."""

    rename_wanted = Signal(int)
    colour_wanted = Signal(int)

    def __init__(self, state: TimelineState, blocks: BlockCommands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._blocks = blocks
        self._actions: dict[str, QAction] = {}
        self._headers: list[LaneHeader] = []
        self._gesture = 0
        self.setFixedWidth(HEADER_PX)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Lanes")
        state.scene_changed.connect(self._show)
        state.rows_scrolled.connect(self._place)
        state.selection_changed.connect(self._show_chosen)
        state.playhead_moved.connect(self._show_words)
        state.silent_changed.connect(self._show_silent)

    def minimumSizeHint(self) -> QSize:
        """Return the least size, in pixels: one lane."""
        return QSize(HEADER_PX, ROW_PX)

    def take_actions(self, actions: dict[str, QAction]) -> None:
        """Take the actions whose keys the tooltips name."""
        self._actions = actions

    def header_of(self, lane_id: int) -> LaneHeader:
        """Return the head of a lane that is in the scene."""
        return next(header for header in self._headers if header.lane_id == lane_id)

    def lane_at(self, y: float) -> int | None:
        """Return the number of the lane at a y, None below the last."""
        row = int((y + self._state.scroll_y) // ROW_PX)
        return self._state.scene.lanes[row].lane_id if 0 <= row < len(self._state.scene.lanes) else None

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the ground below the last lane."""
        painter = QPainter(self)
        painter.fillRect(event.rect(), QColor(self._state.colours.window))
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Place the heads."""
        self._place()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll the lanes."""
        self._state.scroll_rows_to(self._state.scroll_y - round(event.angleDelta().y() / 120.0 * ROW_PX))
        event.accept()

    def _show(self) -> None:
        lanes = self._state.scene.lanes
        while len(self._headers) < len(lanes):
            self._headers.append(self._new())
        while len(self._headers) > len(lanes):
            gone = self._headers.pop()
            gone.hide()
            gone.deleteLater()
        for number, (header, lane) in enumerate(zip(self._headers, lanes, strict=True), start=1):
            header.show_lane(lane, number)
        self._place()
        self._show_chosen()
        self._show_silent()

    def _show_silent(self) -> None:
        for header in self._headers:
            header.show_silent(header.lane_id in self._state.silent)

    def _new(self) -> LaneHeader:
        header = LaneHeader(self._state.colours, self._actions, self)
        header.pressed.connect(lambda lane_id: self._state.select(Selection(lane_id=lane_id)))
        header.rename_wanted.connect(self.rename_wanted)
        header.colour_wanted.connect(self.colour_wanted)
        header.mute_wanted.connect(lambda lane_id, on: self._ask(partial(mute_lane, lane_id=lane_id, mute=on)))
        header.solo_wanted.connect(lambda lane_id, on: self._ask(partial(solo_lane, lane_id=lane_id, solo=on)))
        header.arm_wanted.connect(lambda lane_id, on: self._ask(partial(arm_lane, lane_id=lane_id, armed=on)))
        header.die_wanted.connect(self._blocks.roll_die_of_lane)
        header.gain_changed.connect(self._set_gain)
        header.gain.left.connect(self.setFocus)
        header.show()
        return header

    def _set_gain(self, lane_id: int, gain_db: float, continues: bool) -> None:
        if not (continues and self._gesture):
            self._gesture = self._state.begin_gesture()
        self._ask(partial(set_lane_gain, lane_id=lane_id, gain_db=gain_db), self._gesture)

    def _ask(self, edit: Edit, gesture: int = 0) -> None:
        """Ask for an edit; if it was refused, the controls show again what is."""
        before = self._state.scene
        self._state.request(edit, gesture)
        if self._state.scene is before:
            for number, (header, lane) in enumerate(zip(self._headers, before.lanes, strict=True), start=1):
                header.show_again(lane, number)

    def _place(self) -> None:
        """Put every head at its row; those out of sight are hidden, so that Tab does not stop at them."""
        for row, header in enumerate(self._headers):
            top = row * ROW_PX - self._state.scroll_y
            header.setGeometry(0, top, self.width(), ROW_PX)
            header.setVisible(top + ROW_PX > 0 and top < self.height())

    def _show_chosen(self) -> None:
        for header in self._headers:
            header.show_selected(header.lane_id == self._state.selection.lane_id)
        self._show_words()

    def _show_words(self) -> None:
        for header, lane in zip(self._headers, self._state.scene.lanes, strict=False):
            header.show_words(self._words_of(lane), place_text(lane, self._state.playhead))

    def _words_of(self, lane: Lane) -> str:
        """Return the words of the selected block of a lane, else of the one at the playhead, else of its first."""
        state = self._state
        if lane.lane_id == state.selection.lane_id and state.selection.current is not None:
            block = next((block for block in lane.blocks if block.block_id == state.selection.current), None)
            if block is not None:
                return block.title
        here = state.index.between(lane, state.playhead, state.playhead + 1) or lane.blocks[:1]
        return here[0].title if here else ""
