"""Flushes written data to disk, and then writes the sidecar that states it.

Threads: a separate one, because a disk may take seconds to answer; neither the writing nor the model waits for it.
"""

import os
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engine.contract.errors import ExportError, reason_of
from engine.runtime.takes.sidecar import Sidecar


@dataclass(frozen=True)
class Confirmation:
    """Files to be flushed (its own open descriptors), and the sidecar that is true afterwards."""

    descriptors: tuple[int, ...]
    sidecar: Sidecar
    path: Path

    def run(self) -> OSError | None:
        """Do it once; returns the error or None."""
        try:
            for descriptor in self.descriptors:
                getattr(os, "fdatasync", os.fsync)(descriptor)
            self.sidecar.write(self.path)
        except OSError as error:
            return error
        except ExportError as error:
            return error.__cause__ if isinstance(error.__cause__, OSError) else OSError(str(error))
        except Exception as error:  # reported like a disk error: no thread dies silently
            return OSError(reason_of(error))
        finally:
            for descriptor in self.descriptors:
                os.close(descriptor)
        return None


class Confirmer:
    """Runs confirmations one after the other."""

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[Callable[[], object] | None] = queue.SimpleQueue()
        self._asked = 0
        self._done = 0
        self._thread = threading.Thread(target=self._run, name="confirmer", daemon=True)
        self._thread.start()

    @property
    def is_idle(self) -> bool:
        """Whether every request is done; for the requesting thread."""
        return self._asked == self._done

    def ask(self, confirmation: Confirmation, answer: Callable[[OSError | None], None]) -> None:
        """Run a confirmation; `answer` is called in the confirmer's thread with the error or None."""
        self._asked += 1
        self._jobs.put(lambda: self._confirm(confirmation, answer))

    def run_after(self, action: Callable[[], object]) -> None:
        """Run an action in the confirmer's thread, once the pending requests are done."""
        self._jobs.put(action)

    def close(self) -> None:
        """Finish the pending requests."""
        self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()

    def _confirm(self, confirmation: Confirmation, answer: Callable[[OSError | None], None]) -> None:
        answer(confirmation.run())
        self._done += 1
