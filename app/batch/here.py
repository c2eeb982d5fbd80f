"""The rows on this machine, some at once."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

from app.batch.child import Outcome, run_row
from app.batch.rows import Row


def run_here(rows: Sequence[Row], folder: str, jobs: int, tell: Callable[[Outcome], None]) -> None:
    """Run the rows, `jobs` at once, and `tell` each outcome in the calling thread.

    If the block is left by Ctrl+C or SIGTERM, the children end in order, and their outcomes come too.
    """
    cancelled = threading.Event()
    with ThreadPoolExecutor(jobs) as pool:
        waiting = {pool.submit(run_row, row, folder, cancelled) for row in rows}
        try:
            while waiting:
                ready, waiting = wait(waiting, timeout=0.5, return_when=FIRST_COMPLETED)
                for future in ready:
                    tell(future.result())
        except BaseException:
            cancelled.set()
            begun = [future for future in waiting if not future.cancel()]
            for future in begun:
                tell(future.result())
            raise
