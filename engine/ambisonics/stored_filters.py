"""Binaural filters as safetensors: written and read again."""

import json
from pathlib import Path
from typing import Final

import numpy as np

from engine.ambisonics.binaural import BinauralFilters
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import InvalidInputError
from engine.files.staging import whole_file

_FILE_KEY: Final = "ears_by_acn_by_taps"
_NOTES_KEY: Final = "binaural_filters"


def read_filters(path: Path) -> BinauralFilters:
    """Return the filters in a file that `save_filters` wrote. Raises InvalidInputError."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            taps = file.get_tensor(_FILE_KEY)
            notes = json.loads((file.metadata() or {})[_NOTES_KEY])
        rate_hz, source = int(notes["rate_hz"]), str(notes["source"])
    except (OSError, SafetensorError, ValueError, LookupError, TypeError, OverflowError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "it is damaged or of another kind"
        raise InvalidInputError(f"{path} cannot be read as binaural filters: {reason}.") from error
    if rate_hz != SAMPLE_RATE_HZ:
        raise InvalidInputError(f"The binaural filters in {path} are for {rate_hz} Hz; {SAMPLE_RATE_HZ} Hz is needed.")
    return BinauralFilters(taps, rate_hz, source)


def save_filters(filters: BinauralFilters, path: Path) -> None:
    """Write filters as safetensors, whole or not at all. Raises ExportError."""
    from safetensors.numpy import save

    # One key only: safetensors writes several in an order that changes from run to run.
    notes = {_NOTES_KEY: json.dumps({"rate_hz": filters.rate_hz, "source": filters.source})}
    with whole_file(path) as staged:
        staged.write_bytes(save({_FILE_KEY: np.array(filters.taps)}, metadata=notes))
