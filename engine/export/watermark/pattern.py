"""The pattern of the watermark: which bands of W are raised and lowered when, from a fixed key.

Time is cut into chips of 120 ms. In every chip, each of 32 bands swings once: up and then down, or down and then up,
as a sign from the key says. After 32 chips (3.84 s) the signs repeat. The key is public, as the source is: the mark
tells an honest listener what a sound is. It is no protection against those who want it gone.
"""

import hashlib
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

FRAMES_PER_S: Final = 100
"""Frames of 20 ms begin every 10 ms: a whole number of samples at 44.1, 48 and 96 kHz."""
CHIP_FRAMES: Final = 12
PERIOD_CHIPS: Final = 32
PERIOD_FRAMES: Final = CHIP_FRAMES * PERIOD_CHIPS
BANDS: Final = 32
LOWEST_HZ: Final = 400.0
HIGHEST_HZ: Final = 11_000.0
_BEND_HZ: Final = 800.0
_KEY: Final = b"SwanSphere watermark 1"


@cache
def signs() -> NDArray[np.float64]:
    """Return the signs (bands, chips of a period), +1 or -1."""
    drawn = hashlib.shake_256(_KEY).digest(BANDS * PERIOD_CHIPS // 8)
    bits = np.unpackbits(np.frombuffer(drawn, np.uint8)).astype(np.float64)
    return (2.0 * bits - 1.0).reshape(BANDS, PERIOD_CHIPS)


@cache
def swing() -> NDArray[np.float64]:
    """Return the course of a band within a chip (frames,): one period of a sine."""
    return np.sin(2.0 * np.pi * (np.arange(CHIP_FRAMES) + 0.5) / CHIP_FRAMES)


def swings(first_frame: int, count: int) -> NDArray[np.float64]:
    """Return the course (bands, count) from a frame on, between -1 and 1."""
    frames = np.arange(first_frame, first_frame + count)
    chips = frames // CHIP_FRAMES % PERIOD_CHIPS
    return signs()[:, chips] * swing()[frames % CHIP_FRAMES]


def hop_of(rate_hz: int) -> int:
    """Return the samples from one frame to the next; `rate_hz` is a multiple of 100."""
    if rate_hz % FRAMES_PER_S:
        raise ValueError(f"{rate_hz} Hz has no whole number of samples in 10 ms.")
    return rate_hz // FRAMES_PER_S


@cache
def bank(rate_hz: int) -> NDArray[np.float64]:
    """Return the weights of the frequencies of a frame in each band (bands, bins); each frequency adds up to 1 or less.

    The bands are about as wide as critical bands and overlap by half, so that the gain is smooth in frequency.
    """
    hop = hop_of(rate_hz)
    places = _scale(np.arange(hop + 1, dtype=np.float64) * (FRAMES_PER_S / 2.0))
    low, high = _scale(np.array([LOWEST_HZ, HIGHEST_HZ]))
    at = (places - low) / (high - low) * BANDS - 0.5
    away = np.abs(at[None, :] - np.arange(BANDS)[:, None])
    weights: NDArray[np.float64] = 0.5 + 0.5 * np.cos(np.pi * np.minimum(away, 1.0))
    return weights


@cache
def centres_hz() -> NDArray[np.float64]:
    """Return the centres of the bands in Hz (bands,)."""
    low, high = _scale(np.array([LOWEST_HZ, HIGHEST_HZ]))
    places = low + (np.arange(BANDS) + 0.5) / BANDS * (high - low)
    centres: NDArray[np.float64] = _BEND_HZ * np.expm1(places)
    return centres


def _scale(frequency_hz: NDArray[np.float64]) -> NDArray[np.float64]:
    places: NDArray[np.float64] = np.log1p(frequency_hz / _BEND_HZ)
    return places
