"""The report of a list: JSON, and one line per row on the screen."""

import json
import time
from collections.abc import Sequence
from pathlib import Path

from app.batch.child import Outcome
from app.batch.rows import Row
from app.command_line.console import say, time_left
from engine.files.staging import write_texts


class Report:
    """Collects what became of each row, in the order of the list; `made` are the rows that have to be made."""

    def __init__(self, file: Path, rows: Sequence[Row]) -> None:
        self._file, self._rows = file, rows
        self._outcomes: dict[int, Outcome] = {}
        self._began_s = time.monotonic()
        self._skipped = 0

    def tell(self, outcome: Outcome) -> None:
        """Take an outcome and show its line, with the time left."""
        row = outcome.row
        self._outcomes[row.number] = outcome
        self._skipped += outcome.status == "skipped"
        made, to_make = len(self._outcomes) - self._skipped, len(self._rows) - self._skipped
        left = time_left(time.monotonic() - self._began_s, made / max(1, to_make))
        parts = [f"{len(self._outcomes)}/{len(self._rows)} row {row.number} {outcome.status}:", row.task, row.input]
        parts += [f"-> {row.out}"] * bool(row.out) + [f"({outcome.seconds:.1f} s)"] * (outcome.seconds > 0)
        parts += [f"- {outcome.sentence}"] * bool(outcome.sentence) + [f"[{left} left]"] * bool(left)
        line = " ".join(part for part in parts if part)
        say("".join(letter if letter.isprintable() else "?" for letter in line))

    def count(self, status: str) -> int:
        """Return how many rows have this status."""
        return sum(outcome.status == status for outcome in self._outcomes.values())

    def write(self) -> None:
        """Write the report; rows that were not reached are in it too. Raises ExportError."""
        rows = [self._told(row) for row in self._rows]
        counts = {status: self.count(status) for status in ("done", "skipped", "failed", "stopped")}
        document = {**counts, "seconds": round(time.monotonic() - self._began_s, 1), "rows": rows}
        write_texts({self._file: json.dumps(document, indent=1, ensure_ascii=False) + "\n"})

    def _told(self, row: Row) -> dict[str, object]:
        outcome = self._outcomes.get(row.number, Outcome(row, "not begun"))
        return {
            "row": row.number,
            "task": row.task,
            "input": row.input,
            "out": row.out,
            "status": outcome.status,
            "sentence": outcome.sentence,
            "seconds": round(outcome.seconds, 1),
            "outputs": outcome.outputs,
            "machine": outcome.machine,
        }
