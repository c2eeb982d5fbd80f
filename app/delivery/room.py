"""Whether a disk has room for an export, asked before the work begins."""

import shutil
from pathlib import Path
from typing import Final

from app.delivery.file_format import FileFormat
from engine.contract.conventions import FOA_CHANNELS, SAMPLE_RATE_HZ
from engine.contract.errors import ExportError, reason_of

_BYTES: Final = {"pcm16": 2.0, "pcm24": 3.0, "float": 4.0, "aac": 0.5}
_FLOAT_BYTES: Final = 4
_GIGA: Final = 1e9
_MEGA: Final = 1e6


def bytes_needed(form: FileFormat, seconds: float, files: int) -> int:
    """Return about how many bytes some files of a length need while they are written: rendered, and once more."""
    rendered = SAMPLE_RATE_HZ * FOA_CHANNELS * _FLOAT_BYTES
    written = form.rate_hz * (2 if form.kind == "binaural" else FOA_CHANNELS) * _BYTES[form.coding or "pcm24"]
    return round(seconds * files * (rendered + written))


def check_room(folder: Path, needed: int) -> None:
    """Raise ExportError if a folder's disk has less room than `needed` bytes, or if the folder is gone."""
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise ExportError(f"{folder} cannot be written to: {reason_of(error)}. Choose another folder.") from error
    if free < needed:
        raise ExportError(
            f"The export needs about {_told(needed)}, and the disk of {folder} has {_told(free)} free: free some space "
            "or choose another folder."
        )


def _told(count: int) -> str:
    return f"{count / _GIGA:.1f} GB" if count >= _GIGA else f"{max(1, round(count / _MEGA))} MB"
