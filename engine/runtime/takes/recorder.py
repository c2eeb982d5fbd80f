"""Records the generated sound beside the inference thread: the model never waits for a disk.

Threads: `begin`, `write`, `note_settings` and `close` belong to the inference thread and only enqueue; the recorder's
own thread writes, watches the free space, and reports to the session (recording_worker.py). Other threads flush the
disk (confirmer.py) and compute the film's hash.
"""

import contextlib
import errno
import queue
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.contract.control import SettingsChange
from engine.contract.conventions import PATCH_SAMPLES, SAMPLE_RATE_HZ
from engine.contract.errors import reason_of
from engine.contract.telemetry import EngineNotice
from engine.runtime.processes.messages import TakeRequest
from engine.runtime.takes.recording_worker import Heard, Item, RecordingWorker, Sound
from engine.runtime.takes.wording import not_recorded, recorded_again

_TICK_S: Final = 0.25
_MOST_WAITING: Final = 60 * SAMPLE_RATE_HZ // PATCH_SAMPLES


class TakeRecorder:
    """Keeps the takes of the played films in the folder `store`; `heard` returns the listener's position."""

    def __init__(
        self, store: Path, heard: Callable[[], Heard], tell: Callable[[object], None], checkpoint_sha256: str
    ) -> None:
        self._tell = tell
        self._store = store
        self._lost_from: int | None = None
        self._items: queue.SimpleQueue[Item | None] = queue.SimpleQueue()
        self._worker = RecordingWorker(store, heard, tell, checkpoint_sha256, self._items.put)
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    def begin(self, request: TakeRequest) -> None:
        """Continue at another place of the film, or with another film."""
        self._items.put(request)

    def write(self, epoch: int, start: int, samples: NDArray[np.float32]) -> None:
        """Record AmbiX (4, n) from a film sample on; the samples must not be written to again."""
        if self._items.qsize() >= _MOST_WAITING:  # a disk that hangs must not take all memory
            if self._lost_from is None:
                self._lost_from = start
                self._tell(not_recorded(start, OSError(errno.ETIMEDOUT, "it does not answer"), self._store))
            return
        if self._lost_from is not None and self._items.qsize() < _MOST_WAITING // 2:
            self._tell(recorded_again(self._lost_from, start))
            self._lost_from = None
        self._items.put(Sound(epoch, start, samples))

    def note_settings(self, change: SettingsChange) -> None:
        """Record which settings hold from a patch on."""
        self._items.put(change)

    def close(self, within_s: float) -> None:
        """Write the pending data and confirm it, as far as time allows."""
        self._items.put(None)
        self._thread.join(within_s)

    def _run(self) -> None:
        try:
            self._record()
        except Exception as error:  # reported: no thread dies silently
            message = (
                f"The take is no longer recorded: {reason_of(error)}. The recorded sound is kept; restart the engine."
            )
            self._tell(EngineNotice(message, traceback.format_exc(), topic="take", lasts=True))

    def _record(self) -> None:
        worker, due_s = self._worker, 0.0
        while True:
            with contextlib.suppress(queue.Empty):
                item = self._items.get(timeout=max(0.0, due_s - time.monotonic()))
                if item is None:
                    worker.end()
                    return
                worker.take_in(item)
            if time.monotonic() >= due_s:
                worker.tick()
                due_s = time.monotonic() + _TICK_S
