"""Typing on the timeline: words of blocks, names of blocks, lanes and markers, in a field at their place."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Final

from PySide6.QtCore import QObject, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QIcon, QKeyEvent, QPixmap
from PySide6.QtWidgets import QLineEdit, QMenu, QWidget

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.scene.blocks import Block, GeneratedBlock
from engine.contract.scene.checks import LONGEST_NAME, LONGEST_WORDS
from engine.contract.scene.edits.blocks import add_generated, rename_block
from engine.contract.scene.edits.lanes import recolour_lane, rename_lane
from engine.contract.scene.edits.whole import rename_marker
from engine.contract.scene.edits.words import put_cue, remove_cue, set_words
from engine.contract.scene.lane import COLOURS
from engine.contract.scene.recipe import Cue, PromptSlot, Recipe
from engine.contract.scene.scene import Marker
from widgets.parts.text_keys import TextKeys
from widgets.timeline.geometry.hits import BLOCK_TOP_PX
from widgets.timeline.gestures.block_commands import NOTHING_HERE, BlockCommands
from widgets.timeline.gestures.scene_commands import SceneCommands
from widgets.timeline.lane_gestures import USUAL_BLOCK_SAMPLES, LaneGestures
from widgets.timeline.lane_headers import LaneHeaders
from widgets.timeline.ruler import Ruler
from widgets.timeline.state import TimelineState

_FIELD_PX: Final = 30
_LEAST_WIDTH_PX: Final = 220
_BESIDE_TEXT_PX: Final = 30
_RAMP_SAMPLES: Final = SAMPLE_RATE_HZ // 2
"""How long the words of a new change fade over from those before."""
_SAME_SAMPLES: Final = SAMPLE_RATE_HZ // 10
"""A change of words that is this near to the playhead is edited, not another one added."""
_SWATCH_PX: Final = 16


class InlineField(QLineEdit):
    """A field over what it names. Enter and leaving it take the text over, Esc does not."""

    def __init__(
        self, parent: QWidget, place: QRect, text: str, what: str, take: Callable[[str], None], longest: int
    ) -> None:
        super().__init__(parent)
        self.setMaxLength(longest)  # first: it would end the selection
        self.setText(text)
        self._before, self._take, self._after = text, take, parent
        TextKeys(self)
        self.setAccessibleName(what)
        self.setPlaceholderText(what)
        self.setToolTip(f"{what}; Enter takes it over, Esc does not")
        self.setTextMargins(-6, -4, -6, -4)
        needed = self.fontMetrics().horizontalAdvance(text) + _BESIDE_TEXT_PX
        width = min(max(place.width(), needed, _LEAST_WIDTH_PX), parent.width())
        left = max(0, min(place.left(), parent.width() - width))
        top = max(0, min(place.top(), parent.height() - _FIELD_PX))
        self.setGeometry(left, top, width, min(_FIELD_PX, parent.height()))
        self.selectAll()
        self.show()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take the text over, or leave it."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._finish(True)
        elif event.key() == Qt.Key.Key_Escape:
            self._finish(False)
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take over what was typed: nothing is lost by a click elsewhere."""
        super().focusOutEvent(event)
        if event.reason() is not Qt.FocusReason.PopupFocusReason:
            self._finish(True)

    def _finish(self, takes: bool) -> None:
        take, self._take = self._take, _nothing
        if take is _nothing:
            return
        had_keyboard = self.hasFocus()
        self.hide()
        self.deleteLater()
        if had_keyboard:
            (self._after.focusProxy() or self._after).setFocus(Qt.FocusReason.OtherFocusReason)
        if takes and self.text() != self._before:
            take(self.text())


