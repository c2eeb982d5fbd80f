"""Patch after patch of the takes that are due. One patch at a time: after each, the next one is decided.

Blocks are not made in one batch. A batch gives other last bits than a block alone, and a take must not depend on what
was made beside it.

Threads: all of this runs in the main thread of its process, except patches that can wait: `run_patch` makes them in a
thread that yields to everything else.
"""

import time
import traceback
from collections.abc import Callable
from typing import Final

from engine.contract.errors import EngineError, ExportError
from engine.contract.generation import StreamSource
from engine.contract.making import BlockProgress
from engine.contract.scene.blocks import GeneratedBlock
from engine.contract.scene.recipe import Recipe, SceneTake
from engine.contract.scene.scene import SceneFilm
from engine.rendering.blocks.due import Due, next_due
from engine.runtime.block_takes.making import TakeMaking
from engine.runtime.block_takes.store import BlockTakes
from engine.runtime.making.candidates import CandidateRun
from engine.runtime.making.inbox import MakingInbox
from engine.runtime.making.messages import MakingProgress, NotMade, SceneToMake, TakeFinished
from engine.runtime.making.pictures import FilmPictures
from engine.runtime.making.streams import Streams
from engine.runtime.making.survey import Survey

_IDLE_S: Final = 0.5
_AGAIN_S: Final = 5.0
RunPatch = Callable[[Callable[[], object], bool], None]
"""Runs the first argument; in a thread that yields to others if the second one is true."""


