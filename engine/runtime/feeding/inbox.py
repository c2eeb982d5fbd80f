"""What the session last asked of the feeder. Threads: one listens, the loop reads."""

import os
import threading
from multiprocessing.connection import Connection
from typing import Final

from engine.runtime.processes.messages import Quit
from engine.runtime.processes.scene_messages import SceneToPlay, TakesUnderWay

_GRACE_S: Final = 0.6


class FeedingInbox:
    """The newest of each kind of message; each attribute is replaced as a whole. `wake` is set by all news."""

    def __init__(self) -> None:
        self.scene: SceneToPlay | None = None
        self.under_way: TakesUnderWay | None = None
        self.wake, self.quit, self.done = threading.Event(), threading.Event(), threading.Event()

    def take(self, message: object) -> None:
        """Take over a message."""
        if isinstance(message, SceneToPlay):
            self.scene = message
        elif isinstance(message, TakesUnderWay):
            self.under_way = message
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
            os._exit(0)  # the main thread is inside a file that does not answer
