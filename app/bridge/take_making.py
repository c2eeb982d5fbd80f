"""The process that makes takes, as the window needs it: started when there is something to make, never waited for.

Threads: lives in the GUI thread. Looking at the disk, starting the process and ending it happen in background tasks.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QObject, QTimer, Signal

from app.bridge.background_task import BackgroundTask
from engine.contract.making import BlockProgress, Playhead
from engine.contract.scene.blocks import GeneratedBlock
from engine.contract.scene.recipe import Recipe
from engine.contract.scene.scene import Scene
from engine.runtime.making.messages import CandidatesProgress, MakingProgress, NotMade, TakeFinished
from engine.runtime.processes.messages import Failure, SourceReady
from engine.runtime.processes.restarts import Restarts, reason_without_advice

if TYPE_CHECKING:
    from engine.runtime.making.maker import TakeMaker

_NEWS_MS: Final = 100
_MERGED_MS: Final = 200
"""Scenes that follow each other faster are merged: the words rarely change during a drag."""
_END_S: Final = 2.0

Candidates = tuple[Recipe, tuple[int, ...], int]


class TakeMaking(QObject):
    """Follows a scene and the playhead, and makes what is missing. `make_maker` starts the process.

    The signals carry the messages of `engine/runtime/making/messages.py`.
    """

    progress = Signal(object)
    take_finished = Signal(object)
    candidates = Signal(object)
    not_made = Signal(object)

    def __init__(self, make_maker: "Callable[[], TakeMaker]", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._make_maker = make_maker
        self._maker: TakeMaker | None = None
        self._scene, self._folder = Scene(), Path()
        self._playhead = Playhead()
        self._request = self._before_first = 0
        self._wanted: Candidates | None = None
        self._is_closed = self._has_failed = self._is_told = False
        self._restarts = Restarts()
        self._task: BackgroundTask | None = None
        self._ending: list[BackgroundTask] = []
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_MERGED_MS)
        self._soon.timeout.connect(self._tell_scene)
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.timeout.connect(self._start_again)
        self._news = QTimer(self)
        self._news.setInterval(_NEWS_MS)
        self._news.timeout.connect(self._read_news)

    def make(self, scene: Scene, folder: Path) -> None:
        """Make the takes of a scene in a folder from now on; scenes in quick succession are merged."""
        self._scene, self._folder = scene, folder
        if not self._soon.isActive():
            self._soon.start()

    def follow(self, playhead: Playhead) -> None:
        """Make what is nearest ahead of a position first."""
        if playhead != self._playhead:
            self._playhead = playhead
            if self._maker is not None:
                self._maker.follow(playhead)

    def make_candidates(self, recipe: Recipe, seeds: tuple[int, ...], patches: int) -> int:
        """Make takes of a recipe with other seeds; returns the number of the request."""
        self._request += 1
        self._wanted = recipe, seeds, patches
        if self._maker is not None:
            self._ask_for_candidates(self._maker)
        else:
            self._look_or_start()
        return self._request

    def cancel_candidates(self, request: int) -> None:
        """Stop making candidates, if the request is the last one."""
        if request == self._request:
            self._wanted = None
            if self._maker is not None:
                self._maker.cancel_candidates(request - self._before_first)

    def try_again(self) -> None:
        """Start the process again if it failed, however often it did."""
        self._restarts = Restarts()
        self._start_again()

    def ask_to_end(self) -> None:
        """Make nothing any more, without waiting: what else ends can end meanwhile."""
        self._is_closed = True
        self._soon.stop()
        self._again.stop()
        self._news.stop()
        if self._maker is not None:
            self._maker.ask_to_end()

    def close(self) -> None:
        """End the process, within about 2 s. May be called twice."""
        self.ask_to_end()
        if self._task is not None:
            self._task.wait(_END_S)
            started = self._task.result
            self._task = None
            if started is not None and not isinstance(started, tuple):
                started.close()
        for ending in self._ending:
            ending.wait(_END_S)
        if self._maker is not None:
            self._maker.close()
            self._maker = None

    def _start_again(self) -> None:
        self._again.stop()
        if self._has_failed:
            self._has_failed = False
            self._tell_scene()

    def _tell_scene(self) -> None:
        if self._maker is not None:
            self._maker.make(self._scene, self._folder)
        elif any(isinstance(block, GeneratedBlock) for block in self._scene.blocks()):
            self._look_or_start()

    def _look_or_start(self) -> None:
        """Look in the background whether anything is missing, and start the process if so."""
        if self._is_closed or self._has_failed or self._task is not None:
            return
        scene, folder, is_asked = self._scene, self._folder, self._wanted is not None

        def work(_progress: object, _cancelled: object) -> "tuple[BlockProgress, ...] | TakeMaker":
            if not is_asked:
                from engine.runtime.making.made import made_blocks

                made = made_blocks(scene, folder)
                if all(progress.is_made for progress in made):
                    return made
            return self._make_maker()

        self._task = BackgroundTask("takes", work, self)
        self._task.succeeded.connect(lambda found: self._found(found, scene, folder))
        self._task.failed.connect(self._not_started)
        self._task.start()

    def _found(self, found: "tuple[BlockProgress, ...] | TakeMaker", scene: Scene, folder: Path) -> None:
        self._task = None
        if isinstance(found, tuple):
            self._tell_over()
            if (scene, folder) == (self._scene, self._folder):
                self.progress.emit(MakingProgress(0, found))
            if (scene, folder) != (self._scene, self._folder) or self._wanted is not None:
                self._tell_scene()
            return
        self._maker = found
        self._restarts.begin()
        self._news.start()
        found.make(self._scene, self._folder)
        found.follow(self._playhead)
        self._before_first = self._request - (self._wanted is not None)
        if self._wanted is not None:
            self._ask_for_candidates(found)

    def _not_started(self, error: Exception) -> None:
        self._task = None
        self._stopped(f"The process that makes takes could not be started: {error}", "")

    def _ask_for_candidates(self, maker: "TakeMaker") -> None:
        if self._wanted is not None:
            maker.make_candidates(*self._wanted)

    def _read_news(self) -> None:
        if self._maker is None:
            return
        for message in self._maker.drain():
            self._pass_on(message)

    def _pass_on(self, message: Any) -> None:
        match message:
            case MakingProgress() | TakeFinished() | NotMade(request=None) if message.folder not in (
                None,
                self._folder,
            ):
                pass  # of the project before: the same numbers are other blocks now
            case SourceReady():
                self._tell_over()
            case MakingProgress():
                self.progress.emit(message)
            case TakeFinished():
                self.take_finished.emit(message)
            case CandidatesProgress():
                self.candidates.emit(replace(message, request=message.request + self._before_first))
            case NotMade(request=int(request)):
                self.not_made.emit(replace(message, request=request + self._before_first))
            case NotMade():
                self.not_made.emit(message)
            case Failure(fatal=True):
                self._fail(message)

    def _fail(self, failure: Failure) -> None:
        maker, self._maker = self._maker, None
        self._news.stop()
        if maker is not None:
            ending = BackgroundTask("end takes", lambda _progress, _cancelled: maker.close(), self)
            self._ending = [task for task in self._ending if task.running] + [ending]
            ending.start()
        self._stopped(reason_without_advice(failure.message), failure.detail)

    def _stopped(self, reason: str, detail: str) -> None:
        """Start the process again, later each time; the scene plays on with what is made."""
        if self._wanted is not None:
            self.not_made.emit(NotMade(None, reason, detail, self._request))
        self._has_failed, self._wanted, self._is_told = True, None, True
        wait_s = self._restarts.wait_s()
        if wait_s is None:
            then = "Takes are not made any more: restart the engine."
        else:
            then = "The scene plays on, and the process is started again."
            self._again.start(round(1_000.0 * wait_s))
        self.not_made.emit(NotMade(None, f"{reason} {then}", detail))

    def _tell_over(self) -> None:
        """Take back that nothing is made: the process is there again."""
        if self._is_told:
            self._is_told = False
            self.not_made.emit(NotMade(None, ""))
