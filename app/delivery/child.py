"""Runs an export in a child process, so that the window stays responsive and never loads torch.

The child stages its files and gives them their names at the end. Whatever happens to it, no partial file is left:
what it cannot remove itself is removed once it is dead. The child imports this too, so it must not import Qt.
"""

import contextlib
import logging
import multiprocessing
import os
import time
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from typing import TYPE_CHECKING

from app.delivery.job import Exported, Job
from engine.contract.errors import CancelledError, EngineError, WorkerError, reason_of
from engine.files.owned_folder import sweep_dead
from engine.files.staging import refused
from engine.files.stopping import stopping_in_order
from engine.runtime.processes.asked_child import AskedChild, asked_child

if TYPE_CHECKING:
    from engine.contract.generation import PatchSource

_POLL_S = 0.05
_PATIENCE_S = 0.8
_NICENESS = 5

logger = logging.getLogger(__name__)


def run_in_child(
    job: Job,
    source_factory: "Callable[[], PatchSource]",
    progress: Callable[[float], None],
    cancelled: Callable[[], bool],
) -> Exported:
    """Run a job to its end and return what it wrote; blocks, so call it from a background task.

    Raises CancelledError, any EngineError of the job, or WorkerError if the child died; then the outputs are
    unchanged.
    """
    cancel = multiprocessing.get_context("spawn").Event()
    try:
        with asked_child("export", _child_main, job, source_factory, cancel) as child:
            return _follow(child, cancel, progress, cancelled)
    finally:
        sweep_dead(job.folder)


def _follow(
    child: AskedChild,
    cancel: Event,
    progress: Callable[[float], None],
    cancelled: Callable[[], bool],
) -> Exported:
    give_up_at: float | None = None
    while True:
        try:
            if child.answers.poll(_POLL_S):
                kind, value = child.answers.recv()
                if kind == "done":
                    return _as_exported(value)
                if kind == "failed":
                    raise value
                progress(value)
            elif not child.process.is_alive():
                raise EOFError
        except (EOFError, ConnectionError):
            if give_up_at is not None:
                raise CancelledError("The export was cancelled.") from None
            raise WorkerError(
                f"The export stopped without a message (exit status {child.process.exitcode}). "
                "The machine may be out of memory: close other programs and try again."
            ) from None
        if give_up_at is None and cancelled():
            cancel.set()
            give_up_at = time.monotonic() + _PATIENCE_S
        if give_up_at is not None and time.monotonic() > give_up_at:
            raise CancelledError("The export was cancelled.")


def _as_exported(value: object) -> Exported:
    if not isinstance(value, Exported):
        raise WorkerError("The export answered with something else than its files: try again.")
    return value


def _child_main(job: Job, source_factory: "Callable[[], PatchSource]", cancel: Event, messages: Connection) -> None:
    with contextlib.suppress(AttributeError, OSError):
        os.nice(_NICENESS)
    with stopping_in_order():
        _run(job, source_factory, cancel, messages)


def _run(job: Job, source_factory: "Callable[[], PatchSource]", cancel: Event, messages: Connection) -> None:
    try:
        messages.send(("done", job.run(source_factory, _Teller(messages).tell, cancel.is_set)))
    except EngineError as error:
        messages.send(("failed", error))
    except OSError as error:
        messages.send(("failed", refused(job.folder, error)))
    except KeyboardInterrupt:
        messages.send(("failed", CancelledError("The export was cancelled.")))
    except Exception as error:  # reported to the window with its traceback in the log, never lost
        logger.error("export failed\n%s", traceback.format_exc())
        told = f"The export failed: {reason_of(error)}. Nothing was written; try again."
        messages.send(("failed", WorkerError(told)))


class _Teller:
    """Sends progress at most twenty times per second."""

    def __init__(self, messages: Connection) -> None:
        self._messages = messages
        self._last_at = 0.0

    def tell(self, fraction: float) -> None:
        now = time.monotonic()
        if now - self._last_at >= _POLL_S:
            self._last_at = now
            self._messages.send(("progress", fraction))
