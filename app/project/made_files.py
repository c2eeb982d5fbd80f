"""The files of other generators lie beside the takes: they come along when a project gets another name."""

import os
import shutil
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from engine.contract.errors import ExportError, reason_of
from engine.contract.scene.blocks import FileReference, RecordingBlock
from engine.contract.scene.lane import Lane
from engine.contract.scene.scene import Scene
from engine.files.staging import make_folder, whole_file


def copy_made(scenes: Iterable[Scene], source: Path, target: Path) -> None:
    """Bring the files of other generators that scenes use from one folder of takes into another.

    Those there already stay, and one that is missing in the first folder is skipped. Raises ExportError.
    """
    blocks = {block for scene in scenes for block in scene.blocks() if isinstance(block, RecordingBlock)}
    names = {block.file.name for block in blocks if _is_made(block, source)}
    missing = [name for name in sorted(names) if (source / name).is_file() and not (target / name).exists()]
    if missing:
        make_folder(target)
    for name in missing:
        try:
            with whole_file(target / name) as staged:
                link_or_copy(source / name, staged)
        except OSError as error:
            raise ExportError(f"{source / name} cannot be copied to {target}: {reason_of(error)}.") from error


def moved_lane(lane: Lane, source: Path, target: Path) -> Lane:
    """Return a lane that reads the files of other generators from another folder of takes."""
    blocks = tuple(
        replace(block, file=_file(block.file, target))
        if isinstance(block, RecordingBlock) and _is_made(block, source)
        else block
        for block in lane.blocks
    )
    return replace(lane, blocks=blocks) if blocks != lane.blocks else lane


def link_or_copy(source: Path, target: Path) -> None:
    """Link a file, or copy it if the disk has no links. Raises OSError."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _is_made(block: RecordingBlock, folder: Path) -> bool:
    return bool(block.made_by) and os.path.dirname(block.file.path) == os.path.abspath(folder)


def _file(file: FileReference, folder: Path) -> FileReference:
    return replace(file, path=os.path.join(os.path.abspath(folder), file.name))
