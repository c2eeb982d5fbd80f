"""Stereo files of sound that stays with the head: music, a narrator."""

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.export.formats import Subtype, subtype_of
from engine.export.layouts import FRONT_LEFT_FRONT_RIGHT, described
from engine.export.levels import Gain
from engine.export.rendered_file import RenderedFile, new_file
from engine.export.sound_writer import SoundLayout
from engine.files.staging import Staging

_STEREO: Final = "Head-locked stereo, to be played beside the sound field."


class StereoWriter(RenderedFile):
    """Appends blocks (2, n), left and right, to a sound file. Opens, fails and finishes as `SoundWriter` does.

    With `is_generated` its notes say that a machine made the sound.
    """

    def __init__(
        self,
        path: Path,
        subtype: Subtype | None = None,
        *,
        rate_hz: int = SAMPLE_RATE_HZ,
        dither: bool = False,
        time_reference_samples: int = 0,
        gain: Gain = 0.0,
        staging: Staging | None = None,
        is_generated: bool = False,
    ) -> None:
        layout = SoundLayout(
            channels=2,
            channel_mask=FRONT_LEFT_FRONT_RIGHT,
            subtype=subtype_of(path, "binaural", subtype),
            rate_hz=rate_hz,
            description=described(_STEREO, is_generated),
            time_reference_samples=time_reference_samples,
            dither=dither,
        )
        super().__init__(new_file(path, "binaural", layout, gain, staging))

    def write(self, samples: NDArray[np.float32]) -> None:
        """Append a block (2, n)."""
        self.file.write(samples)
