"""After a crash: what was lost is offered at the next start."""

from collections import deque
from functools import partial

from PySide6.QtCore import QObject

from app.bridge.background_task import BackgroundTask
from app.context import AppContext
from app.project.recovery import LostWork, RecoveryStore
from app.saving.project_files import ProjectFiles
from app.window.dialogs import Answer, choose
from engine.contract.errors import EngineError

_RECOVER, _DISCARD = Answer("Recover", is_usual=True), Answer("Discard", is_destructive=True)


class Recovering(QObject):
    """Offers lost work, the newest first. What is neither recovered nor discarded is offered at the next start."""

    def __init__(self, context: AppContext, files: ProjectFiles, store: RecoveryStore) -> None:
        super().__init__(context.window)
        self._context, self._files, self._store = context, files, store
        self._left: deque[LostWork] = deque()
        self._task: BackgroundTask | None = None

    def offer(self) -> None:
        """Look for lost work in the background and offer it."""
        self._task = BackgroundTask("lost-work", lambda _progress, _cancelled: self._store.lost(), self)
        self._task.succeeded.connect(self._found)
        self._task.failed.connect(lambda error: self._context.errors.show("Unsaved work", str(error)))
        self._task.start()

    def wait(self, timeout_s: float) -> None:
        """Wait for the search, at the end of the application."""
        if self._task is not None:
            self._task.wait(timeout_s)

    def _found(self, found: list[LostWork]) -> None:
        self._left = deque(found)
        self._offer_next()

    def _offer_next(self) -> None:
        if not self._left:
            return
        work = self._left.popleft()
        choose(
            self._context.window,
            "Recover unsaved work?",
            work.sentence,
            {_RECOVER: partial(self._files.recover, work), _DISCARD: partial(self._discard, work)},
            cancel="Later",
        )

    def _discard(self, work: LostWork) -> None:
        try:
            self._store.discard(work)
        except EngineError as error:
            self._context.errors.show("Unsaved work", str(error))
        self._offer_next()
