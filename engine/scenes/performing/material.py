"""What a bank holds for a performance of one of its sounds: its clip, or a stretch of it, and the takes beside it."""

from typing import Final

import numpy as np

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.scenes.performing.laying_out import Material
from engine.scenes.performing.rhythm import PERIODS_S
from engine.scenes.sound_bank import Sound, SoundBank

_LONGEST_TAKE: Final = 3 * SAMPLE_RATE_HZ
"""Longer clips of a step or a stroke are a sequence themselves."""
_MOST_TAKES: Final = 8
_LONG, _LOOKS, _PAUSE = 1.5, 4, 0.01


def material_of(
    bank: SoundBank, sound: Sound, needed: int, rng: np.random.Generator, *, stereo: bool = False
) -> Material:
    """Return the clip of a sound, and the other takes of its family if it comes at a steady rate.

    Of a recording much longer than `needed` samples, `rng` draws a stretch and avoids pauses. With `stereo` there are
    two channels if the clip has two.
    """
    period = PERIODS_S.get(sound.sound_class)
    takes = bank.takes(sound, _MOST_TAKES) if period is not None and sound.length < _LONGEST_TAKE else ()
    read = bank.channels if stereo else lambda clip, stretch: bank.wave(clip, stretch)[None]
    if sound.length <= _LONG * needed:
        return Material(read(sound, slice(None)), takes, period)
    starts = [int(start) for start in rng.integers(sound.length - needed, size=_LOOKS)]
    found = [read(sound, slice(start, start + needed)) for start in starts]
    levels = [float(np.square(part[0]).mean()) for part in found]
    return Material(next(p for p, v in zip(found, levels, strict=True) if v >= _PAUSE * max(levels)), takes, period)
