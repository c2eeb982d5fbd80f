"""Onsets in a film: something appears or grows, or there is a cut.

The change of a frame is the RMS difference to the one before it, both averaged to 64 x 32 grey pixels in 0..1 and
weighted by the cosine of the elevation (so that the stretched poles count with their true size). An onset is a frame
whose change is 0.01 above twice the median of the three seconds around, and later than 0.3 s after the last one (a
thing that flashes up disappears again). Even motion has no onset, and an onset while much moves is missed.
"""

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.evaluation.measures.sync import STEP_S, Onsets, thinned
from engine.video.decoder import VideoDecoder, resized
from engine.video.probe import probe

FILM_SUFFIXES: Final = (".mp4", ".mov", ".mkv", ".webm", ".m4v", ".avi")

_SIZE: Final = (64, 32)
_DECODED_WIDTH: Final = 256
_SMALLEST_CHANGE: Final = 0.01
_STANDS_OUT: Final = 2.0
_AROUND_S: Final = 1.5
_APART_S: Final = 0.3
_MOST_FRAMES_A_SECOND: Final = 250


def check_film(path: Path) -> None:
    """Raise MediaError if a film cannot be read."""
    probe(path)


def film_onsets(path: Path, seconds: float) -> Onsets:
    """Return the onsets of the first seconds of a film; raises MediaError if it cannot be decoded."""
    info = probe(path)
    seconds = min(seconds, info.duration_s)
    times, changes = [], []
    before: NDArray[np.float32] | None = None
    weights = np.cos(np.pi / 2 * (1.0 - 2.0 * (np.arange(_SIZE[1]) + 0.5) / _SIZE[1]))[:, None]
    weights = np.broadcast_to(weights / weights.mean(), _SIZE[::-1])
    with VideoDecoder(info, max_width=_DECODED_WIDTH) as decoder:
        for number, frame in enumerate(decoder.frames()):
            if frame.pts_s >= seconds or number > seconds * _MOST_FRAMES_A_SECOND:
                break
            grey = resized(frame.rgb, *_SIZE).astype(np.float32).mean(axis=2) / 255.0
            if before is not None:
                times.append(frame.pts_s)
                changes.append(float(np.sqrt(np.mean(weights * np.square(grey - before)))))
            before = grey
    return onsets_of_changes(np.array(times), np.array(changes), seconds)


def onsets_of_changes(times_s: NDArray[np.float64], changes: NDArray[np.float64], seconds: float) -> Onsets:
    """Return the onsets of changes (F,) of frames shown from times (F,) in seconds on."""
    first = np.searchsorted(times_s, times_s - _AROUND_S)
    stop = np.searchsorted(times_s, times_s + _AROUND_S, side="right")
    usual = np.array([np.median(changes[begin:end]) for begin, end in zip(first, stop, strict=True)])
    excess = changes - _STANDS_OUT * usual - _SMALLEST_CHANGE
    strength = np.zeros(max(round(seconds / STEP_S), 1))
    places = np.minimum(np.round(times_s / STEP_S).astype(int), strength.size - 1)
    np.maximum.at(strength, places, np.maximum(excess, 0.0))
    return Onsets(thinned(times_s[excess > 0.0], _APART_S), strength, seconds)
