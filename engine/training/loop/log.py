"""The log of a run."""

import json
from collections.abc import Mapping
from pathlib import Path


def note(folder: Path | None, line: Mapping[str, float]) -> None:
    """Print a line of the log and append it to `log.jsonl` in the run's folder (None: only print it)."""
    print(line, flush=True)
    if folder is not None:
        with (folder / "log.jsonl").open("a") as log:
            log.write(json.dumps(line) + "\n")
