"""A file that is read or written in the background for a workstation, one at a time.

Threads: lives in the GUI thread; the work runs in a background task.
"""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject

from app.bridge.background_task import BackgroundTask
from app.context import AppContext
from engine.contract.telemetry import EngineNotice


class FileWork(QObject):
    """Tells what came of it in a notice of its `topic`, or in a dialog if it failed."""

    def __init__(self, context: AppContext, topic: str) -> None:
        super().__init__(context.window)
        self._context, self._topic = context, topic
        self._task: BackgroundTask | None = None

    def say(self, sentence: str) -> None:
        """Show a sentence to the user."""
        self._context.bridge.notice(EngineNotice(sentence, topic=self._topic))

    def start(self, work: Callable[[], Any], then: Callable[[Any], None], title_of_failure: str) -> None:
        """Do `work`, and `then` take its result. Nothing starts while the file before is not finished."""
        if self._task is not None and self._task.running:
            self.say("Wait until the file before is finished.")
            return
        self._task = BackgroundTask(self._topic, lambda _progress, _cancelled: work(), self)
        self._task.succeeded.connect(then)
        self._task.failed.connect(lambda error: self._context.errors.show(title_of_failure, str(error)))
        self._task.start()

    def wait(self, timeout_s: float) -> None:
        """Wait for what is being read or written, at the end of the application."""
        if self._task is not None:
            self._task.wait(timeout_s)
