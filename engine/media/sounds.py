"""The sound tracks of a film: their metadata and their samples."""

import re
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.contract.video import FilmSound
from engine.media.container import AudioFrame, AudioStream, MediaFile

_TYPES: Final = {"u8": "u1", "s16": "i2", "s32": "i4", "s64": "i8", "flt": "f4", "dbl": "f8"}


def sounds_of(media: MediaFile) -> tuple[FilmSound, ...]:
    """Return the metadata of a file's sound tracks, on the film's clock."""
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
    """Return a frame's samples (C, n) as floating point in -1..1.

    Reads plane by plane: with more than eight channels, PyAV's `to_ndarray` takes too many planes and crashes.
    """
    channels, kind = frame.layout.nb_channels, np.dtype(_TYPES[frame.format.packed.name])
    if frame.format.is_planar:
        planes: list[Any] = list(frame.planes[:channels])
        values = np.stack([np.frombuffer(plane, kind, frame.samples) for plane in planes])
    else:
        plane: Any = frame.planes[0]  # the stubs do not say that it is a buffer
        values = np.frombuffer(plane, kind, frame.samples * channels).reshape(-1, channels).T
    if kind == np.uint8:
        return ((values.astype(np.float32) - 128.0) / 128.0).astype(np.float32)
    scale = 1.0 / 2.0 ** (8 * kind.itemsize - 1) if kind.kind == "i" else 1.0
    with np.errstate(over="ignore"):  # beyond float32 it is infinite, and the reader reports it as damage
        return np.ascontiguousarray((values * scale).astype(np.float32))


def _tagged_end_s(sound: AudioStream, stated_s: float) -> float:
    """Return when a sound ends by Matroska's tag ("00:00:08.021000000"), or else by the whole file."""
    found = re.fullmatch(r"(\d{1,3}):(\d\d):(\d\d(?:\.\d{1,12})?)", sound.metadata.get("DURATION", ""))
    if found is None:
        return stated_s
    hours, minutes, seconds = (float(part) for part in found.groups())
    return min(3600.0 * hours + 60.0 * minutes + seconds, stated_s)
