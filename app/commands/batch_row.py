"""`batch-row FOLDER ROW`: one row of a list, in the child process of `batch`; nothing that the user types."""

import argparse
import importlib
import json
import os
import signal
import sys
import threading
import time
from typing import Final

from app.batch.journal import Journal
from app.batch.rows import Row, row_parser
from engine.contract.errors import InvalidInputError

_PATIENCE_S: Final = 5.0
_ENDED: Final = 143


def run(arguments: argparse.Namespace) -> int:
    """Run the row unless another process has finished it meanwhile; returns the exit status of its command."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        item = json.loads(arguments.row)
        row = Row(**{**item, "words": tuple(item["words"]), "outputs": tuple(item["outputs"])})
    except (ValueError, TypeError, KeyError):
        raise InvalidInputError("batch-row belongs to the command batch: use that.") from None
    journal = Journal(arguments.folder)
    with journal.claimed(row):
        if journal.is_done(row):
            return 0
        journal.log(row, "begun")
        parsed = row_parser().parse_args(row.words)
        status = int(importlib.import_module(parsed.module).run(parsed))
        if status == 0:
            journal.finish(row)
        return status


def _end_with_parent() -> None:
    """Wait until the pipe from the parent closes, then end in order, or at once if that takes long."""
    while os.read(sys.stdin.fileno(), 64):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_PATIENCE_S)
    os._exit(_ENDED)
