"""Text files (reports, annotations) that are written whole or not at all."""

import os
from collections.abc import Mapping
from pathlib import Path

from engine.contract.errors import ExportError


def write_text_files(files: Mapping[Path, str]) -> None:
    """Write texts to files, all whole before the first takes its name; raises ExportError and leaves nothing half."""
    waiting = {path: path.with_name(f".{path.name}.{os.getpid()}.part") for path in files}
    path = next(iter(files))
    try:
        for path, text in files.items():
            waiting[path].write_text(text, encoding="utf-8")
        for path, unfinished in waiting.items():
            os.replace(unfinished, path)
    except OSError as error:
        raise ExportError(f"{path} cannot be written: {error.strerror}. Choose another folder.") from error
    finally:
        for unfinished in waiting.values():
            unfinished.unlink(missing_ok=True)
