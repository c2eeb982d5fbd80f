"""Cuts a recording of any length into stretches of a scene's length, in the memory of two of them."""

from collections.abc import Collection, Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import CONDITIONING_FPS, SAMPLE_RATE_HZ
from engine.corpus.ambix import ambix_blocks
from engine.corpus.audio import blocks
from engine.corpus.checking import CheckedRow
from engine.corpus.judging import STRETCH_S
from engine.export.reading.resample import resampled
from engine.export.reading.source import Block

STRETCH_SAMPLES: Final = round(STRETCH_S * SAMPLE_RATE_HZ)
_LEAST_NEW_S: Final = 4.0
_PAUSE_S: Final = 0.5
_HIGHEST_PEAK: Final = 0.95


def starts_s(seconds: float) -> list[float]:
    """Return the starts of the stretches of a recording: one after the other, and a last one that ends with it.

    The last one is left out if it would add less than four new seconds. All lie on the grid of the film's frames.
    """
    starts = [index * STRETCH_S for index in range(int(seconds // STRETCH_S))]
    last = np.floor((seconds - STRETCH_S) * CONDITIONING_FPS) / CONDITIONING_FPS
    if starts and last - starts[-1] >= _LEAST_NEW_S:
        starts.append(float(last))
    return starts


def ambix_stretches(checked: CheckedRow, starts: Collection[float]) -> Iterator[tuple[float, NDArray[np.float32]]]:
    """Yield the requested starts in seconds, in order, with AmbiX (4, N) at 48 kHz, peaks at most 0.95."""
    sound = ambix_blocks(checked.audio, checked.convention, SAMPLE_RATE_HZ)
    for start, stretch in _cut(sound, sorted(starts), 4):
        yield start, _kept_below_full_scale(stretch)


def stereo_stretches(checked: CheckedRow, starts: Collection[float]) -> Iterator[tuple[float, NDArray[np.float32]]]:
    """Yield the requested starts with stereo (2, N) of a mono or stereo sound; a shorter sound is repeated."""
    channels = checked.audio.channels
    sound = resampled(blocks(checked.audio), channels, checked.audio.rate_hz, SAMPLE_RATE_HZ)
    if checked.seconds < STRETCH_S:
        if 0.0 in starts:
            yield 0.0, _stereo(repeated(np.concatenate(list(sound), axis=1)))
        return
    for start, stretch in _cut(sound, sorted(starts), channels):
        yield start, _stereo(stretch)


def _cut(sound: Iterator[Block], starts: list[float], channels: int) -> Iterator[tuple[float, NDArray[np.float32]]]:
    held = np.zeros((channels, 0), np.float32)
    held_from = 0
    waiting = [(start, round(start * SAMPLE_RATE_HZ)) for start in starts]
    for block in sound:
        if not waiting:
            return
        held = np.concatenate([held, block], axis=1)
        while waiting and held_from + held.shape[1] >= waiting[0][1] + STRETCH_SAMPLES:
            start, first = waiting.pop(0)
            yield start, held[:, first - held_from : first - held_from + STRETCH_SAMPLES].copy()
        needed = waiting[0][1] if waiting else held_from + held.shape[1]
        drop = min(max(needed - held_from, 0), held.shape[1])
        held, held_from = held[:, drop:], held_from + drop


def repeated(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a scene's length (C, N) of a short sound (C, n), repeated with half a second between.

    One bark in eight seconds would teach silence.
    """
    pause = np.zeros((sound.shape[0], round(_PAUSE_S * SAMPLE_RATE_HZ)), np.float32)
    once = np.concatenate([sound, pause], axis=1)
    return np.tile(once, -(-STRETCH_SAMPLES // once.shape[1]))[:, :STRETCH_SAMPLES]


def _stereo(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    return sound if sound.shape[0] == 2 else np.repeat(sound[:1], 2, axis=0)


def _kept_below_full_scale(foa: NDArray[np.float32]) -> NDArray[np.float32]:
    peak = float(np.abs(foa).max(initial=0.0))
    return foa if peak <= _HIGHEST_PEAK else (foa * (_HIGHEST_PEAK / peak)).astype(np.float32)
