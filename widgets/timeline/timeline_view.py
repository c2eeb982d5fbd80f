"""The timeline: buttons, ruler, lane heads and lanes, which draw one scene and ask for edits of it."""

import random
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontDatabase, QPainter, QPaintEvent, QRegion
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QMenu, QScrollBar, QToolButton, QVBoxLayout, QWidget

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.scene.recipe import HIGHEST_SEED
from engine.contract.scene.scene import Scene
from widgets.parts.focus_ring import paint_focus_ring
from widgets.parts.theme import COLOURS, Colours
from widgets.timeline.commands import actions_for, command_list
from widgets.timeline.empty_lanes import EmptyLanes
from widgets.timeline.gain_keys import GainKeys
from widgets.timeline.geometry.ticks import plain_time_text
from widgets.timeline.gestures.block_commands import BlockCommands
from widgets.timeline.gestures.scene_commands import SceneCommands
from widgets.timeline.lane_gestures import LaneGestures
from widgets.timeline.lane_header import HEADER_PX
from widgets.timeline.lane_headers import LaneHeaders
from widgets.timeline.levels import LevelTrack
from widgets.timeline.master_gain import MasterGain
from widgets.timeline.ruler import RULER_PX, Ruler
from widgets.timeline.selection import Selection
from widgets.timeline.state import TimelineState, seconds_of
from widgets.timeline.typing_in import Typing

_RING_PX: Final = 3
_BUTTONS: Final = (
    "add_lane", "add_block", "", "split", "duplicate", "delete", "die", "", "snap", "", "add_marker", "loop_in",
    "loop_out", "", "zoom_out", "fit", "zoom_in",
)  # fmt: skip
_BLOCK_MENU: Final = (
    "edit", "words_here", "rename", "block_gain", "die", "", "split", "duplicate", "delete", "", "trim_start",
    "trim_end", "bed", "fade_in", "fade_out", "", "zoom_to",
)  # fmt: skip
_FREE_MENU: Final = (
    "add_block", "add_lane", "film_sound", "", "select_all", "", "add_marker", "loop_in", "loop_out", "toggle_loop",
    "remove_loop", "", "unit", "fit",
)  # fmt: skip
_LANE_MENU: Final = (
    "rename",
    "colour",
    "gain",
    "mute",
    "solo",
    "arm",
    "lock",
    "",
    "lane_up",
    "lane_down",
    "",
    "remove_lane",
)


