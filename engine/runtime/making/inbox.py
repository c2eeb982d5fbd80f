"""What the window's process last asked for. Threads: one listens, the loop reads."""

import os
import threading
from multiprocessing.connection import Connection
from typing import Final

from engine.contract.making import Playhead
from engine.runtime.making.messages import CancelCandidates, MakeCandidates, SceneToMake
from engine.runtime.processes.messages import Quit

_GRACE_S: Final = 2.0


class MakingInbox:
    """The newest of each kind of message; each attribute is replaced as a whole. `wake` is set by all news."""

    def __init__(self) -> None:
        self.scene: SceneToMake | None = None
        self.playhead = Playhead()
        self.candidates: MakeCandidates | None = None
        self.wake, self.quit, self.done = threading.Event(), threading.Event(), threading.Event()

    def take(self, message: object) -> None:
        """Take over a message."""
        if isinstance(message, SceneToMake):
            self.scene = message
        elif isinstance(message, Playhead):
            self.playhead = message
        elif isinstance(message, MakeCandidates):
            self.candidates = message
        elif isinstance(message, CancelCandidates):
            wanted = self.candidates
            if wanted is not None and wanted.request == message.request:
                self.candidates = None
        elif isinstance(message, Quit):
            self.quit.set()
        self.wake.set()

    def listen(self, session: Connection) -> None:
        """Run in the listener thread. After Quit, or if the session is gone, the process ends in any case."""
        try:
            while not self.quit.is_set():
                self.take(session.recv())
        except (EOFError, OSError):
            self.take(Quit())
        if not self.done.wait(_GRACE_S):
            os._exit(0)  # the main thread is inside an import or a model that cannot be interrupted
