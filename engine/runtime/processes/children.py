"""Child processes that are newly started (spawn), listened to, noticed when they die, and reliably ended.

Threads: `Children` belongs to the session's thread; one listener thread reads the messages of all children, and each
child has one thread that sends. `drain` and `send` may be called from any thread, and never wait.
"""

import contextlib
import multiprocessing
import os
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any, Final

from engine.runtime.processes.messages import GO_ON, Failure, Quit
from engine.runtime.processes.outbox import Outbox

_MOST_UNREAD: Final = 4096
_LISTEN_S: Final = 0.1
_KILL_S: Final = 0.3
_STARTING: Final = threading.Lock()
"""The environment belongs to the whole process: one thread at a time starts a child with another one."""
_ONE_THREAD: Final = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


class Child:
    """One process and the pipe to it."""

    def __init__(self, title: str, target: Callable[..., None], setup: object) -> None:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe(duplex=True)
        self.title = title
        self.pipe: Connection = ours
        self.process: SpawnProcess = context.Process(target=target, args=(setup, theirs), name=title, daemon=True)
        try:
            with (
                _STARTING,
                _environment(_ONE_THREAD),
            ):  # numpy creates its threads on import, so before the child's main
                self.process.start()
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        self.outbox = Outbox(self.pipe.send, f"send to {title}")

    def send(self, message: object) -> None:
        """Send a message to the child, replacing an untaken one of this kind; never waits."""
        self.outbox.put(message)

    def kill(self) -> None:
        """End the child at once, even if it is stopped."""
        self.process.kill()

    def end_hung(self) -> Failure:
        """End a child that does not answer, and return the message about it."""
        self.kill()
        return Failure(f"The {self.title} process stopped responding and was ended. {GO_ON}", fatal=True)


class Children:
    """The children of a session and their unread messages."""

    def __init__(self) -> None:
        self._children: list[Child] = []
        self._said: deque[object] = deque(maxlen=_MOST_UNREAD)
        self._ending = threading.Event()
        self._asked_s = 0.0
        self._listener = threading.Thread(target=self._listen, name="listener", daemon=True)

    def start(self, title: str, target: Callable[..., None], setup: object) -> Child:
        """Start a child; `target` gets `setup` and its end of the pipe."""
        child = Child(title, target, setup)
        self._children.append(child)
        return child

    def listen(self) -> None:
        """Begin to listen, once all children are started."""
        self._listener.start()

    def tell(self, message: object) -> None:
        """Add a message of this process to those of the children."""
        self._said.append(message)

    def drain(self) -> list[Any]:
        """Return the messages since the last call; never waits."""
        said = []
        with contextlib.suppress(IndexError):
            while True:
                said.append(self._said.popleft())
        return said

    def ask_to_end(self) -> None:
        """Tell all children to end, without waiting for them."""
        if not self._ending.is_set():
            self._asked_s = time.monotonic()
        self._ending.set()
        for child in self._children:
            child.send(Quit())

    def end(self, within_s: float) -> None:
        """End the children that have not ended `within_s` after the request. No process and no thread is left."""
        self.ask_to_end()
        deadline = self._asked_s + within_s
        for child in self._children:
            child.process.join(max(0.0, deadline - time.monotonic()))
        for child in self._children:
            child.kill()
        deadline = time.monotonic() + _KILL_S
        for child in self._children:
            child.process.join(max(0.0, deadline - time.monotonic()))
        if self._listener.is_alive():
            self._listener.join(_KILL_S)
        for child in self._children:
            child.outbox.close(_KILL_S)
            child.pipe.close()
            with contextlib.suppress(ValueError):  # a process that even a kill did not end in time
                child.process.close()
        self._children.clear()

    def _listen(self) -> None:
        try:
            open_pipes = {child.pipe: child for child in self._children}
            while open_pipes and not self._ending.is_set():
                for pipe in wait(list(open_pipes), _LISTEN_S):
                    self._hear(open_pipes, pipe)
        except Exception:  # reported like any other failure: no thread dies silently
            message = f"The engine lost touch with its processes. {GO_ON}"
            self._said.append(Failure(message, traceback.format_exc(), fatal=True))

    def _hear(self, open_pipes: dict[Connection, Child], pipe: Any) -> None:
        try:
            self._said.append(pipe.recv())
        except (EOFError, OSError):
            child = open_pipes.pop(pipe)
            if not self._ending.is_set():
                self._said.append(_death_of(child))


def _death_of(child: Child) -> Failure:
    child.process.join(_KILL_S)
    return Failure(
        f"The {child.title} process stopped (exit status {child.process.exitcode}). If the machine is short of memory, "
        f"close other programs. {GO_ON}",
        fatal=True,
    )


@contextlib.contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
