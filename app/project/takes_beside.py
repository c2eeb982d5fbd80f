"""The takes beside a project: brought along to another name, and removed when nothing needs them any more."""

import os
from collections.abc import Collection
from pathlib import Path

from app.project.made_files import link_or_copy
from app.project.recovery import RecoveryStore
from engine.contract.errors import ExportError, reason_of
from engine.files.staging import make_folder, whole_file
from engine.project.project_file import takes_folder
from engine.runtime.block_takes.store import BlockTakes


def takes_to_use(project: Path) -> Path | None:
    """Return the folder of a project's takes; None if there are none, and the folder cannot be written."""
    folder = takes_folder(project)
    return folder if os.path.isdir(folder) or os.access(folder.parent, os.W_OK) else None


def copy_takes(source: Path, target: Path, take_ids: Collection[str]) -> None:
    """Bring takes from one folder of takes into another, each whole or not at all; those there already stay.

    A take that is missing in the first folder is skipped. Raises ExportError.
    """
    if not source.is_dir() or source.resolve() == target.resolve():
        return
    old, new = BlockTakes(source), BlockTakes(target)
    missing = [take_id for take_id in sorted(take_ids) if old.has(take_id) and not new.has(take_id)]
    if missing:
        make_folder(target)
    for take_id in missing:
        try:
            with whole_file(new.path(take_id)) as staged:
                link_or_copy(old.path(take_id), staged)
        except OSError as error:
            raise ExportError(f"The takes in {source} cannot be copied to {target}: {reason_of(error)}.") from error


def sweep_takes(project: Path, folder: Path, take_ids: Collection[str], store: RecoveryStore) -> list[str]:
    """Delete the takes of a project that are in none of `take_ids` and in no unsaved work; returns their ids.

    Takes of the last day stay. If unsaved work cannot be read, all stay.
    """
    unsaved = store.take_ids(project)
    return [] if unsaved is None else BlockTakes(folder).sweep(unsaved.union(take_ids))
