"""The scene that is heard and made, as Qt signals.

Threads: lives in the GUI thread, and no call waits, except `close`.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.bridge.patch_source import ModelSource
from app.bridge.session_bridge import SessionBridge
from app.bridge.take_making import TakeMaking
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import EngineError
from engine.contract.making import Playhead
from engine.contract.scene.recipe import Recipe
from engine.contract.scene.scene import Scene
from engine.runtime.making.messages import MakingProgress

if TYPE_CHECKING:
    from engine.runtime.making.maker import TakeMaker


class SceneBridge(QObject):
    """Lets the engine play the project's scene, and makes its missing takes ahead of the playhead.

    With a scene that has no block, playback is the live stream. Both repeat the scene's range. The process that makes
    takes is started in the background when something is missing.

    `progress` is a MakingProgress: how much of blocks is made. `take_finished` is a TakeFinished: the owner of the
    project does `project.amend(message.edit)`. `candidates` is a CandidatesProgress, `not_made` a NotMade. `missing`
    is a tuple of the ids of lanes that are silent now because their sound is not there in time, empty if none is.
    `track` is a SoundPeaks: the level of a take or recording for the timeline.
    """

    progress = Signal(object)
    take_finished = Signal(object)
    candidates = Signal(object)
    not_made = Signal(object)
    missing = Signal(object)
    track = Signal(object)

    def __init__(
        self,
        bridge: SessionBridge,
        model: ModelSource,
        parent: QObject | None = None,
        make_maker: "Callable[[], TakeMaker] | None" = None,
    ) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._scene: Scene | None = None
        self._auditioned: Scene | None = None
        self._folder: Path | None = None
        self._position_s = 0.0

        def start() -> "TakeMaker":
            from engine.runtime.making.maker import TakeMaker

            return TakeMaker(model)

        self._making = TakeMaking(make_maker or start, self)
        self._making.progress.connect(self._pass_progress_on)
        self._making.take_finished.connect(self.take_finished)
        self._making.candidates.connect(self.candidates)
        self._making.not_made.connect(self.not_made)
        bridge.silent_lanes.connect(lambda news: self.missing.emit(news.lane_ids))
        bridge.sound_peaks.connect(self.track)
        bridge.position.connect(self._follow)
        bridge.playing_changed.connect(lambda _playing: self._follow(self._position_s))
        bridge.started.connect(self._engine_started)

    def play_scene(self, scene: Scene | None, takes_folder: Path | None) -> None:
        """Hear a scene and make its takes from now on; call it after every edit. None is the live stream.

        Without a folder for takes, nothing is made.
        """
        if takes_folder != self._folder:
            self._auditioned = None
        self._scene, self._folder = scene, takes_folder
        if takes_folder is not None:
            self._making.make(Scene() if scene is None else scene, takes_folder)
        self._hear()

    def audition(self, scene: Scene | None) -> None:
        """Hear another scene instead of the project's, until None: to compare takes. Nothing is made for it."""
        self._auditioned = scene
        self._hear()

    def make_candidates(self, recipe: Recipe, seeds: tuple[int, ...], patches: int) -> int:
        """Make takes of a recipe with other seeds, `patches` each; returns the number of the request.

        An earlier request that is not finished is dropped.
        """
        return self._making.make_candidates(recipe, seeds, patches)

    def cancel_candidates(self, request: int) -> None:
        """Stop making candidates."""
        self._making.cancel_candidates(request)

    def ask_to_end(self) -> None:
        """Ask the process that makes takes to end, without waiting; `close` then takes less time."""
        self._making.ask_to_end()

    def close(self) -> None:
        """End everything that was started here, within about 2 s. May be called twice."""
        self._making.close()

    def _follow(self, position_s: float) -> None:
        self._position_s = position_s
        self._making.follow(Playhead(round(position_s * SAMPLE_RATE_HZ), self._bridge.playing))

    def _hear(self) -> None:
        scene = self._scene if self._auditioned is None else self._auditioned
        session = self._bridge.session
        if session is not None:
            try:
                session.play_scene(scene, self._folder or Path())
            except EngineError as error:
                self._bridge.fail(error)

    def _pass_progress_on(self, progress: MakingProgress) -> None:
        session = self._bridge.session
        if session is not None:
            session.note_under_way({block.block_id: block.take_id for block in progress.blocks})
        self.progress.emit(progress)

    def _engine_started(self) -> None:
        self._making.try_again()
        if self._scene is not None or self._auditioned is not None:
            self._hear()
