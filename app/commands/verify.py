"""`verify FILE`: one page on what a finished file is, read back from it."""

import argparse
import json
from pathlib import Path

from app.command_line.console import say
from engine.export.checking.page import page_of

_LABEL_WIDTH = 16


def run(arguments: argparse.Namespace) -> int:
    """Run `verify`; returns the exit status."""
    file: Path = arguments.file
    page = page_of(file, arguments.convention)
    if arguments.json:
        found = [{"what": label, "found": text} for label, text in page]
        say(json.dumps({"file": str(file), "page": found}, indent=2, ensure_ascii=False))
        return 0
    say("\n".join([str(file), *(f"  {label:<{_LABEL_WIDTH}}{text}" for label, text in page)]))
    return 0
