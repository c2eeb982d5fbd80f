"""Runs another generator: an argument list without a shell, its own process group, a limit, and a certain end.

Its output goes to files, not to pipes: nothing here can block on a program that stops reading or never stops writing.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final

from engine.contract.errors import CancelledError, InvalidInputError, WorkerError, reason_of
from engine.runtime.makers.protocol import Maker, Said, read_line, shown

_POLL_S: Final = 0.05
_PATIENCE_S: Final = 1.0
_MOST_PRINTED_BYTES: Final = 16 * 2**20
_LONGEST_LINE: Final = 8_192
_TAIL_BYTES: Final = 4_096


def run_maker(
    maker: Maker,
    request: str,
    folder: Path,
    output: Path,
    most_bytes: int,
    said: Callable[[Said], None],
    cancelled: Callable[[], bool],
) -> None:
    """Run a generator until it ends; `folder` is private, and `output` may grow to `most_bytes`.

    The process and its children have ended when this returns or raises. Raises CancelledError, InvalidInputError if
    the command cannot be started, or WorkerError if it fails, takes too long or writes too much.
    """
    asked, printed, errors = folder / "request.json", folder / "printed.txt", folder / "errors.txt"
    asked.write_text(f"{request}\n", encoding="utf-8")
    with open(asked, "rb") as stdin, open(printed, "wb") as stdout, open(errors, "wb") as stderr:
        process = _started(maker, folder, stdin, stdout, stderr)
    lines = _Lines(printed)
    try:
        _wait(process, maker, (printed, errors), output, most_bytes, lambda: lines.tell(said), cancelled)
    finally:
        _end(process)
    lines.tell(said, to_the_end=True)
    if lines.error:
        raise WorkerError(f"{maker.name} reports: {_as_sentence(lines.error)}")
    if process.returncode != 0:
        why = _last_line(errors) or _last_line(printed)
        raise WorkerError(f"{maker.name} {_how_it_ended(process.returncode)}{f': {_as_sentence(why)}' if why else '.'}")


def _started(
    maker: Maker, folder: Path, stdin: BinaryIO, stdout: BinaryIO, stderr: BinaryIO
) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            maker.command,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            cwd=folder,
            env=_environment(),
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        reason = reason_of(error) if isinstance(error, OSError) else "its name is not valid"
        raise InvalidInputError(
            f"{maker.name} cannot be started, {shown(maker.command[0])}: {reason}. Write the whole path of its program."
        ) from error


def _environment() -> dict[str, str]:
    """Return the user's environment; other programs must not look for libraries in a bundle of this one."""
    values = dict(os.environ)
    if getattr(sys, "frozen", False):
        before = values.pop("LD_LIBRARY_PATH_ORIG", None)
        values.pop("LD_LIBRARY_PATH", None)
        if before:
            values["LD_LIBRARY_PATH"] = before
    values["PYTHONUNBUFFERED"] = "1"  # progress arrives when it is printed
    return values


def _wait(
    process: subprocess.Popen[bytes],
    maker: Maker,
    logs: tuple[Path, ...],
    output: Path,
    most_bytes: int,
    follow: Callable[[], None],
    cancelled: Callable[[], bool],
) -> None:
    give_up_at = time.monotonic() + maker.limit_s
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_POLL_S)
            return
        follow()
        if cancelled():
            raise CancelledError(f"{maker.name} was cancelled; nothing was changed.")
        if time.monotonic() > give_up_at:
            raise WorkerError(
                f"{maker.name} was stopped at its time limit of {maker.limit_s:g} s: raise the limit, or make a "
                "shorter block."
            )
        if _size(output) > most_bytes or any(_size(log) > _MOST_PRINTED_BYTES for log in logs):
            raise WorkerError(f"{maker.name} was stopped: it wrote far more than a sound of this length needs.")


def _size(path: Path) -> int:
    try:
        return os.lstat(path).st_size
    except OSError:
        return 0


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process and everything that it started in its group: asked first if it still runs, then killed."""
    if process.poll() is None:
        _signal(process, is_kind=True)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_PATIENCE_S)
    _signal(process, is_kind=False)
    process.wait()


def _signal(process: subprocess.Popen[bytes], *, is_kind: bool) -> None:
    if sys.platform == "win32":
        with contextlib.suppress(OSError):
            process.terminate()
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGTERM if is_kind else signal.SIGKILL)


class _Lines:
    """Reads the lines of a growing file; those that are too long are passed over."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._at = 0
        self._rest = b""
        self.error = ""

    def tell(self, said: Callable[[Said], None], *, to_the_end: bool = False) -> None:
        """Call `said` for each new line of the protocol."""
        with open(self._file, "rb") as file:
            file.seek(self._at)
            data = file.read(_MOST_PRINTED_BYTES)
        self._at += len(data)
        *lines, self._rest = (self._rest + data + (b"\n" if to_the_end else b"")).split(b"\n")
        self._rest = self._rest[: _LONGEST_LINE + 1]
        for line in lines:
            if len(line) <= _LONGEST_LINE and (found := read_line(line)) is not None:
                self.error = found.error or self.error
                said(found)


def _last_line(file: Path) -> str:
    """Return the last line of a log that says something."""
    try:
        with open(file, "rb") as log:
            log.seek(max(0, os.fstat(log.fileno()).st_size - _TAIL_BYTES))
            text = log.read(_TAIL_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""
    return next((line for line in map(shown, reversed(text.splitlines())) if line), "")


def _how_it_ended(status: int) -> str:
    return f"was ended by signal {-status}" if status < 0 else f"stopped with exit status {status}"


def _as_sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."
