"""The gain of the selected blocks, beside their words."""

from functools import partial

from PySide6.QtCore import QObject, Qt

from app.context import AppContext
from engine.contract.scene.edits.blocks import set_block_gains
from widgets.timeline.gestures.quick_steps import QuickSteps
from widgets.timeline.gestures.requests import EditRequest


class BlockGain(QObject):
    """Shows the gain of the block that was selected last; a change is one of all that are selected."""

    def __init__(self, context: AppContext) -> None:
        super().__init__(context.window)
        self._editor, self._selected, self._panel = context.editor, context.selected, context.window.block
        self._timeline = context.window.timeline
        self._steps = QuickSteps(context.editor.begin_gesture)
        self._panel.gain_wanted.connect(self._set)
        self._panel.gain.left.connect(context.window.focus_timeline)
        self._timeline.block_gain_wanted.connect(self._type)
        self._timeline.state.selection_changed.connect(self._show)
        context.selected.block_changed.connect(self._show)
        self._show()

    def _set(self, gain_db: float) -> None:
        block, chosen = self._selected.block, self._timeline.state.selection.blocks
        if block is not None:
            gesture = self._steps.gesture_of((block.block_id, chosen))
            edit = partial(set_block_gains, block_ids=chosen, block_id=block.block_id, gain_db=gain_db)
            self._editor.make(EditRequest(edit, gesture))
        self._show()  # also what was refused

    def _show(self, _changed: object = None) -> None:
        block = self._selected.block
        self._panel.show_gain(None if block is None else block.gain_db, len(self._timeline.state.selection.blocks))

    def _type(self) -> None:
        self._panel.gain.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._panel.gain.selectAll()