class MakingLoop:
    """Makes what is due until it is asked to end."""

    def __init__(
        self, model: StreamSource, inbox: MakingInbox, tell: Callable[[object], None], run_patch: RunPatch
    ) -> None:
        self._model, self._inbox, self._tell, self._run_patch = model, inbox, tell, run_patch
        self._streams, self._pictures = Streams(model), FilmPictures()
        self._survey: Survey | None = None
        self._version = 0
        self._working_on: int | None = None
        self._failed: dict[int, tuple[Recipe, SceneFilm | None]] = {}
        self._finished: set[tuple[int, str, Recipe]] = set()
        self._candidates: CandidateRun | None = None
        self._request = 0
        self._candidates_next = False
        self._not_before_s, self._said = 0.0, ""

    def run(self) -> None:
        """Make takes until the inbox says quit."""
        try:
            while not self._inbox.quit.is_set():
                self._inbox.wake.clear()
                if idle_s := self._turn():
                    self._inbox.wake.wait(idle_s)
        finally:
            self.close()

    def close(self) -> None:
        """End all that is under way; what was made is on disk."""
        self._streams.close_all()
        self._pictures.close()

    def _turn(self) -> float:
        """Make one patch; returns how long to wait for news if there is nothing to make."""
        self._take_news()
        survey = self._survey
        if survey is None or time.monotonic() < self._not_before_s:
            return _IDLE_S
        playhead = self._inbox.playhead
        due = next_due(
            survey.scene,
            playhead,
            survey.made,
            working_on=self._working_on,
            passed_over=self._failed.keys(),
        )
        run = self._candidates
        if run is not None and (due is None or due.is_idle or not playhead.is_playing or self._candidates_next):
            self._candidates_next = False
            self._make_candidate(run, survey)
            return 0.0
        if due is None:
            if self._working_on is not None:
                self._working_on = None
                self._tell(MakingProgress(self._version, (), folder=survey.store.folder))
            return _IDLE_S
        self._candidates_next = True
        self._make_due(due, survey)
        return 0.0

    def _take_news(self) -> None:
        news, wanted = self._inbox.scene, self._inbox.candidates
        is_other_scene = news is not None and news.version != self._version
        is_cancelled = wanted is None and self._candidates is not None
        is_other_request = wanted is not None and wanted.request != self._request
        if is_cancelled:
            self._candidates = None
        elif wanted is not None and is_other_request:
            self._request, self._candidates = wanted.request, CandidateRun(wanted)
        if is_other_scene and news is not None:
            self._take_scene(news)
        if self._survey is not None and (is_other_scene or is_other_request or is_cancelled):
            kept = {recipe for recipe, _ in self._now(self._survey).values()}
            self._streams.close_others(kept if self._candidates is None else kept | {self._candidates.recipe})

    def _take_scene(self, news: SceneToMake) -> None:
        if self._survey is None or self._survey.store.folder != news.folder:
            self._streams.close_all()
            self._survey = Survey(BlockTakes(news.folder), self._model)
            self._failed.clear()
            self._finished.clear()
            self._not_before_s = 0.0
        self._version = news.version
        survey = self._survey
        survey.update(news.scene)
        self._pictures.use(news.scene.film)
        now = self._now(survey)
        self._failed = {block_id: was for block_id, was in self._failed.items() if now.get(block_id) == was}
        made = tuple(survey.progress.values())
        self._tell(MakingProgress(self._version, made, self._working_on, survey.store.folder))
        for progress in survey.progress.values():
            self._tell_if_finished(survey, progress)

    def _now(self, survey: Survey) -> dict[int, tuple[Recipe, SceneFilm | None]]:
        """Return what each block is made from."""
        blocks = (block for block in survey.scene.blocks() if isinstance(block, GeneratedBlock))
        return {block.block_id: (block.recipe, survey.scene.film) for block in blocks}

    def _make_due(self, due: Due, survey: Survey) -> None:
        block = survey.scene.block(due.block_id)
        assert isinstance(block, GeneratedBlock)
        making = self._step(survey, block.recipe, survey.progress[due.block_id].wanted, due)
        self._working_on = None if making is None else due.block_id
        if making is None:
            return
        survey.note(block.recipe, making.take_id, making.on_disk)
        changed = tuple(p for p in survey.progress.values() if p.take_id == making.take_id)
        self._tell(MakingProgress(self._version, changed, due.block_id, survey.store.folder))
        for progress in changed:
            self._tell_if_finished(survey, progress)

    def _make_candidate(self, run: CandidateRun, survey: Survey) -> None:
        recipe = run.recipe
        making = self._step(survey, recipe, run.patches, None)
        if making is None:
            self._candidates = None
            return
        survey.note(recipe, making.take_id, making.on_disk)
        self._tell(run.advanced(making))
        if run.is_over:
            self._candidates = None

    def _step(self, survey: Survey, recipe: Recipe, patches: int, due: Due | None) -> TakeMaking | None:
        """Make or replay a patch; returns None if that failed, which has been told."""
        block_id = None if due is None else due.block_id
        try:
            making = self._streams.making(
                recipe, patches, survey, self._pictures.frame_at if self._pictures.is_there else None
            )
            if not making.is_done:
                self._run_patch(making.step, due is not None and due.is_idle)
            if making.is_done:
                self._streams.close(recipe)
            self._said = ""
            return making
        except ExportError as error:  # the disk: the same for all blocks, and it may have room again
            self._streams.close_all()
            self._not_before_s = time.monotonic() + _AGAIN_S
            if str(error) != self._said:
                self._said = str(error)
                self._tell(NotMade(None, f"{error} SwanSphere tries again every {_AGAIN_S:g} s."))
        except EngineError as error:
            self._give_up(survey, recipe, block_id, str(error), traceback.format_exc())
        except Exception:
            sentence = f"The sound of '{recipe.words[:40]}' cannot be made because of an internal error."
            self._give_up(survey, recipe, block_id, sentence, traceback.format_exc())
        return None

    def _give_up(self, survey: Survey, recipe: Recipe, block_id: int | None, sentence: str, detail: str) -> None:
        self._streams.close(recipe)
        if block_id is not None:
            self._failed[block_id] = recipe, survey.scene.film
        request = self._request if block_id is None else None
        self._tell(NotMade(block_id, sentence, detail, request, survey.store.folder))

    def _tell_if_finished(self, survey: Survey, progress: BlockProgress) -> None:
        """Tell once that a block has a take that is not its current one."""
        if not progress.take_id or not progress.is_made:
            return
        block = survey.scene.block(progress.block_id)
        assert isinstance(block, GeneratedBlock)
        key = (progress.block_id, progress.take_id, block.recipe)
        if block.current != progress.take_id and key not in self._finished:
            self._finished.add(key)
            take = SceneTake(progress.take_id, block.recipe)
            self._tell(TakeFinished(progress.block_id, take, block.current, survey.store.folder))
