"""From a clip to a performance: events follow one another with natural gaps, rhythms go on, textures continue.

A clip with one bark in five seconds teaches a model to be silent, so long silences are shortened. The recording around
an event stays: 0.3 s before it, and after it what rings. Events that keep their own gap are one stretch of the clip.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.scenes.performing.events import Event, find_events, is_texture, loud_level
from engine.scenes.performing.joints import Loop, find_loop

_EDGE = 144
_JOIN = 2_400
_TEXTURE_WINDOW_S, _RHYTHM_WINDOW_S = 0.4, 1.2
_MOST_GAIN = 4.0
_LATEST_FIRST_S, _LATEST_SINGLE_SHARE = 0.3, 0.35
_PAUSE_S = (0.3, 1.0)
_UNEVEN = 0.015
"""The spread of the steps of a sequence, relative to its period: people walk about as evenly."""
_LOUDER_DB = 1.0
_FEWEST_STEPS, _REGULAR = 2, 0.2


@dataclass(frozen=True, eq=False)
class Material:
    """A clip's channels (C, N), other takes (n,) of its family, and the natural period of its class.

    `period_s` is the shortest and the longest time from event to event, None for sounds that keep no rhythm.
    """

    channels: NDArray[np.float32]
    takes: tuple[NDArray[np.float32], ...] = ()
    period_s: tuple[float, float] | None = None


@dataclass(frozen=True, eq=False)
class Performance:
    """Channels (C, N) float32, the first one's loud part at 1 RMS; the starts (K,) of events, none in textures."""

    channels: NDArray[np.float32]
    onsets: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class _Piece:
    """A stretch (C, n) of a clip: `start` samples of room, events that begin at `onsets`, and `tail` samples after."""

    channels: NDArray[np.float32]
    start: int
    onsets: tuple[int, ...]
    tail: int


def lay_out(
    material: Material, samples: int, rng: np.random.Generator, *, at_once: bool, once: bool = False
) -> Performance:
    """Return a performance of `samples` of a clip, whose first channel determines the events.

    `at_once` lets the first event begin at the first sample; `once` leaves it at one event, if it is no texture.
    """
    channels = material.channels
    out = np.zeros((len(channels), samples), np.float32)
    events = find_events(channels[0])
    if not events:
        return Performance(out, np.zeros(0, np.int64))
    onsets: list[int] = []
    texture = is_texture(channels[0], events)
    if once and not texture:
        latest = 0 if at_once else int(_LATEST_SINGLE_SHARE * samples)
        event = events[rng.integers(len(events))]
        onsets = _add(out, _piece(channels, [event]), int(rng.integers(latest + 1)))
    else:
        first = 0 if at_once else int(rng.uniform(0.0, _LATEST_FIRST_S) * SAMPLE_RATE_HZ)
        if material.period_s is not None and len(events) == 1 and not texture:
            onsets = _in_sequence(out, material, events, first, rng)
        elif texture or material.period_s is not None:
            rhythmic = material.period_s is not None
            onsets = _continued(out, channels, [] if texture else events, rng, rhythmic=rhythmic, at_once=at_once)
        else:
            onsets = _with_gaps(out, channels, events, first, rng)
    # A quiet stretch of a clip is raised, but not so far that its noise becomes audible.
    out /= max(loud_level(out[0]), loud_level(channels[0]) / _MOST_GAIN)
    return Performance(out, np.array(onsets, np.int64))


def _in_sequence(
    out: NDArray[np.float32], material: Material, events: list[Event], first: int, rng: np.random.Generator
) -> list[int]:
    """Add takes of one event at a natural rate and return their starts; no take follows itself if there are others."""
    assert material.period_s is not None
    pieces = [_piece(material.channels, events)]
    for take in material.takes:
        found = find_events(take)
        if len(found) == 1:
            pieces.append(_piece(np.repeat(take[None], len(out), axis=0), found))
    period = float(np.exp(rng.uniform(*np.log(material.period_s)))) * SAMPLE_RATE_HZ
    onsets: list[int] = []
    place, which = float(first), 0
    while place < out.shape[1]:
        onsets += _add(out, pieces[which], round(place), _louder(rng))
        if len(pieces) > 1:
            which = (which + int(rng.integers(1, len(pieces)))) % len(pieces)
        place += period * float(np.clip(1 + rng.normal(0.0, _UNEVEN), 0.9, 1.1))
    return onsets


