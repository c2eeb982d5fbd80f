"""A thread for work that can wait: it yields to everything else that runs."""

import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Final, Self

_NICENESS: Final = 10


class YieldingThread:
    """Runs patches, one at a time, and waits for each. Use as a context manager; leaving it waits for the last one.

    On systems without priorities of threads, work that can wait has the usual priority.
    """

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, "can wait", initializer=_yield)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown()

    def run_patch(self, make: Callable[[], object], can_wait: bool) -> None:
        """Run a patch here, or in the thread that yields. Raises what it raises."""
        if can_wait:
            self._pool.submit(make).result()
        else:
            make()


def _yield() -> None:
    if sys.platform.startswith("linux"):
        thread = threading.get_native_id()
        nicer = os.getpriority(os.PRIO_PROCESS, thread) + _NICENESS  # more than 19 is taken as 19
        os.setpriority(os.PRIO_PROCESS, thread, nicer)
