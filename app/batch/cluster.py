"""The rows on a cluster that runs already: Dask distributed.

Dask and not Ray: it is nearly all Python, so that it installs wherever SwanSphere does, and a worker is one command. A
row is a child process with files, so that Ray's shared memory and actors would bring nothing.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from app.batch.child import Outcome, run_row
from app.batch.journal import Journal
from app.batch.rows import Row
from engine.contract.errors import InvalidInputError

_TIMEOUT_S = 10


def run_on_cluster(
    address: str, rows: Sequence[Row], folder: str, jobs: int | None, tell: Callable[[Outcome], None]
) -> None:
    """Run the rows on the workers of a scheduler, at most `jobs` at once; None: as many as the workers have threads.

    A row whose worker is lost is given to another one. Raises InvalidInputError if there is no such cluster.
    """
    try:
        import distributed
    except ImportError:
        raise InvalidInputError(
            "--cluster needs the package distributed: run `pip install distributed` here and on the workers."
        ) from None
    dask: Any = distributed  # it has no types
    try:
        client = dask.Client(address, timeout=_TIMEOUT_S, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise InvalidInputError(
            f"There is no Dask scheduler at {address}: start one with `dask scheduler`, or correct the address."
        ) from error
    with client:
        waiting = list(reversed(rows))
        running = dask.as_completed(loop=client.loop)
        rows_of: dict[Any, Row] = {}
        try:
            while waiting or running.count():
                while waiting and (jobs is None or running.count() < jobs):
                    row = waiting.pop()
                    # The key is the row's, so that the scheduler never holds it twice.
                    future = client.submit(run_row, row, folder, key=("swansphere", row.number, row.key), pure=False)
                    rows_of[future.key] = row
                    running.add(future)
                future = next(running)
                tell(_outcome(future, rows_of[future.key], folder))
        except BaseException:
            # Rows that a worker has begun are finished there; the next run waits for them, or finds their notes.
            client.cancel(list(running.futures), force=True)
            raise


def _outcome(future: Any, row: Row, folder: str) -> Outcome:
    if future.status == "finished":
        outcome: Outcome = future.result()
        return outcome
    if Journal(Path(folder)).is_done(row):  # its worker was lost after the last write
        return Outcome(row, "done", outputs=tuple(Journal(Path(folder)).outputs(row)))
    error = future.exception() if future.status == "error" else None
    if isinstance(error, ModuleNotFoundError):
        return Outcome(row, "failed", "The worker does not have SwanSphere: install it in the worker's environment.")
    return Outcome(row, "failed", f"The worker lost this row ({type(error).__name__}): look at the worker's log.")
