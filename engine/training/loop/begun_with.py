"""Which weights a run was begun with: it cannot be resumed with others."""

from pathlib import Path

from engine.contract.errors import CheckpointError
from engine.files.staging import write_texts

_FILE = "start.sha256"


def folder_begun_with(folder: Path, sha256: str) -> Path:
    """Return a run's folder, made if it does not exist, in which the hash of the weights at its start is kept.

    Raises CheckpointError if the run was begun with other weights.
    """
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / _FILE
    if not kept.is_file():
        write_texts({kept: sha256})  # whole at once: several processes begin together
    if kept.read_text() != sha256:
        raise CheckpointError(f"{folder} was begun with other weights: specify those with --start, or move the folder.")
    return folder


def finish(folder: Path, *files: str) -> None:
    """Remove the hash and the named files of a finished run: the next one starts from the beginning. The log stays."""
    for name in (_FILE, *files):
        (folder / name).unlink(missing_ok=True)
