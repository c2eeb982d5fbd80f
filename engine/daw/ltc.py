"""Linear time code: timecode as sound, for recorders and workstations that follow a track (SMPTE ST 12-1).

A frame has 80 bits in biphase mark: each bit begins with a change of sign, and a one has another in its middle. A
correction bit makes the number of ones even, so that every frame begins with the same sign.
"""

import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.contract.errors import InvalidInputError
from engine.daw.time_code import MtcRate, digits_of
from engine.files.staging import whole_file

_HALVES: Final = 160
_SYNC: Final = (0, 0, *(1,) * 12, 0, 1)
_DROP, _CORRECTION_25, _CORRECTION = 10, 59, 27
_PEAK: Final = 0.25
"""-12 dBFS."""
_EDGE: Final = np.array([0.25, 0.5, 0.25])
"""Edges of about 40 microseconds at 48 kHz."""
_BLOCK: Final = 1 << 18
_SAMPLE_BYTES: Final = 2
_MOST_BYTES: Final = (1 << 32) - 1024
"""The header of a WAV cannot state more."""


def frame_bits(rate: MtcRate, frame: int) -> list[int]:
    """Return the 80 bits of a frame of the day, in the order in which they are sent."""
    hours, minutes, seconds, frames = digits_of(rate, frame)
    bits = [0] * 64
    for at, value, tens_bits in ((0, frames, 2), (16, seconds, 3), (32, minutes, 3), (48, hours, 2)):
        tens, units = divmod(value, 10)
        bits[at : at + 4] = [units >> k & 1 for k in range(4)]
        bits[at + 8 : at + 8 + tens_bits] = [tens >> k & 1 for k in range(tens_bits)]
    bits[_DROP] = int(rate is MtcRate.FPS_29_97_DROP)
    bits += _SYNC
    bits[_CORRECTION_25 if rate is MtcRate.FPS_25 else _CORRECTION] = sum(bits) % 2
    return bits


def ltc_blocks(rate: MtcRate, day_sample: int, samples: int, rate_hz: int) -> Iterator[NDArray[np.float32]]:
    """Yield the sound (n,) of `samples` samples; the first is `day_sample` samples after midnight, at `rate_hz`."""
    per_s = rate.grid.rate * _HALVES
    for begin in range(0, samples, _BLOCK):
        count = min(_BLOCK, samples - begin)
        at = day_sample + begin + np.arange(-1, count + 1, dtype=np.int64)
        halves = at * per_s.numerator // (per_s.denominator * rate_hz)
        frames = halves // _HALVES
        first = int(frames[0])
        signs = np.array([_signs(rate, max(0, n)) for n in range(first, int(frames[-1]) + 1)])
        square = signs[frames - first, halves % _HALVES]
        yield (_PEAK * np.convolve(square, _EDGE, mode="valid")).astype(np.float32)


def write_ltc(file: Path, rate: MtcRate, day_sample: int, samples: int, rate_hz: int) -> None:
    """Write a mono WAV (16 bits) of linear time code, whole or not at all; see `ltc_blocks`.

    Raises InvalidInputError if it would be larger than 4 GB, ExportError if it cannot be written.
    """
    if samples * _SAMPLE_BYTES > _MOST_BYTES:
        raise InvalidInputError(f"{file.name} would be larger than 4 GB, which no WAV can be: export a shorter sound.")
    # The standard library's writer: libsndfile does not tell why a write failed.
    with whole_file(file) as staged, wave.open(str(staged), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(_SAMPLE_BYTES)
        sound.setframerate(rate_hz)
        for block in ltc_blocks(rate, day_sample, samples, rate_hz):
            sound.writeframesraw(np.rint(32_767.0 * block).astype("<i2").tobytes())


def _signs(rate: MtcRate, frame: int) -> NDArray[np.float64]:
    """Return the sign of each half of a frame's bits."""
    changes = np.ones(_HALVES, int)
    changes[1::2] = frame_bits(rate, frame)
    return 1.0 - 2.0 * (np.cumsum(changes) % 2)