def _continued(
    out: NDArray[np.float32],
    channels: NDArray[np.float32],
    events: list[Event],
    rng: np.random.Generator,
    *,
    rhythmic: bool,
    at_once: bool,
) -> list[int]:
    """Play a recording on, looped if no joint is heard and begun again after a pause if one would be."""
    samples, length = out.shape[1], channels.shape[1]
    starts = np.array([event.start for event in events], np.int64)
    if length >= samples:
        begin = int(rng.integers(length - samples + 1))
        out[:] = channels[:, begin : begin + samples]
        inside = starts - begin
        return [int(at) for at in inside[(inside >= 0) & (inside < samples)]]
    loop = find_loop(channels[0], _RHYTHM_WINDOW_S if rhythmic else _TEXTURE_WINDOW_S) or _ring(events)
    middle = (length if loop is None else loop.end) // 2
    begin = int(rng.integers(max(middle, 1)))
    early = starts[starts <= middle]
    if at_once and len(early):
        begin = int(early[rng.integers(len(early))])
    at, onsets = 0, []
    while at < samples:
        stop = length if loop is None else min(loop.end + _JOIN, length)
        piece = channels[:, begin:stop].copy()
        _fade(piece, _EDGE if not at else _JOIN, _JOIN)
        end = min(at + piece.shape[1], samples)
        out[:, at:end] += piece[:, : end - at]
        inside = starts[(starts >= begin) & (starts < (length if loop is None else loop.end))] - begin + at
        onsets += [int(when) for when in inside[inside < samples]]
        if loop is None:
            pause = int(rng.uniform(*_PAUSE_S) * SAMPLE_RATE_HZ)
            if len(starts) > 1:
                # The first event is due a usual step after the last.
                pause = max(int(starts[-1] + np.median(np.diff(starts)) - starts[0]) - length, -_JOIN)
            at += piece.shape[1] + pause
            begin = 0
        else:
            # The faded ends overlap: `start` is heard when `end` is due.
            at += loop.end - begin
            begin = loop.start
    return onsets


def _ring(events: list[Event]) -> Loop | None:
    """Return the loop from before the last of some regular events to before the first; None if they are not regular."""
    steps = np.diff([event.start for event in events])
    if len(steps) < _FEWEST_STEPS or float(np.std(steps) / np.mean(steps)) > _REGULAR:
        return None
    ahead = min(2 * _JOIN, events[0].start, *(event.gap for event in events[:-1]))
    return Loop(events[0].start - ahead, events[-1].start - ahead)


def _with_gaps(
    out: NDArray[np.float32], channels: NDArray[np.float32], events: list[Event], first: int, rng: np.random.Generator
) -> list[int]:
    """Add events in their order, with their own gaps if those are short, and return their starts."""
    limit = rng.uniform(0.2, 0.8) * SAMPLE_RATE_HZ
    at, place, onsets = int(rng.integers(len(events))), first, []
    while place < out.shape[1]:
        run = [events[at]]
        while 0 <= run[-1].gap <= limit:
            run.append(events[at + len(run)])
        onsets += _add(out, _piece(channels, run), place, _louder(rng))
        pause = rng.uniform(0.8, 2.0) * SAMPLE_RATE_HZ if rng.random() < 0.1 else rng.uniform(0.4, 1.2) * limit
        place += run[-1].stop - run[0].start + int(pause if run[-1].gap < 0 else min(run[-1].gap, pause))
        at = (at + len(run)) % len(events)
    return onsets


def _piece(channels: NDArray[np.float32], run: list[Event]) -> _Piece:
    """Return the stretch of a clip from before the first event of a run to where the last has rung out, faded."""
    first, last = run[0], run[-1]
    begin, end = first.start - first.before, last.stop + last.tail
    part = channels[:, begin:end].copy()
    _fade(part, max(first.before, _EDGE), max(last.tail // 2, _EDGE))
    return _Piece(part, first.before, tuple(event.start - first.start for event in run), last.tail)


def _add(out: NDArray[np.float32], piece: _Piece, place: int, gain: float = 1.0) -> list[int]:
    """Add a piece whose first event begins at the sample `place`; returns the starts of its events."""
    begin = place - piece.start
    first, end = max(begin, 0), min(begin + piece.channels.shape[1], out.shape[1])
    if end > first:
        out[:, first:end] += np.float32(gain) * piece.channels[:, first - begin : end - begin]
    return [place + at for at in piece.onsets if place + at < out.shape[1]]


def _fade(part: NDArray[np.float32], fade_in: int, fade_out: int) -> None:
    """Fade a stretch (C, n) in and out in place; fades that cross on looping keep the power."""
    fade_in, fade_out = (min(fade, part.shape[1] // 2) for fade in (fade_in, fade_out))
    part[:, :fade_in] *= np.sin(np.linspace(0, np.pi / 2, fade_in, dtype=np.float32))
    part[:, part.shape[1] - fade_out :] *= np.cos(np.linspace(0, np.pi / 2, fade_out, dtype=np.float32))


def _louder(rng: np.random.Generator) -> float:
    return float(10 ** (rng.normal(0.0, _LOUDER_DB) / 20))
