"""Plays a project in real time without a screen: the real window opens it, makes what is missing, and plays it."""

import time
from collections.abc import Sequence
from pathlib import Path

from app.bootstrap import App
from app.headless.run import HeadlessJob, HeadlessRun
from app.project.media import BrokenLink
from app.project.open_project import OpenProject
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import WorkerError
from engine.contract.scene.blocks import GeneratedBlock
from engine.runtime.making.messages import MakingProgress

_MAKING_PATIENCE_S = 60.0
"""So long a patch may take, and the loading of the model."""


class ProjectRun(HeadlessRun):
    """Opens the project `file`, and plays once it and its film are there. Sound that is not there is noted."""

    def __init__(self, app: App, job: HeadlessJob, picture: Path, file: Path) -> None:
        super().__init__(app, job, picture)
        self._file = file
        self._project: OpenProject | None = None
        self._is_playing = False
        self._is_made: dict[int, bool] = {}
        self._has_news = False
        self._silent: tuple[str, ...] = ()
        app.saving.files.opened.connect(self._opened)
        app.scenes.missing.connect(self._note_missing)
        app.scenes.progress.connect(self._note_progress)

    def start(self) -> None:
        """Start the engine and open the project."""
        self._app.bridge.start()
        self._timer.start()
        self._app.saving.files.open(self._file)

    def _opened(self, project: OpenProject, broken: Sequence[BrokenLink]) -> None:
        if broken:
            self._end(WorkerError(broken[0].sentence))
            return
        self._project = project
        self._until_s = min(self._until_s, project.scene.length_samples / SAMPLE_RATE_HZ)

    def _step(self) -> None:
        if not self._is_playing and self._project is not None:
            film = self._project.scene.film
            session = self._app.bridge.session
            is_open = film is None or self._app.bridge.film is not None
            if session is not None and session.can_play and is_open and self._is_ready():
                self._is_playing = True
                self._begin()
        super()._step()

    def _is_ready(self) -> bool:
        """Return whether to play now; until the takes are made, playing is not late."""
        assert self._project is not None
        blocks = self._project.scene.blocks()
        has_takes = all(block.current is not None for block in blocks if isinstance(block, GeneratedBlock))
        if not self._job.waits or (has_takes and all(self._is_made.values())):
            return True
        self._deadline = time.monotonic() + _MAKING_PATIENCE_S if self._has_news else self._deadline
        self._has_news = False
        return False

    def _note_progress(self, message: MakingProgress) -> None:
        self._has_news = True
        for progress in message.blocks:
            self._is_made[progress.block_id] = progress.is_made

    def _note_missing(self, lane_ids: Sequence[int]) -> None:
        session = self._app.bridge.session
        if self._project is None or session is None:
            return
        names = tuple(lane.name for lane in self._project.scene.lanes if lane.lane_id in lane_ids)
        if names != self._silent:
            self._silent = names
            self.measures.silent.append((session.position_s, names))
