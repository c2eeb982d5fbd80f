"""Writes unsaved work behind the user's back, so that a crash costs less than a second of it.

Threads: one writer. It takes the newest scene and drops those in between; scenes are frozen, so nothing is copied.
"""

import threading
from collections.abc import Callable
from typing import Final

from app.project.recovery import Origin, RecoveryFile
from engine.contract.errors import ExportError, reason_of
from engine.contract.scene.scene import Scene

PERIOD_S: Final = 0.25
"""The least time between two writes."""
_AGAIN_S: Final = 5.0
_SIGN_OF_LIFE_S: Final = 20.0
_Work = tuple[Scene, Origin] | None


class Autosave:
    """Keeps the newest scene that it was given on disk; `problem` gets a sentence if that fails, once per failure."""

    def __init__(self, file: RecoveryFile, problem: Callable[[str], None] = lambda sentence: None) -> None:
        self.file = file
        self._problem = problem
        self._state = threading.Condition()
        self._waiting: list[_Work] = []
        self._writing = self._closing = self._is_failing = False
        self._thread = threading.Thread(target=self._run, name="autosave", daemon=True)
        self._thread.start()

    def keep(self, scene: Scene, origin: Origin) -> None:
        """Write this scene soon."""
        self._give((scene, origin))

    def forget(self) -> None:
        """Remove what was written soon: all of it is saved."""
        self._give(None)

    def flush(self, timeout_s: float = 10.0) -> bool:
        """Wait until everything is on disk; returns False if that fails or takes too long."""
        with self._state:
            done = self._state.wait_for(lambda: not self._waiting and not self._writing, timeout_s)
            return done and not self._is_failing

    def close(self, *, keep: bool = False) -> None:
        """Stop writing; the work is removed unless it is kept for the next start."""
        if keep:
            self.flush()
        with self._state:
            self._closing = True
            self._state.notify_all()
        self._thread.join()
        if keep:
            self.file.leave()
        else:
            self.file.close()

    def _give(self, work: _Work) -> None:
        with self._state:
            self._waiting = [work]
            self._state.notify_all()

    def _run(self) -> None:
        while True:
            with self._state:
                while not self._state.wait_for(lambda: self._waiting or self._closing, _SIGN_OF_LIFE_S):
                    self.file.show_life()
                if self._closing:
                    return
                work = self._waiting.pop()
                self._writing = True
            sentence = self._written(work)
            if sentence and not self._is_failing:
                self._problem(sentence)
            with self._state:
                self._is_failing = bool(sentence)
                self._writing = False
                if sentence and not self._waiting:
                    self._waiting.append(work)  # once more, when the disk may have room again
                self._state.notify_all()
                self._state.wait_for(lambda: self._closing, _AGAIN_S if sentence else PERIOD_S)

    def _written(self, work: _Work) -> str:
        """Write or remove the scene; returns a sentence if that failed."""
        try:
            if work is None:
                self.file.clear()
            else:
                self.file.write(*work)
        except ExportError as error:
            return f"Unsaved work is not kept at the moment. {error}"
        except Exception as error:  # no thread dies in silence
            return f"Unsaved work is not kept at the moment: {reason_of(error)}. Save often."
        return ""
