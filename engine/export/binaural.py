"""Binaural files: the field as two ears hear it, rendered while it is written."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.ambisonics.binaural import BinauralFilters, BinauralRenderer
from engine.ambisonics.binaural_file import load_filters
from engine.contract.view import FRONT, ViewOrientation
from engine.export.formats import Subtype, subtype_of
from engine.export.layouts import binaural_layout
from engine.export.levels import Gain
from engine.export.rendered_file import RenderedFile, new_file
from engine.files.staging import Staging


class BinauralWriter(RenderedFile):
    """Appends AmbiX blocks (4, n) to a stereo file as heard by a head in a view; as long as the field itself.

    Without `filters` the shipped head is used. The suffix selects WAV (.wav or none) or FLAC. Opens, fails and
    finishes as `SoundWriter` does.
    """

    def __init__(
        self,
        path: Path,
        subtype: Subtype | None = None,
        *,
        filters: BinauralFilters | None = None,
        view: ViewOrientation = FRONT,
        time_reference_samples: int = 0,
        gain: Gain = 0.0,
        staging: Staging | None = None,
        is_generated: bool = True,
        model_sha256: str = "",
    ) -> None:
        self._renderer = BinauralRenderer(filters or load_filters(), view)
        self._view = view
        subtype = subtype_of(path, "binaural", subtype)
        layout = binaural_layout(
            subtype, time_reference_samples=time_reference_samples, is_generated=is_generated, model_sha256=model_sha256
        )
        super().__init__(new_file(path, "binaural", layout, gain, staging))

    def write(
        self,
        foa: NDArray[np.float32],
        view: ViewOrientation | None = None,
        head_locked: NDArray[np.float32] | None = None,
    ) -> None:
        """Append a block (4, n); a `view` turns the head from here on, `head_locked` (2, n) stays with it."""
        self._view = self._view if view is None else view
        ears = self._renderer.process(foa, self._view)
        self.file.write(ears if head_locked is None else ears + head_locked)