class Typing(QObject):
    """Opens fields, and asks for the edits that they mean."""

    first_lane_wanted = Signal()

    def __init__(
        self, state: TimelineState, area: LaneGestures, headers: LaneHeaders, ruler: Ruler,
        blocks: BlockCommands, scene: SceneCommands,
    ) -> None:  # fmt: skip
        super().__init__(area)
        self._state, self._area, self._headers, self._ruler = state, area, headers, ruler
        self._blocks, self._scene = blocks, scene
        self.field: InlineField | None = None
        area.words_wanted.connect(self.type_new)
        area.edit_wanted.connect(self.edit)
        ruler.marker_name_wanted.connect(self.rename_marker)
        headers.rename_wanted.connect(self.rename_lane)
        headers.colour_wanted.connect(self.colour_lane)

    def add_lane(self) -> None:
        """Add a lane and type its name; the owner makes the first one."""
        if not self._state.scene.lanes:
            self.first_lane_wanted.emit()
            return
        before = self._state.selection.lane_id
        self._scene.add_lane()
        lane_id = self._state.selection.lane_id
        if lane_id is not None and lane_id != before:
            self.rename_lane(lane_id)

    def add_block(self) -> None:
        """Type the words of a new block at the playhead, in the selected lane; without a lane, ask for the first."""
        if not self._state.scene.lanes:
            self.first_lane_wanted.emit()
            return
        lane = self._scene.lane()
        if lane is not None:
            left = self._state.scene.length_samples - self._state.playhead
            length = min(USUAL_BLOCK_SAMPLES, left) if left >= SAMPLE_RATE_HZ else USUAL_BLOCK_SAMPLES
            self.type_new(lane.lane_id, self._state.playhead, length)

    def type_new(self, lane_id: int, start_sample: int, length_samples: int) -> None:
        """Type the words of a new block. With a film it follows the film, as live sound does."""
        state = self._state
        row = [lane.lane_id for lane in state.scene.lanes].index(lane_id)
        left, right = (round(state.scale.x_of(at)) for at in (start_sample, start_sample + length_samples))
        place = QRect(left, self._area.row_top(row) + BLOCK_TOP_PX, right - left, _FIELD_PX)

        def take(text: str) -> None:
            follows = start_sample if state.scene.film is not None else None
            state.request(
                lambda scene: add_generated(
                    scene,
                    lane_id,
                    Recipe.of(text, scene.next_id, film_sample=follows),  # its own seed: the same words differ
                    start_sample,
                    length_samples,
                ),
                selects_new=True,
            )

        self._open(self._area, place, "", "What should be heard?", LONGEST_WORDS, take)

    def edit_block(self) -> None:
        """Type the words of the selected block, or a recording's name."""
        block = self._blocks.words_at_playhead()
        if block is None:
            self._state.refused.emit(NOTHING_HERE)
        else:
            self.edit(block)

    def edit(self, block: Block) -> None:
        """Type the words of a block, or a recording's name. Of several prompts, the first is typed."""
        if not isinstance(block, GeneratedBlock):
            self._rename_block(block)
            return
        slots = block.recipe.cues[0].slots or (PromptSlot(""),)

        def take(text: str) -> None:
            self._state.request(
                lambda scene: set_words(scene, block.block_id, [PromptSlot(text, slots[0].weight), *slots[1:]])
            )

        self._open(self._area, self._place_of(block), slots[0].text, "What should be heard?", LONGEST_WORDS, take)

    def change_words(self) -> None:
        """Type the words of a block from the playhead on; emptied, words that change there change no more."""
        block, at = self._blocks.words_at_playhead(), self._state.playhead
        if not isinstance(block, GeneratedBlock) or not block.start_sample < at < block.end_sample:
            self._state.refused.emit("The words change inside a block that the model makes: put the playhead there.")
            return
        after = at - block.start_sample + block.before_samples
        cues = block.recipe.cues
        index = next((k for k, cue in enumerate(cues) if k and abs(cue.after_samples - after) < _SAME_SAMPLES), 0)
        cue = cues[index] if index else Cue((), after, min(_RAMP_SAMPLES, block.end_sample - at))

        def take(text: str) -> None:
            if text.strip():
                self._state.request(
                    lambda scene: put_cue(scene, block.block_id, replace(cue, slots=(PromptSlot(text), *cue.slots[1:])))
                )
            elif index:
                self._state.request(partial(remove_cue, block_id=block.block_id, index=index))

        place = self._place_of(block)
        place.setLeft(max(place.left(), round(self._state.scale.x_of(at))))
        text = cue.slots[0].text if cue.slots else ""
        self._open(self._area, place, text, "What should be heard from here on?", LONGEST_WORDS, take)

    def rename(self) -> None:
        """Type the name of the selected marker, block or lane."""
        selection, scene = self._state.selection, self._state.scene
        if selection.marker_id is not None:
            self.rename_marker(next(m for m in scene.markers if m.marker_id == selection.marker_id))
        elif selection.current is not None:
            self._rename_block(scene.block(selection.current))
        elif (lane := self._scene.lane()) is not None:
            self.rename_lane(lane.lane_id)

    def rename_lane(self, lane_id: int) -> None:
        """Type the name of a lane."""
        name = self._state.scene.lane(lane_id).name
        header = self._headers.header_of(lane_id)
        place = header.name_rect().translated(header.pos())
        self._open(
            self._headers, place, name, "Name of the lane", LONGEST_NAME,
            lambda text: self._state.request(partial(rename_lane, lane_id=lane_id, name=text)),
        )  # fmt: skip

    def rename_marker(self, marker: Marker) -> None:
        """Type the name of a marker."""
        place = self._ruler.marker_rect(marker).adjusted(0, -6, 0, 6)
        self._open(
            self._ruler, place, marker.name, "Name of the marker", LONGEST_NAME,
            lambda text: self._state.request(partial(rename_marker, marker_id=marker.marker_id, name=text)),
        )  # fmt: skip

    def choose_colour(self) -> None:
        """Offer colours for the selected lane."""
        lane = self._scene.lane()
        if lane is not None:
            self.colour_lane(lane.lane_id)

    def colour_lane(self, lane_id: int) -> None:
        """Offer colours for a lane."""
        menu = QMenu(self._headers)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for number, colour in enumerate(COLOURS, start=1):
            picture = QPixmap(_SWATCH_PX, _SWATCH_PX)
            picture.fill(QColor(colour))
            action = menu.addAction(QIcon(picture), f"Colour &{number}")
            action.triggered.connect(
                lambda _on=False, chosen=colour: self._state.request(
                    partial(recolour_lane, lane_id=lane_id, colour=chosen)
                )
            )
        header = self._headers.header_of(lane_id)
        menu.popup(header.mapToGlobal(header.swatch.geometry().bottomLeft() + QPoint(0, 2)))

    def _rename_block(self, block: Block) -> None:
        self._open(
            self._area, self._place_of(block), block.name, "Name of the block", LONGEST_NAME,
            lambda text: self._state.request(partial(rename_block, block_id=block.block_id, name=text)),
        )  # fmt: skip

    def _place_of(self, block: Block) -> QRect:
        self._state.show_block(block)
        return self._area.block_rect(block).adjusted(0, BLOCK_TOP_PX, 0, 0)

    def _open(
        self, parent: QWidget, place: QRect, text: str, what: str, longest: int, take: Callable[[str], None]
    ) -> None:
        self.field = InlineField(parent, place, text, what, take, longest)


def _nothing(_text: str) -> None:
    """Do nothing."""
