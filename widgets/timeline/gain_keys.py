"""Puts the keyboard on gains: of the selected lane, of the selected blocks, of the whole mix."""

from PySide6.QtCore import QObject, Qt, Signal

from widgets.parts.gain_field import GainField
from widgets.timeline.gestures.block_commands import BlockCommands
from widgets.timeline.gestures.scene_commands import SceneCommands
from widgets.timeline.lane_headers import LaneHeaders
from widgets.timeline.master_gain import MasterGain


class GainKeys(QObject):
    """`reveal_wanted`: the timeline gets the keyboard and has to be seen.

    `block_wanted`: the gain of the selected blocks, which is beside their words, gets the keyboard.
    """

    reveal_wanted = Signal()
    block_wanted = Signal()

    def __init__(self, blocks: BlockCommands, scene: SceneCommands, headers: LaneHeaders, master: MasterGain) -> None:
        super().__init__(headers)
        self._blocks, self._scene, self._headers, self._master = blocks, scene, headers, master

    def type_lane(self) -> None:
        """Type the gain of the selected lane."""
        lane = self._scene.lane()
        if lane is not None:
            _type_in(self._headers.header_of(lane.lane_id).gain)

    def type_block(self) -> None:
        """Type the gain of the selected blocks; without any, those at the playhead are selected."""
        if self._blocks.select_targets():
            self.block_wanted.emit()

    def type_master(self) -> None:
        """Type the gain of the whole mix."""
        self.reveal_wanted.emit()
        _type_in(self._master.field)

    def reset_master(self) -> None:
        """Set the gain of the whole mix to 0 dB."""
        self._master.ask_for(0.0)


def _type_in(field: GainField) -> None:
    field.setFocus(Qt.FocusReason.ShortcutFocusReason)
    field.selectAll()
