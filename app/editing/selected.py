"""The lane and the block that the user has chosen, as they are now: what panels show and edit."""

from PySide6.QtCore import QObject, Signal

from app.editing.scene_editor import SceneEditor
from engine.contract.errors import SceneError
from engine.contract.scene.blocks import Block
from engine.contract.scene.lane import Lane
from widgets.timeline.selection import Selection
from widgets.timeline.timeline_view import TimelineView


class Selected(QObject):
    """`lane_changed` and `block_changed` send the chosen Lane or Block, None without one.

    They fire when another one is chosen and when the chosen one is edited.
    """

    lane_changed = Signal(object)
    block_changed = Signal(object)

    def __init__(self, editor: SceneEditor, timeline: TimelineView) -> None:
        super().__init__(timeline)
        self._editor, self._timeline = editor, timeline
        self._lane: Lane | None = None
        self._block: Block | None = None
        timeline.state.selection_changed.connect(self._look)
        timeline.state.scene_changed.connect(self._look)

    @property
    def lane(self) -> Lane | None:
        """The chosen lane; that of the chosen block, if there is one."""
        return self._lane

    @property
    def block(self) -> Block | None:
        """The chosen block; of several, the one that was chosen last."""
        return self._block

    def choose_lane(self, lane_id: int) -> None:
        """Choose a lane."""
        self._timeline.state.select(Selection(lane_id=lane_id))

    def choose_block(self, block_id: int) -> None:
        """Choose a block, and bring it into view. Raises SceneError if it is gone."""
        scene = self._editor.project.scene
        self._timeline.state.select(Selection().with_block(scene, block_id))
        self._timeline.state.show_block(scene.block(block_id))

    def _look(self, _old: object = None) -> None:
        scene, selection = self._timeline.state.scene, self._timeline.state.selection
        lane, block = None, None
        try:
            if selection.lane_id is not None:
                lane = scene.lane(selection.lane_id)
            if selection.current is not None:
                block = scene.block(selection.current)
                lane = scene.lane_of(selection.current)
        except SceneError:
            return  # the selection follows the scene in a moment
        is_other_lane, is_other_block = lane is not self._lane, block is not self._block
        self._lane, self._block = lane, block
        if is_other_lane:
            self.lane_changed.emit(lane)
        if is_other_block:
            self.block_changed.emit(block)
