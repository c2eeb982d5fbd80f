"""A child process that is asked one thing: newly started (spawn), waited for with a limit, and always ended.

For work that can hang or crash its process: drivers, damaged films, a whole render.
"""

import contextlib
import multiprocessing
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any, Final

from engine.contract.errors import EngineError

_POLL_S: Final = 0.05
_LAST_PATIENCE_S: Final = 0.5


@dataclass(frozen=True)
class AskedChild:
    """A running child and the pipe on which it answers."""

    process: SpawnProcess
    answers: Connection

    def answer(self, patience_s: float, cancelled: Callable[[], bool] = lambda: False) -> Any:
        """Return the child's next message, or raise it if it is an EngineError.

        Raises TimeoutError after `patience_s`, InterruptedError once `cancelled` says so, and EOFError if the child
        ended without a word.
        """
        give_up_at = time.monotonic() + patience_s
        try:
            while not self.answers.poll(_POLL_S):
                if cancelled():
                    raise InterruptedError
                if time.monotonic() > give_up_at:
                    raise TimeoutError
            answer = self.answers.recv()
        except ConnectionError:
            raise EOFError from None
        if isinstance(answer, EngineError):
            raise answer
        return answer


@contextlib.contextmanager
def asked_child(name: str, target: Callable[..., None], *arguments: object) -> Iterator[AskedChild]:
    """Start a process that runs `target(*arguments, pipe)`, and end it when the block is left, however it is left.

    A child that is still busy then is asked to end first, so that it can remove what it has begun.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=target, args=(*arguments, theirs), name=name, daemon=True)
    try:
        try:
            process.start()
        finally:
            theirs.close()
        yield AskedChild(process, ours)
    finally:
        if process.pid is not None:
            _end(process)
        process.close()
        ours.close()


@contextlib.contextmanager
def told_as(*, cancelled: EngineError, late: EngineError, died: EngineError) -> Iterator[None]:
    """Replace what `AskedChild.answer` raises for a cancel, for lateness and for a death by errors for the user."""
    try:
        yield
    except InterruptedError:
        raise cancelled from None
    except TimeoutError:
        raise late from None
    except EOFError:
        raise died from None


def _end(process: SpawnProcess) -> None:
    process.join(_POLL_S)
    if process.is_alive():
        process.terminate()
        process.join(_LAST_PATIENCE_S)
    if process.is_alive():
        process.kill()
        process.join()
