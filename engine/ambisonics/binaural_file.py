"""Binaural filters from files: those that come with the project, those saved before, those of a user's SOFA file."""

import json
from pathlib import Path
from typing import Final

import numpy as np

from engine.ambisonics.binaural import BinauralFilters
from engine.ambisonics.sofa import is_hdf5
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import InvalidInputError
from engine.files.regular import check_regular
from engine.files.staging import whole_file

SHIPPED_FILTERS: Final = Path(__file__).resolve().parents[2] / "resources" / "binaural" / "cipic_124.safetensors"
"""The filters that come with the project; resources/binaural/README.md says how they were made."""

_FILE_KEY: Final = "ears_by_acn_by_taps"
_NOTES_KEY: Final = "binaural_filters"


def load_filters(path: Path = SHIPPED_FILTERS) -> BinauralFilters:
    """Return the filters in a file that `save_filters` wrote, or of the head in a SOFA file.

    By default these are the shipped filters. What the file begins with decides, not its name. A SOFA file takes some
    seconds. Raises InvalidInputError if the file is damaged, of another kind, or holds filters for another sampling
    rate than 48 kHz; MediaError if it cannot be opened.
    """
    check_regular(path, "file of binaural filters")
    if is_hdf5(path) or path.suffix.lower() == ".sofa":
        from engine.ambisonics.magls import filters_of_head

        return filters_of_head(path)
    return _stored_filters(path)


def _stored_filters(path: Path) -> BinauralFilters:
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