class TimelineView(QWidget):
    """Draws a scene and never changes it.

    `edit_requested` sends an EditRequest, which the owner makes or refuses; `refused` sends a sentence for the notice
    bar. `seek_requested` and `previewed` send seconds: a seek, and where the ruler is dragged meanwhile.
    `left`: Esc was pressed with nothing to give up. `first_lane_wanted`: a lane is added to a scene without any.
    `reveal_wanted`: it is to be seen. `block_gain_wanted`: the user wants to type the gain of the selected blocks.
    `begin_gesture` returns a number for a drag that no other has; `roll` a seed.
    """

    edit_requested = Signal(object)
    refused = Signal(str)
    seek_requested = Signal(float)
    previewed = Signal(float)
    left = Signal()
    first_lane_wanted = Signal()
    reveal_wanted = Signal()
    block_gain_wanted = Signal()

    def __init__(
        self,
        begin_gesture: Callable[[], int],
        parent: QWidget | None = None,
        *,
        colours: Colours = COLOURS,
        roll: Callable[[], int] = lambda: random.randint(0, HIGHEST_SEED),
    ) -> None:
        super().__init__(parent)
        self.setAutoFillBackground(True)
        state = self.state = TimelineState(begin_gesture, colours)
        state.setParent(self)
        blocks, scene = BlockCommands(state, roll), SceneCommands(state)
        self.area = LaneGestures(state)
        self.ruler = Ruler(state)
        self.headers = LaneHeaders(state, blocks)
        self.typing = Typing(state, self.area, self.headers, self.ruler, blocks, scene)
        self.master = MasterGain(state)
        self.gains = GainKeys(blocks, scene, self.headers, self.master)
        self.actions_by_name = actions_for(
            self.area, command_list(state, blocks, scene, self.typing, self.gains, self._cancel), state
        )
        self.headers.take_actions(self.actions_by_name)
        self.master.take_action(self.actions_by_name["master"])
        self.empty = EmptyLanes(self.actions_by_name["add_lane"], self.area)
        self.ruler.setFocusProxy(self.area)
        self.headers.setFocusProxy(self.area)
        self.time = _button()
        self.time.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.across, self.down = QScrollBar(Qt.Orientation.Horizontal), QScrollBar(Qt.Orientation.Vertical)
        self._build_layout()
        self._connect()
        self._show_time()
        state.fit(0, state.end_sample)  # an empty scene is shown as a whole, too

    def set_scene(self, scene: Scene) -> None:
        """Draw a scene. The first one is shown to its end; a recording may reach beyond, in silence."""
        is_first = self.state.scene.lanes == () and scene.lanes != ()
        self.state.set_scene(scene)
        self.empty.show_for(scene)
        if is_first:
            self.state.fit(0, scene.length_samples or self.state.end_sample)
        self._fit_bars()

    def set_rate(self, fps: float | None) -> None:
        """Take the frames per second of the film; None: it has none, and times are minutes and seconds."""
        self.state.set_rate(fps)

    def seconds_at(self, x: float) -> float:
        """Return the film time in seconds at an x of the lanes."""
        return max(0.0, seconds_of(self.state.scale.sample_at(x)))

    def set_position(self, position_s: float) -> None:
        """Show a film time in seconds; while the ruler is dragged, it stays in the hand."""
        if not self.ruler.seeks:
            self.state.set_playhead(round(position_s * SAMPLE_RATE_HZ))

    def set_track(self, source: str, track: LevelTrack) -> None:
        """Take the level track of a take, by its id, or of a recording, by its path."""
        self.state.set_track(source, track)

    def set_silent(self, lane_ids: frozenset[int]) -> None:
        """Show which lanes are silent now because their sound is not made in time."""
        self.state.set_silent(lane_ids)

    def set_growing(self, block_id: int, track: LevelTrack | None) -> None:
        """Take the level of what is made so far of a block that has no take yet; None: nothing is."""
        self.state.set_growing(block_id, track)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the focus ring round ruler and lanes."""
        if self.area.hasFocus():
            painter = QPainter(self)
            paint_focus_ring(painter, self._ring(), self.state.colours)
            painter.end()

    def _build_layout(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(4)
        for name in _BUTTONS:
            if not name:
                buttons.addSpacing(8)
                continue
            button, action = _button(), self.actions_by_name[name]
            button.setDefaultAction(action)
            button.setAccessibleName(action.text())
            button.setAccessibleDescription(action.statusTip())
            buttons.addWidget(button)
        buttons.addWidget(self.master, 1)
        heads = QVBoxLayout()
        heads.setContentsMargins(0, _RING_PX, 0, _RING_PX)
        heads.setSpacing(0)
        self.time.setFixedSize(HEADER_PX - 8, RULER_PX - 8)
        heads.addSpacing(4)
        heads.addWidget(self.time)
        heads.addSpacing(4)
        heads.addWidget(self.headers, 1)
        rows = QVBoxLayout()
        rows.setContentsMargins(_RING_PX, _RING_PX, _RING_PX, _RING_PX)
        rows.setSpacing(0)
        rows.addWidget(self.ruler)
        rows.addWidget(self.area, 1)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(2)
        grid.addLayout(buttons, 0, 0, 1, 3)
        grid.addLayout(heads, 1, 0)
        grid.addLayout(rows, 1, 1)
        grid.addWidget(self.down, 1, 2)
        grid.addWidget(self.across, 2, 1)
        grid.setColumnStretch(1, 1)

    def _connect(self) -> None:
        state = self.state
        state.edit_requested.connect(self.edit_requested)
        state.refused.connect(self.refused)
        self.typing.first_lane_wanted.connect(self.first_lane_wanted)
        self.gains.reveal_wanted.connect(self.reveal_wanted)
        self.gains.block_wanted.connect(self.block_gain_wanted)
        self.master.field.left.connect(self.area.setFocus)
        state.seek_requested.connect(lambda sample: self.seek_requested.emit(seconds_of(sample)))
        state.previewed.connect(lambda sample: self.previewed.emit(seconds_of(sample)))
        state.playhead_moved.connect(self._show_time)
        state.unit_changed.connect(self._show_time)
        state.scale_changed.connect(self._fit_bars)
        state.rows_scrolled.connect(self._fit_bars)
        state.sized.connect(self._fit_bars)
        self.across.valueChanged.connect(lambda x: state.set_scale(state.scale.scrolled_to(x)))
        self.down.valueChanged.connect(state.scroll_rows_to)
        self.setTabOrder(self.time, self.area)  # before the heads, which have many controls
        self.time.clicked.connect(self.actions_by_name["unit"].trigger)
        self.area.focus_changed.connect(self._paint_ring_again)
        self.area.customContextMenuRequested.connect(self._open_area_menu)
        self.headers.customContextMenuRequested.connect(self._open_lane_menu)
        for part in (self.area, self.headers):
            part.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        for bar, name in ((self.across, "Scroll in time"), (self.down, "Scroll the lanes")):
            bar.setAccessibleName(name)
            bar.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def _fit_bars(self) -> None:
        """Let the scroll bars show what the state shows."""
        state = self.state
        rows = state.most_row_scroll()
        for bar, most, page, value in (
            (self.across, state.most_scroll(state.scale), state.view_width, state.scale.scroll_px),
            (self.down, rows, state.view_height, state.scroll_y),
        ):
            bar.blockSignals(True)
            bar.setRange(0, most)
            bar.setPageStep(page)
            bar.setSingleStep(60)
            bar.setValue(value)
            bar.blockSignals(False)

    def _show_time(self) -> None:
        state = self.state
        if state.grid is None:
            text, what = plain_time_text(state.playhead), "Time"
        else:
            text = f"{state.grid.timecode(state.playhead)}  frame {state.grid.frame_at(state.playhead):,}"
            what = "Timecode and frame"
        if text != self.time.text():
            self.time.setText(text)
        if what != self.time.accessibleName():
            self.time.setAccessibleName(what)
            self.time.setToolTip(f"{what} of the playhead; click to count the other on the ruler (U)")

    def _open_area_menu(self, point: QPoint) -> None:
        self._open_menu(self.area, point, _FREE_MENU if self.area.hit_at(point) is None else _BLOCK_MENU)

    def _open_lane_menu(self, point: QPoint) -> None:
        lane_id = self.headers.lane_at(point.y())
        if lane_id is not None:
            self.state.select(Selection(lane_id=lane_id))
            self._open_menu(self.headers, point, _LANE_MENU)

    def _open_menu(self, over: QWidget, point: QPoint, names: tuple[str, ...]) -> None:
        menu = QMenu(over)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for name in names:
            if name:
                menu.addAction(self.actions_by_name[name])
            else:
                menu.addSeparator()
        menu.popup(over.mapToGlobal(point))

    def _cancel(self) -> None:
        """Give up a drag; without one select nothing; without a selection leave the key to the window."""
        if self.area.cancel() or self.ruler.cancel():
            return
        if self.state.selection.blocks or self.state.selection.marker_id is not None:
            self.state.select(Selection(lane_id=self.state.selection.lane_id))
        else:
            self.left.emit()

    def _paint_ring_again(self) -> None:
        self.update(QRegion(self._ring()) - QRegion(self._inside()))

    def _ring(self) -> QRect:
        return self._inside().adjusted(-_RING_PX, -_RING_PX, _RING_PX, _RING_PX)

    def _inside(self) -> QRect:
        return self.ruler.geometry().united(self.area.geometry())


def _button() -> QToolButton:
    button = QToolButton()
    button.setIconSize(QSize(18, 18))
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keyboard with the lanes
    return button
