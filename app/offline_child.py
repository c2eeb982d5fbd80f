"""Renders a whole film in a child process, so that the window stays smooth and never loads torch.

The child writes into a folder of its own beside the output, and the finished files are moved in place at the end:
whatever happens to the child, nothing half-written is left. Imported by the child too, so it knows no Qt.
"""

import contextlib
import logging
import multiprocessing
import os
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.contract.errors import CancelledError, EngineError, ExportError, WorkerError

if TYPE_CHECKING:
    from engine.contract.generation import PatchSource
    from engine.runtime.offline import OfflineJob

_POLL_S = 0.05
_PATIENCE_S = 0.8
_NICENESS = 5

logger = logging.getLogger(__name__)


def render_in_child(
    job: "OfflineJob",
    source_factory: "Callable[[], PatchSource]",
    progress: Callable[[float], None],
    cancelled: Callable[[], bool],
) -> dict[str, Any]:
    """Run a job to its end and return its report; blocks, so call it from a background task.

    Raises CancelledError, any EngineError of the rendering, or WorkerError where the child died.
    """
    context = multiprocessing.get_context("spawn")
    with _workshop(job.out.parent) as folder:
        ours, theirs = context.Pipe(duplex=False)
        cancel = context.Event()
        inner = _moved_into(job, folder)
        child = context.Process(
            target=_child_main, args=(inner, source_factory, theirs, cancel), name="offline-render", daemon=True
        )
        try:
            child.start()
            theirs.close()
            report = _follow(child, ours, cancel, progress, cancelled)
        finally:
            _end(child)
            ours.close()
        for made, wanted in ((inner.out, job.out), (inner.binaural, job.binaural), (inner.report, job.report)):
            if made is not None and wanted is not None:
                os.replace(made, wanted)
        return report


@contextlib.contextmanager
def _workshop(parent: Path) -> Iterator[Path]:
    try:
        folder = tempfile.TemporaryDirectory(dir=parent, prefix=".swansphere-")
    except OSError as error:
        raise ExportError(f"Nothing can be written to {parent}: {error.strerror}. Choose another folder.") from None
    with folder as name:
        yield Path(name)


def _moved_into(job: "OfflineJob", folder: Path) -> "OfflineJob":
    return replace(
        job,
        out=folder / "field.wav",
        binaural=folder / "binaural.wav" if job.binaural is not None else None,
        report=folder / "report.json" if job.report is not None else None,
    )


def _follow(
    child: BaseProcess,
    messages: Connection,
    cancel: Event,
    progress: Callable[[float], None],
    cancelled: Callable[[], bool],
) -> dict[str, Any]:
    give_up_at: float | None = None
    while True:
        try:
            if messages.poll(_POLL_S):
                kind, value = messages.recv()
                if kind == "done":
                    return dict(value)
                if kind == "failed":
                    raise value
                progress(value)
            elif not child.is_alive():
                raise EOFError
        except (EOFError, ConnectionError):
            if give_up_at is not None:
                raise CancelledError("The export was cancelled.") from None
            raise WorkerError(
                f"The export stopped without a word (exit status {child.exitcode}). "
                "The machine may be out of memory: close other programs and try again."
            ) from None
        if give_up_at is None and cancelled():
            cancel.set()
            give_up_at = time.monotonic() + _PATIENCE_S
        if give_up_at is not None and time.monotonic() > give_up_at:
            raise CancelledError("The export was cancelled.")


def _end(child: BaseProcess) -> None:
    if child.pid is None:
        return
    child.join(_POLL_S)
    if child.is_alive():
        child.kill()
        child.join()
    child.close()


def _child_main(
    job: "OfflineJob", source_factory: "Callable[[], PatchSource]", messages: Connection, cancel: Event
) -> None:
    with contextlib.suppress(AttributeError, OSError):
        os.nice(_NICENESS)
    try:
        from engine.runtime.offline import render_offline

        began = time.perf_counter()
        source = source_factory()
        report = render_offline(
            job,
            source,
            load_s=time.perf_counter() - began,
            progress=_Teller(messages).tell,
            cancelled=cancel.is_set,
        )
        messages.send(("done", report))
    except EngineError as error:
        messages.send(("failed", error))
    except KeyboardInterrupt:
        messages.send(("failed", CancelledError("The export was cancelled.")))
    except Exception as error:  # told to the window with its traceback in the log, never lost
        logger.error("offline render failed\n%s", traceback.format_exc())
        messages.send(("failed", WorkerError(f"The export failed: {type(error).__name__}: {error}.")))


class _Teller:
    """Sends progress at most twenty times a second."""

    def __init__(self, messages: Connection) -> None:
        self._messages = messages
        self._last_at = 0.0

    def tell(self, fraction: float) -> None:
        now = time.monotonic()
        if now - self._last_at >= _POLL_S:
            self._last_at = now
            self._messages.send(("progress", fraction))
