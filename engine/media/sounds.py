"""The sound tracks of a film: what the file says of them, and their samples."""

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.contract.video import FilmSound
from engine.media.container import AudioFrame, AudioStream, MediaFile


def sounds_of(media: MediaFile) -> tuple[FilmSound, ...]:
    """Return what a file says of its sound tracks, on the film's clock."""
    zero_s = media.clock_zero_s
    found = []
    for sound in media.sounds:
        start_s = max(0.0, float((sound.start_time or 0) * sound.time_base - zero_s)) if sound.time_base else 0.0
        if sound.duration and sound.time_base:
            lasting_s = max(0.0, float(sound.duration * sound.time_base))
        else:
            lasting_s = max(0.0, _tagged_end_s(sound, media.stated_s or 0.0) - start_s)
        found.append(
            FilmSound(
                index=sound.index,
                codec=sound.codec_context.name,
                channels=sound.channels,
                rate_hz=sound.rate or 0,
                layout=sound.layout.name,
                start_s=start_s,
                duration_s=lasting_s,
                is_ambisonic=sound.layout.name.startswith("ambisonic"),
            )
        )
    return tuple(found)


def samples_of(frame: AudioFrame) -> NDArray[np.float32]:
    """Return a frame's samples (C, n) as floating point in -1..1."""
    values: NDArray[Any] = frame.to_ndarray()
    if not frame.format.is_planar:
        values = values.reshape(-1, frame.layout.nb_channels).T
    if values.dtype == np.uint8:
        return ((values.astype(np.float32) - 128.0) / 128.0).astype(np.float32)
    scale = 1.0 / 2.0 ** (8 * values.dtype.itemsize - 1) if values.dtype.kind == "i" else 1.0
    return np.ascontiguousarray((values * scale).astype(np.float32))


def _tagged_end_s(sound: AudioStream, stated_s: float) -> float:
    """Return when a sound ends as Matroska's tag says ("00:00:08.021000000"); else what the whole file says."""
    found = re.fullmatch(r"(\d{1,3}):(\d\d):(\d\d(?:\.\d{1,12})?)", sound.metadata.get("DURATION", ""))
    if found is None:
        return stated_s
    hours, minutes, seconds = (float(part) for part in found.groups())
    return min(3600.0 * hours + 60.0 * minutes + seconds, stated_s)
