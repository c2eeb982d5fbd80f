"""Binaural filters from any file: those that come with the project, saved ones, those of a user's SOFA file."""

from pathlib import Path
from typing import Final

from engine.ambisonics.binaural import BinauralFilters
from engine.ambisonics.sofa import is_hdf5
from engine.ambisonics.stored_filters import read_filters
from engine.files.regular import check_regular

SHIPPED_FILTERS: Final = Path(__file__).resolve().parents[2] / "resources" / "binaural" / "cipic_124.safetensors"
"""The filters that come with the project; resources/binaural/README.md says how they were made."""


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
    return read_filters(path)
