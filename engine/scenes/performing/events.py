"""The events of a clip: where they begin and end, how long they ring, and what is a texture."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import SAMPLE_RATE_HZ

FRAME = 480
_QUIET_SHARE = 0.003
"""An event is the part within 25 dB of the clip's loud frames."""
_RINGS_SHARE = 1e-5
"""A tail is what follows, down to 50 dB below them."""
_LOUD_SHARE = 0.05
_BEFORE_FRAMES, _AFTER_FRAMES = 2, 8
_SHORTEST_GAP_FRAMES = 8
_MARGIN = round(0.3 * SAMPLE_RATE_HZ)
"""So much of the recording before and after an event belongs to it, unless another event is nearer."""
_LONGEST_TAIL = 4 * SAMPLE_RATE_HZ
_TEXTURE_SHARE = 0.85
_SHORTEST_TEXTURE_S = 2.0
_DECAYED_DB, _ENDS = 12.0, 0.2


@dataclass(frozen=True)
class Event:
    """A stretch of a clip in samples, the silence after it (-1 for the last one's, unknown), and what surrounds it.

    `before` samples before `start` and `tail` samples after `stop` belong to it alone: the room, the breath, the ring.
    """

    start: int
    stop: int
    gap: int
    before: int
    tail: int


def loud_level(wave: NDArray[np.float32]) -> float:
    """Return the RMS of the loud 10-ms frames of a wave (N,): those within 13 dB of `_reference`."""
    power = frame_power(wave)
    return float(np.sqrt(power[power >= _LOUD_SHARE * _reference(power)].mean()))


def _reference(power: NDArray[np.float32]) -> float:
    """Return the power (F,) of a clip's loud frames: its loudest twentieth, or a tenth of its loudest frame.

    A tick of 10 ms a second is 1 % of a clip: its loudest twentieth is the noise between the ticks.
    """
    return max(float(np.quantile(power, 0.95)), 0.1 * float(power.max()))


def frame_power(wave: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the mean squares of the whole 10-ms frames of a wave (N,), at least one."""
    frames = max(len(wave) // FRAME, 1)
    power: NDArray[np.float32] = np.square(wave[: frames * FRAME].reshape(frames, -1)).mean(axis=1)
    return power


def find_events(wave: NDArray[np.float32]) -> list[Event]:
    """Return the events of a clip (N,); none if it is silent."""
    power = frame_power(wave)
    reference = _reference(power)
    loud = power > max(_QUIET_SHARE * reference, 1e-10)
    reach = np.convolve(loud, np.ones(_BEFORE_FRAMES + _AFTER_FRAMES + 1))
    sounding = reach[_BEFORE_FRAMES:][: len(power)] > 0
    edges = np.flatnonzero(np.diff(np.concatenate([[0], sounding.astype(np.int8), [0]])))
    starts, stops = edges[::2], edges[1::2]
    if not len(starts):
        return []
    # Dips of a few frames are part of an event, not gaps.
    apart = starts[1:] - stops[:-1] >= _SHORTEST_GAP_FRAMES
    starts = np.concatenate([starts[:1], starts[1:][apart]]) * FRAME
    stops = np.minimum(np.concatenate([stops[:-1][apart], stops[-1:]]) * FRAME, len(wave))
    silent = np.append(np.flatnonzero(power <= _RINGS_SHARE * reference) * FRAME, len(wave))
    events = []
    for index, (start, stop) in enumerate(zip(starts, stops, strict=True)):
        previous = stops[index - 1] if index else 0
        last = index == len(starts) - 1
        room = (len(wave) if last else starts[index + 1]) - stop
        rings = silent[np.searchsorted(silent, stop)] - stop
        tail = min(max(rings, _MARGIN), room, _LONGEST_TAIL)
        before = min(start - previous, _MARGIN)
        events.append(Event(int(start), int(stop), -1 if last else int(room), int(before), int(tail)))
    return events


def is_texture(wave: NDArray[np.float32], events: list[Event]) -> bool:
    """Return whether a clip (N,) is continuous, so that it has no beginning and no end: it does not die away either."""
    if len(wave) <= _SHORTEST_TEXTURE_S * SAMPLE_RATE_HZ:
        return False
    if sum(event.stop - event.start for event in events) <= _TEXTURE_SHARE * len(wave):
        return False
    power = frame_power(wave)
    ends = max(int(_ENDS * len(power)), 1)
    first, last = float(power[:ends].mean()), float(power[-ends:].mean())
    return last > first * 10 ** (-_DECAYED_DB / 10)
