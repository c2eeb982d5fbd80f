"""First-order sound fields as files: AmbiX in WAV and FLAC, FuMa in AMB, selected by the suffix."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.ambisonics.normalisation import ambix_to_fuma
from engine.contract.conventions import FOA_CHANNELS, SAMPLE_RATE_HZ
from engine.export.formats import Subtype, format_of, subtype_of
from engine.export.layouts import field_layout
from engine.export.levels import Gain
from engine.export.rendered_file import RenderedFile, new_file
from engine.files.staging import Staging


class AmbixWriter(RenderedFile):
    """Appends AmbiX blocks (4, n) to a sound file; see `SoundWriter` for how it opens, fails and finishes.

    The suffix selects the format: .wav or none, .flac, or .amb, which holds FuMa. The default `subtype` is floating
    point if the format supports it. `time_reference_samples` is the start of the sound on the film's timeline.
    Unless `is_generated`, no note says that a machine made the sound; `model_sha256` is the hash of its weights.
    """

    def __init__(
        self,
        path: Path,
        subtype: Subtype | None = None,
        *,
        rate_hz: int = SAMPLE_RATE_HZ,
        time_reference_samples: int = 0,
        gain: Gain = 0.0,
        staging: Staging | None = None,
        is_generated: bool = True,
        model_sha256: str = "",
    ) -> None:
        self._is_fuma = format_of(path, "field") == "amb"
        layout = field_layout(
            subtype_of(path, "field", subtype),
            rate_hz=rate_hz,
            time_reference_samples=time_reference_samples,
            is_fuma=self._is_fuma,
            is_generated=is_generated,
            model_sha256=model_sha256,
        )
        super().__init__(new_file(path, "field", layout, gain, staging))

    def write(self, samples: NDArray[np.float32]) -> None:
        """Append a block (4, n)."""
        if self._is_fuma and samples.ndim == 2 and samples.shape[0] == FOA_CHANNELS:
            samples = ambix_to_fuma(samples).astype(np.float32)
        self.file.write(samples)
