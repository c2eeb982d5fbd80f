"""What was done of a list: one note for each finished row, beside the report, and a log of what began and ended.

A row is finished by the child process that made it: it holds the row's lock, and writes the note when its outputs have
their names. If the same row is begun once more meanwhile, that child waits for the lock and finds the note.
"""

import contextlib
import json
import os
import platform
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from app.batch.rows import Row
from engine.files.content import content_hash
from engine.files.owner_lock import OwnerLock
from engine.files.staging import refused, write_texts


class Journal:
    """The folder of the notes. Every method may be called in any process; raises ExportError if it cannot write."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def note_of(self, row: Row) -> Path:
        """Return where the note of a row lies."""
        return self.folder / f"{row.key}.json"

    def is_done(self, row: Row) -> bool:
        """Return whether a row is finished, its input is the same, and its outputs are what was written."""
        try:
            note = json.loads(self.note_of(row).read_text("utf-8"))
            before: object = note["outputs"]
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return False
        return bool(before) and before == _contents(row.outputs) and note.get("inputs") == _inputs(row)

    def outputs(self, row: Row) -> list[str]:
        """Return the files that a row has written."""
        return sorted(_contents(row.outputs))

    def forget(self, row: Row) -> None:
        """Remove the note of a row, so that it is made again."""
        self.note_of(row).unlink(missing_ok=True)

    def finish(self, row: Row) -> None:
        """Write the note of a row whose outputs have their names."""
        note = {"row": row.number, "words": row.words, "inputs": _inputs(row), "outputs": _contents(row.outputs)}
        write_texts({self.note_of(row): json.dumps(note, indent=1) + "\n"})
        self.log(row, "done")

    def log(self, row: Row, what: str) -> None:
        """Append one line to the log."""
        line = {"row": row.number, "what": what, "at": time.time(), "process": os.getpid(), "machine": platform.node()}
        try:
            descriptor = os.open(self.folder / "log.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
            try:
                os.write(descriptor, (json.dumps(line) + "\n").encode())
            finally:
                os.close(descriptor)
        except OSError as error:
            raise refused(self.folder, error) from error

    @contextlib.contextmanager
    def claimed(self, row: Row) -> Iterator[None]:
        """Hold a row alone; waits while another process makes it."""
        place = self.folder / f"{row.key}.lock"
        while True:
            try:
                with contextlib.suppress(FileExistsError):
                    os.close(os.open(place, os.O_CREAT | os.O_EXCL, 0o600))
                lock = OwnerLock(place)
                break
            except BlockingIOError:
                time.sleep(0.1)
            except OSError as error:
                raise refused(self.folder, error) from error
        try:
            yield
        finally:
            lock.release()


def _inputs(row: Row) -> dict[str, str]:
    """Return the content of every file that the command line names, except what it writes."""
    values = [word.partition("=")[2] if word.startswith("--") else word for word in row.words[1:]]
    files = {value for value in values if os.path.isabs(value)} - set(row.outputs)
    return {file: content for file in sorted(files) if (content := content_hash(Path(file)))}


def _contents(outputs: Sequence[str]) -> dict[str, list[int | str]]:
    """Return size and content of every file, keyed by name; nothing at all if an output is missing."""
    found: dict[str, list[int | str]] = {}
    for output in map(Path, outputs):
        files = sorted(output.rglob("*")) if output.is_dir() else [output]
        with contextlib.suppress(OSError):
            found |= {str(file): [file.stat().st_size, content_hash(file)] for file in files if file.is_file()}
        if not any(Path(name).is_relative_to(output) for name in found):
            return {}
    return found
