"""The scene goes to the engine; what the engine makes of it comes back: takes, levels, lanes that are silent."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from PySide6.QtCore import QObject

from app.bridge.scene_bridge import SceneBridge
from app.context import AppContext
from app.project.open_project import OpenProject
from engine.contract.conventions import PATCH_SAMPLES
from engine.contract.errors import SceneError
from engine.contract.making import BlockProgress, SoundPeaks
from engine.contract.scene.blocks import GeneratedBlock
from engine.contract.scene.scene import Scene
from engine.contract.telemetry import EngineNotice
from engine.runtime.making.messages import MakingProgress, NotMade, TakeFinished
from widgets.timeline.levels import LevelTrack

_SILENT: Final = "silent lanes"
_NOT_MADE: Final = "not made"


class Making(QObject):
    """Connects the open project with the engine that plays and makes it."""

    def __init__(self, context: AppContext, scenes: SceneBridge) -> None:
        super().__init__(context.window)
        self._context, self._scenes = context, scenes
        self._editor, self._timeline = context.editor, context.window.timeline
        self._progress: dict[int, BlockProgress] = {}
        self._not_made_why: dict[int | None, str] = {}
        self._editor.scene_sounds.connect(self._play)
        self._editor.scene_changed.connect(self._forget_gone)
        self._editor.project_changed.connect(self._play_project)
        scenes.take_finished.connect(self._take_finished)
        scenes.progress.connect(self._show_progress)
        scenes.track.connect(self._show_track)
        scenes.missing.connect(self._show_missing)
        scenes.not_made.connect(self._not_made)

    def _play_project(self, _project: OpenProject) -> None:
        self._progress.clear()
        for block_id in list(self._not_made_why):
            self._say_not_made(block_id, "")
        self._play(self._editor.project.scene)
        self._forget_gone(self._editor.project.scene)

    def _play(self, scene: Scene) -> None:
        self._scenes.play_scene(scene, self._editor.project.takes_folder)

    def _take_finished(self, message: TakeFinished) -> None:
        self._editor.project.amend(message.edit)
        self._say_not_made(message.block_id, "")

    def _show_progress(self, message: MakingProgress) -> None:
        scene = self._editor.project.scene
        for progress in message.blocks:
            self._progress[progress.block_id] = progress
            self._show_growing(scene, progress)
        words = self._context.window.block
        block = self._context.selected.block
        mine = None if block is None else self._progress.get(block.block_id)
        words.say(_in_words(mine, message.working_on))

    def _show_growing(self, scene: Scene, progress: BlockProgress) -> None:
        """Show how far a block is that has no take in the scene yet."""
        try:
            block = scene.block(progress.block_id)
        except SceneError:
            return
        if not isinstance(block, GeneratedBlock):
            return
        made = progress.made_until(block) - block.start_sample
        if block.current is not None or made <= 0:
            self._timeline.set_growing(block.block_id, None)
            return
        known = self._timeline.state.tracks.get(progress.take_id)
        if known is None:
            patches = -(-made // PATCH_SAMPLES)
            track = LevelTrack(np.zeros(patches, np.float32), made // patches)
        else:
            first = block.before_samples // known.hop_samples
            track = LevelTrack(known.peaks[first:], known.hop_samples)
        self._timeline.set_growing(block.block_id, track)

    def _show_track(self, peaks: SoundPeaks) -> None:
        self._timeline.set_track(peaks.source, LevelTrack(peaks.peaks, peaks.hop_samples))
        scene = self._editor.project.scene
        for progress in self._progress.values():
            if progress.take_id == peaks.source and not progress.is_made:
                self._show_growing(scene, progress)

    def _show_missing(self, lane_ids: Sequence[int]) -> None:
        """Say which lanes are silent because their sound is not there in time."""
        scene = self._editor.project.scene
        names = [lane.name for lane in scene.lanes if lane.lane_id in lane_ids]
        self._timeline.set_silent(frozenset(lane_ids))
        text = ""
        if names:
            them = f"'{names[0]}' is" if len(names) == 1 else f"{len(names)} lanes are"
            text = f"{them} silent here until the sound is made."
        self._context.bridge.notice(EngineNotice(text, topic=_SILENT, lasts=True))

    def _not_made(self, message: NotMade) -> None:
        if message.request is None:
            self._say_not_made(message.block_id, message.message, message.detail)

    def _say_not_made(self, block_id: int | None, sentence: str, detail: str = "") -> None:
        """Say why a block is not made, once for all blocks with the same reason; "" if it is."""
        before = set(self._not_made_why.values())
        self._not_made_why.pop(block_id, None)
        if sentence:
            self._not_made_why[block_id] = sentence
        now = set(self._not_made_why.values())
        for said in before - now:
            self._context.bridge.notice(EngineNotice("", topic=f"{_NOT_MADE}: {said}"))
        for new in now - before:
            self._context.bridge.notice(EngineNotice(new, detail, topic=f"{_NOT_MADE}: {new}", lasts=True))

    def _forget_gone(self, scene: Scene) -> None:
        there = {block.block_id for block in scene.blocks()}
        for block_id in [block_id for block_id in self._progress if block_id not in there]:
            del self._progress[block_id]
        for block_id in [block_id for block_id in self._not_made_why if block_id is not None and block_id not in there]:
            self._say_not_made(block_id, "")
        for block in scene.blocks():
            if isinstance(block, GeneratedBlock) and block.current is not None:
                self._timeline.set_growing(block.block_id, None)


def _in_words(progress: BlockProgress | None, working_on: int | None) -> str:
    """Return how far the selected block is."""
    if progress is None or progress.wanted == 0:
        return ""
    if progress.is_made:
        return "Made"
    percent = 100 * progress.made // progress.wanted
    return f"Being made: {percent} %" if progress.block_id == working_on else f"{percent} % made, waits for its turn"
