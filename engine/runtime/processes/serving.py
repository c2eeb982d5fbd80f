"""The inside of a child process: its main thread works until it is told to end, and a listener hears its starter.

The outside is `children.py`.
"""

import contextlib
import os
import signal
import threading
import traceback
from abc import ABC, abstractmethod
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Final

from engine.contract.errors import EngineError
from engine.files.stopping import stopping_in_order
from engine.runtime.processes.messages import Failure, Quit

_GRACE_S: Final = 0.6

Tell = Callable[[object], None]
"""Sends a message to the starter; to one that is gone it sends nothing. May be called from any thread."""


class Inbox(ABC):
    """What the starter last asked for. `wake` is set by all news, `quit` by Quit, `done` once the work has ended.

    After Quit, the work has `grace_s` to end. Threads: one listens, the main thread reads.
    """

    def __init__(self, grace_s: float = _GRACE_S) -> None:
        self._grace_s = grace_s
        self.wake, self.quit, self.done = threading.Event(), threading.Event(), threading.Event()

    @abstractmethod
    def keep(self, message: object) -> None:
        """Keep a message other than Quit, if it is of a known kind."""

    def take(self, message: object) -> None:
        """Take over a message."""
        if isinstance(message, Quit):
            self.quit.set()
        else:
            self.keep(message)
        self.wake.set()

    def listen(self, starter: Connection) -> None:
        """Run in the listener thread. After Quit, or if the starter is gone, the process ends in any case."""
        try:
            while not self.quit.is_set():
                self.take(starter.recv())
        except (EOFError, OSError):
            self.take(Quit())
        if not self.done.wait(self._grace_s):
            os._exit(0)  # the main thread is inside an import, a model or a file that cannot be interrupted


def serve(inbox: Inbox, starter: Connection, work: Callable[[Tell], None], broken: str) -> None:
    """Work in the main thread until the starter sends Quit or disappears; `work` gets what sends messages to it.

    What `work` raises is sent as a fatal Failure: an EngineError with its message, another error with `broken`.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches every process; the starter ends this one
    threading.Thread(target=inbox.listen, args=(starter,), name="listener", daemon=True).start()
    sending = threading.Lock()

    def tell(message: object) -> None:
        with sending, contextlib.suppress(OSError):
            starter.send(message)

    try:
        with stopping_in_order():
            work(tell)
    except EngineError as error:
        tell(Failure(str(error), traceback.format_exc(), fatal=True))
    except Exception:
        if not inbox.quit.is_set():
            tell(Failure(broken, traceback.format_exc(), fatal=True))
    finally:
        inbox.done.set()
