"""The option `--hrtf`: whose head listens."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.ambisonics.binaural import BinauralFilters


def add_head_option(parser: argparse.ArgumentParser) -> None:
    """Add `--hrtf FILE`."""
    parser.add_argument(
        "--hrtf",
        type=Path,
        metavar="FILE",
        help="head for binaural sound: a SOFA file (SimpleFreeFieldHRIR) or saved filters (default: the shipped head)",
    )


def chosen_head(file: Path | None) -> "BinauralFilters":
    """Return the filters of `--hrtf`, else the shipped ones. Raises EngineError if the file cannot be used."""
    from engine.ambisonics.binaural_file import SHIPPED_FILTERS, load_filters

    return load_filters(SHIPPED_FILTERS if file is None else file)
