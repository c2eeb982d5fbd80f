"""From a clip to a performance of a scene's length: events follow each other with natural gaps, textures continue.

A clip with one bark in five seconds teaches a model to be silent. So a clip is cut into its events, and long silences
between them are shortened. The order of the events stays, and regular ticking stays regular.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import SAMPLE_RATE_HZ

_FRAME = 480
_QUIET_SHARE = 0.003
"""An event is the part within 25 dB of the clip's loud frames."""
_LOUD_SHARE = 0.05
_BEFORE_FRAMES, _AFTER_FRAMES = 2, 8
_SHORTEST_GAP_FRAMES = 8
_TEXTURE_SHARE = 0.85
_SHORTEST_TEXTURE_S = 2.0
_EDGE = 144
_JOIN = 2_400
_MOST_GAIN = 4.0
_REGULAR = 0.2


@dataclass(frozen=True)
class Event:
    """A stretch of a clip in samples, and the silence after it in samples; -1 for the last one's, unknown."""

    start: int
    stop: int
    gap: int


@dataclass(frozen=True, eq=False)
class Performance:
    """Channels (C, N) float32, the first one's loud part at 1 RMS; the starts (K,) of events, none in textures."""

    channels: NDArray[np.float32]
    onsets: NDArray[np.int64]


def loud_level(wave: NDArray[np.float32]) -> float:
    """Return the RMS of the loud 10-ms frames of a wave (N,): those within 13 dB of its loudest twentieth."""
    power = _frame_power(wave)
    return float(np.sqrt(power[power >= _LOUD_SHARE * np.quantile(power, 0.95)].mean()))


def find_events(wave: NDArray[np.float32]) -> list[Event]:
    """Return the events of a clip (N,); none if it is silent."""
    power = _frame_power(wave)
    loud = power > max(_QUIET_SHARE * float(np.quantile(power, 0.95)), 1e-10)
    reach = np.convolve(loud, np.ones(_BEFORE_FRAMES + _AFTER_FRAMES + 1))
    sounding = reach[_BEFORE_FRAMES:][: len(power)] > 0
    edges = np.flatnonzero(np.diff(np.concatenate([[0], sounding.astype(np.int8), [0]])))
    starts, stops = edges[::2], edges[1::2]
    if not len(starts):
        return []
    # Dips of a few frames are part of an event, not gaps.
    apart = starts[1:] - stops[:-1] >= _SHORTEST_GAP_FRAMES
    starts = np.concatenate([starts[:1], starts[1:][apart]]) * _FRAME
    stops = np.minimum(np.concatenate([stops[:-1][apart], stops[-1:]]) * _FRAME, len(wave))
    gaps = np.append(starts[1:] - stops[:-1], -1)
    return [Event(int(a), int(b), int(g)) for a, b, g in zip(starts, stops, gaps, strict=True)]


def is_texture(events: list[Event], length: int) -> bool:
    """Return whether a clip is continuous, so that it can be looped across a fade."""
    sounding = sum(e.stop - e.start for e in events)
    return sounding > _TEXTURE_SHARE * length and length > _SHORTEST_TEXTURE_S * SAMPLE_RATE_HZ


def lay_out(channels: NDArray[np.float32], samples: int, rng: np.random.Generator, *, at_once: bool) -> Performance:
    """Return a performance of `samples` of a clip (C, N), whose first channel determines the events.

    `at_once` lets the first event begin at the first sample.
    """
    events = find_events(channels[0])
    out = np.zeros((len(channels), samples), np.float32)
    if not events:
        return Performance(out, np.zeros(0, np.int64))
    onsets: list[int] = []
    if is_texture(events, channels.shape[1]):
        _fill_with_texture(out, channels, rng)
    else:
        onsets = _fill_with_events(out, channels, events, rng, 0.0 if at_once else 0.3)
    # A quiet stretch of a clip is raised, but not so far that its noise becomes audible.
    out /= max(loud_level(out[0]), loud_level(channels[0]) / _MOST_GAIN)
    return Performance(out, np.array(onsets, np.int64))


def _frame_power(wave: NDArray[np.float32]) -> NDArray[np.float32]:
    frames = max(len(wave) // _FRAME, 1)
    power: NDArray[np.float32] = np.square(wave[: frames * _FRAME].reshape(frames, -1)).mean(axis=1)
    return power


def _fill_with_texture(out: NDArray[np.float32], channels: NDArray[np.float32], rng: np.random.Generator) -> None:
    samples, length = out.shape[1], channels.shape[1]
    if length >= samples:
        start = int(rng.integers(length - samples + 1))
        out[:] = channels[:, start : start + samples]
        return
    fade = np.sin(np.linspace(0, np.pi / 2, _JOIN, dtype=np.float32))
    piece = channels.copy()
    piece[:, :_JOIN] *= fade
    piece[:, -_JOIN:] *= fade[::-1]
    position = -int(rng.integers(_JOIN, length - _JOIN))
    while position < samples:
        begin, end = max(position, 0), min(position + length, samples)
        out[:, begin:end] += piece[:, begin - position : end - position]
        position += length - _JOIN


def _fill_with_events(
    out: NDArray[np.float32],
    channels: NDArray[np.float32],
    events: list[Event],
    rng: np.random.Generator,
    latest_s: float,
) -> list[int]:
    """Add events to silence and return their starts."""
    gaps = _Gaps(events, rng)
    at = int(rng.integers(len(events)))
    position = int(rng.uniform(0.0, latest_s) * SAMPLE_RATE_HZ)
    onsets = []
    while position < out.shape[1]:
        event = events[at % len(events)]
        piece = channels[:, event.start : event.stop] * np.float32(10 ** (rng.normal(0.0, 1.0) / 20))
        edge = min(_EDGE, piece.shape[1] // 2)
        ramp = np.linspace(0.0, 1.0, edge, dtype=np.float32)
        piece[:, :edge] *= ramp
        piece[:, piece.shape[1] - edge :] *= ramp[::-1]
        end = min(position + piece.shape[1], out.shape[1])
        out[:, position:end] += piece[:, : end - position]
        onsets.append(position)
        position += piece.shape[1] + gaps.after(event)
        at += 1
    return onsets


class _Gaps:
    """Silences between events: the clip's own if they are short, else drawn; occasionally a long one."""

    def __init__(self, events: list[Event], rng: np.random.Generator) -> None:
        self._rng = rng
        self._own = np.array([e.gap for e in events if e.gap >= 0], float)
        self._limit = rng.uniform(0.1, 0.45) * SAMPLE_RATE_HZ
        steps = np.diff([e.start for e in events])
        self._regular = len(steps) >= 3 and float(np.std(steps) / np.mean(steps)) < _REGULAR

    def after(self, event: Event) -> int:
        """Return the silence after an event, in samples."""
        if self._regular:
            # The rhythm stays: every gap is shortened by the same length.
            own = event.gap if event.gap >= 0 else float(np.median(self._own))
            return int(max(own - max(np.median(self._own) - self._limit, 0.0), 0.0))
        if self._rng.random() < 0.06:
            return int(self._rng.uniform(0.6, 1.5) * SAMPLE_RATE_HZ)
        drawn = self._rng.uniform(0.3, 1.2) * self._limit
        return int(drawn if event.gap < 0 else min(event.gap, drawn))
