"""Presets: what a program or a site wants, as data, with one name each."""

from dataclasses import dataclass
from typing import Final

from engine.export.delivery.order import Kind
from engine.export.film.film_writer import Coding


@dataclass(frozen=True)
class Preset:
    """The kind of file, its coding, its rate, and a sentence on what it is for."""

    kind: Kind
    coding: Coding
    about: str
    rate_hz: int = 48_000
    normalise_lufs: float | None = None
    ceiling_dbtp: float | None = None


PRESETS: Final[dict[str, Preset]] = {
    "reaper": Preset("wav", "float", "AmbiX WAV in floating point: nothing clips on the way to the mix."),
    "nuendo": Preset("wav", "pcm24", "AmbiX WAV of 24 bits with time reference and named tracks."),
    "pro-tools": Preset("wav", "pcm24", "AmbiX WAV of 24 bits; peaks stay below -1 dBTP.", ceiling_dbtp=-1.0),
    "youtube-360": Preset(
        "mov", "pcm24", "360-degree film with four channels of PCM, as the site asks for it.", ceiling_dbtp=-1.0
    ),
    "quick-binaural": Preset("binaural", "pcm16", "Stereo for headphones, 16 bits; .mp4 with the film.", 48_000),
}
"""Presets by name. A suffix that allows only one coding takes precedence: .mp4 holds AAC."""
