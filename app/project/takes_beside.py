"""The takes of a project under another name: linked or copied, because a take is never written again."""

import os
import shutil
from collections.abc import Collection
from pathlib import Path

from engine.contract.errors import ExportError, reason_of
from engine.files.staging import make_folder, whole_file, whole_folder


def copy_takes(source: Path, target: Path, take_ids: Collection[str]) -> None:
    """Bring takes from one folder of takes into another, each whole or not at all; those there already stay.

    A take is a file or a folder named by its id. Raises ExportError.
    """
    if not source.is_dir() or source.resolve() == target.resolve():
        return
    missing = [name for name in sorted(take_ids) if (source / name).exists() and not (target / name).exists()]
    if missing:
        make_folder(target)
    for name in missing:
        try:
            if (source / name).is_dir():
                with whole_folder(target / name) as staged:
                    shutil.copytree(source / name, staged, copy_function=_linked, dirs_exist_ok=True)
            else:
                with whole_file(target / name) as staged:
                    _linked(str(source / name), str(staged))
        except (OSError, shutil.Error) as error:
            raise ExportError(f"The takes in {source} cannot be copied to {target}: {reason_of(error)}.") from error


def _linked(source: str, target: str) -> str:
    """Link a file, or copy it if the disk has no links."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
    return target
