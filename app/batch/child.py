"""One row in a child process of this program."""

import contextlib
import json
import os
import platform
import subprocess
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from app.batch.journal import Journal
from app.batch.rows import Row
from app.files import this_program

_STOPPED: Final = (130, 143, 129, -2, -15, -1)
_LOOK_S: Final = 0.1
_PATIENCE_S: Final = 15.0


@dataclass(frozen=True)
class Outcome:
    """What became of a row: `status` is done, skipped, failed or stopped; `sentence` says why."""

    row: Row
    status: str
    sentence: str = ""
    seconds: float = 0.0
    outputs: tuple[str, ...] = ()
    machine: str = ""


def run_row(row: Row, folder: str, cancelled: threading.Event | None = None) -> Outcome:
    """Run one row and return what became of it; `folder` is that of the journal.

    The child ends when this process does, however it ends: it watches the pipe that is its standard input.
    """
    here = platform.node()
    if not os.path.isdir(folder):
        sentence = f"{here} cannot reach {folder}: keep the list on a folder that all workers share."
        return Outcome(row, "failed", sentence, machine=here)
    began_s = time.monotonic()
    command = [*this_program.command(), "batch-row", folder, json.dumps(asdict(row))]
    child = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=os.name != "nt",  # Ctrl+C comes to this process, which ends its children in order
    )
    said: list[bytes] = []
    assert child.stderr is not None
    listener = threading.Thread(target=lambda pipe: said.extend(pipe), args=(child.stderr,), daemon=True)
    listener.start()
    try:
        is_stopped = _wait(child, cancelled)
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()
        listener.join(_PATIENCE_S)
        assert child.stdin is not None
        with contextlib.suppress(OSError):
            child.stdin.close()
        child.stderr.close()
    seconds = time.monotonic() - began_s
    if child.returncode == 0:
        return Outcome(row, "done", "", seconds, tuple(Journal(Path(folder)).outputs(row)), here)
    if is_stopped or child.returncode in _STOPPED:
        return Outcome(row, "stopped", "Stopped: run the list again to continue.", seconds, machine=here)
    return Outcome(row, "failed", _sentence(b"".join(said), child.returncode), seconds, machine=here)


def _wait(child: subprocess.Popen[bytes], cancelled: threading.Event | None) -> bool:
    """Wait for a child; returns whether it was asked to stop."""
    while child.poll() is None:
        if cancelled is not None and cancelled.is_set():
            child.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(_PATIENCE_S)
            return True
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(_LOOK_S)
    return False


def _sentence(said: bytes, status: int) -> str:
    """Return the last sentence that is not a note."""
    lines = [line.removeprefix("swansphere: ") for line in said.decode("utf-8", "replace").splitlines() if line.strip()]
    errors = [line for line in lines if not line.startswith("note: ")]
    return errors[-1] if errors else f"The command ended with status {status} and said nothing: run it alone."
