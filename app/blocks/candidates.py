"""Candidates, "Give me 6": other takes of a block are made, ranked, heard and chosen.

Threads: lives in the GUI thread; the ranking runs in a background task that asks a child process.
"""

from functools import partial

from PySide6.QtCore import QObject

from app.blocks.hearing import Hearing
from app.blocks.takes import Takes
from app.bridge.background_task import BackgroundTask
from app.bridge.scene_bridge import SceneBridge
from app.candidates.ranking import ranked_takes
from app.candidates.seeds import other_seeds
from app.context import AppContext
from engine.contract.errors import SceneError
from engine.contract.making import RankedTake
from engine.contract.scene.blocks import GeneratedBlock
from engine.contract.scene.edits.change import generated_block
from engine.contract.scene.edits.takes import add_take, choose_take
from engine.contract.scene.recipe import SceneTake
from engine.rendering.blocks.requests import patches_of
from engine.runtime.making.messages import CandidatesProgress, NotMade
from widgets.panels.candidate_dialog import Candidate, CandidateDialog
from widgets.timeline.gestures.requests import EditRequest

_RANKED = "The best first. Listen with the keys 1 to 9; 0 is the sound as it is."


class Candidates(QObject):
    """One request at a time. What was made stays on disk for a day, also if none is chosen."""

    def __init__(self, context: AppContext, scenes: SceneBridge, takes: Takes, hearing: Hearing) -> None:
        super().__init__(context.window)
        self._context, self._scenes, self._takes, self._hearing = context, scenes, takes, hearing
        self._request: int | None = None
        self._wanted = 0
        self._block_id = 0
        self._made: tuple[SceneTake, ...] = ()
        self._task: BackgroundTask | None = None
        self.dialog: CandidateDialog | None = None
        takes.panel.candidates_wanted.connect(self.ask)
        scenes.candidates.connect(self._progressed)
        scenes.not_made.connect(self._not_made)

    def ask(self) -> None:
        """Make six candidates of the selected block and show them as they come."""
        block = self._takes.block
        if block is None:
            return
        if self.dialog is not None:
            self.dialog.close()
        seeds = other_seeds(block)
        self._wanted, self._block_id, self._made = len(seeds), block.block_id, ()
        self._request = self._scenes.make_candidates(block.recipe, seeds, patches_of(block))
        self.dialog = dialog = CandidateDialog(block.title, self._context.window)
        dialog.show_making(0.0, 0, self._wanted)
        dialog.heard.connect(self._hear)
        dialog.chosen.connect(self._choose)
        dialog.finished.connect(self._closed)
        dialog.open()

    def cancel(self) -> None:
        """Give up a ranking."""
        if self._task is not None:
            self._task.cancel()

    def wait(self, timeout_s: float) -> None:
        """Wait for a ranking that was given up, at the end of the application."""
        if self._task is not None:
            self._task.wait(timeout_s)

    def _progressed(self, message: CandidatesProgress) -> None:
        if message.request != self._request or self.dialog is None:
            return
        self._made = message.takes
        self.dialog.show_making(message.share, len(message.takes), self._wanted)
        self.dialog.show_candidates([Candidate(take.take_id) for take in message.takes])
        if message.is_over:
            self._request = None
            self._rank()

    def _rank(self) -> None:
        folder, takes = self._context.editor.project.takes_folder, self._made
        if folder is None or self.dialog is None:
            return
        self.dialog.show_candidates([Candidate(take.take_id) for take in takes], "Ranking …")
        self._task = BackgroundTask(
            "ranking", lambda _progress, cancelled: ranked_takes(folder, takes, cancelled), self
        )
        self._task.succeeded.connect(self._ranked)
        self._task.failed.connect(partial(self._not_ranked, takes))
        self._task.start()

    def _ranked(self, ranking: tuple[RankedTake, ...]) -> None:
        if self.dialog is not None:
            shown = [Candidate(one.take_id, one.score, one.reasons) for one in ranking]
            self.dialog.show_candidates(shown, _RANKED)

    def _not_ranked(self, takes: tuple[SceneTake, ...], error: Exception) -> None:
        if self.dialog is not None:
            self.dialog.show_candidates([Candidate(take.take_id) for take in takes], str(error))

    def _not_made(self, message: NotMade) -> None:
        if self.dialog is not None and message.request is not None and message.request == self._request:
            self._request = None
            self.dialog.show_candidates([Candidate(take.take_id) for take in self._made], message.message)

    def _hear(self, take_id: str) -> None:
        block = self._block()
        take = next((take for take in self._made if take.take_id == take_id), None)
        if block is None:
            return
        if take is None:
            self._hearing.end()
            self._hearing.play(block)
        else:
            self._hearing.hear(block, take)

    def _choose(self, take_id: str) -> None:
        """Bring the take into the list; that it is used is one step of undo."""
        take = next((take for take in self._made if take.take_id == take_id), None)
        if take is None:
            return
        block_id = self._block_id
        self._context.editor.project.amend(lambda scene: add_take(scene, block_id, take))
        self._context.editor.make(EditRequest(partial(choose_take, block_id=block_id, take_id=take_id)))

    def _closed(self, _result: int) -> None:
        if self._request is not None:
            self._scenes.cancel_candidates(self._request)
            self._request = None
        if self._task is not None and self._task.running:
            self._task.cancel()
        self._hearing.end()
        self.dialog = None

    def _block(self) -> GeneratedBlock | None:
        try:
            return generated_block(self._context.editor.project.scene, self._block_id)
        except SceneError:
            return None
