"""Listening to another take in a block's place, for as long as the user wants, without an edit."""

from PySide6.QtCore import QObject, Signal

from app.bridge.scene_bridge import SceneBridge
from app.context import AppContext
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import SceneError
from engine.contract.scene.blocks import GeneratedBlock
from engine.contract.scene.edits.auditioning import auditioned
from engine.contract.scene.recipe import SceneTake


class Hearing(QObject):
    """One take is heard at a time. Any edit ends it; `ended` fires when it is over."""

    ended = Signal()

    def __init__(self, context: AppContext, scenes: SceneBridge) -> None:
        super().__init__(context.window)
        self._context, self._scenes = context, scenes
        self.take_id = ""
        context.editor.scene_changed.connect(lambda _scene: self.end())
        context.window.escaped.connect(self.end)

    @property
    def is_on(self) -> bool:
        """Whether another take is heard than the scene's."""
        return self.take_id != ""

    def hear(self, block: GeneratedBlock, take: SceneTake, gain_db: float = 0.0) -> None:
        """Hear a take in the place of a block; the film plays from the block's start if it does not play there."""
        try:
            scene = auditioned(self._context.editor.project.scene, block.block_id, take, gain_db)
        except SceneError as error:
            self._context.editor.refuse(str(error))
            return
        self.take_id = take.take_id
        self._scenes.audition(scene)
        self.play(block)

    def play(self, block: GeneratedBlock) -> None:
        """Play, from the block's start unless the playhead is in the block."""
        bridge = self._context.bridge
        at = round(self._context.window.transport.position_s * SAMPLE_RATE_HZ)
        if not block.start_sample <= at < block.end_sample:
            bridge.seek(block.start_sample / SAMPLE_RATE_HZ)
        if not bridge.playing:
            bridge.play()

    def end(self) -> None:
        """Hear the scene again."""
        if self.take_id:
            self.take_id = ""
            self._scenes.audition(None)
            self.ended.emit()
