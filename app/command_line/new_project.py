"""The place of a project that a command writes."""

from collections.abc import Mapping
from pathlib import Path

from app.command_line.arguments import check_outputs
from engine.contract.errors import InvalidInputError
from engine.files.apart import Places
from engine.project.project_file import SUFFIX


def check_new_project(out: Path, read: Mapping[str, Places]) -> None:
    """Raise InvalidInputError or ExportError if `out` is no name for a new project, or cannot be written.

    `read` is as for `check_outputs`. A project that exists is never overwritten.
    """
    if out.suffix.lower() != SUFFIX:
        raise InvalidInputError(f"{out} is not the name of a project: let it end in {SUFFIX}.")
    check_outputs(out, read=read)
    if out.exists():
        raise InvalidInputError(f"{out} exists, and a project is not overwritten: choose another name, or remove it.")
