"""The log of a run."""

import json
from pathlib import Path


def note(folder: Path, line: dict[str, float]) -> None:
    """Print a line of the log and append it to the run's file."""
    print(line, flush=True)
    with (folder / "log.jsonl").open("a") as log:
        log.write(json.dumps(line) + "\n")
