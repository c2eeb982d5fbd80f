"""Which stretches of a scene are to be in the pool for a playhead: a pure function of both."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.scene.lane import LaneKind
from engine.contract.scene.scene import Scene
from engine.rendering.mix.spans import Span, span_of
from engine.rendering.mix.ticks import TICK_SAMPLES
from engine.runtime.shared.laps import scene_lap_at
from engine.runtime.shared.sound_pool import PIECE_SAMPLES

SOON_SAMPLES: Final = SAMPLE_RATE_HZ // 4
"""A take begins to sound when so much of it is there."""
_MOST_PIECES: Final = 50
_MARGIN: Final = 2 * TICK_SAMPLES
"""The mix reads a tick ahead, and looks whether there is another one."""


@dataclass(frozen=True)
class Stretch:
    """Film samples from `start` on that are heard after `after` samples of playing."""

    start: int
    end: int
    after: int


def stretches(scene: Scene, at: int, ahead: int, film_loops: bool) -> list[Stretch]:
    """Return what is heard within the next `ahead` samples, in the order of hearing, with a margin on both sides."""
    found, after = [], 0
    while True:
        end, back_to = scene_lap_at(at, scene, film_loops=film_loops)
        until = min(at + ahead - after, end)
        found.append(Stretch(max(0, at - _MARGIN), until + _MARGIN, after))
        after += until - at
        if until < end or back_to is None or back_to >= end or len(found) > _MOST_PIECES:
            return found
        at = back_to


@dataclass(frozen=True)
class Use:
    """A sound in film time: the id of its block, or of the lane of the film's own sound, and its span."""

    sound_id: int
    span: Span
    is_heard: bool


def uses(scene: Scene) -> Iterator[Use]:
    """Yield all sounds of a scene with their spans."""
    heard = {lane.lane_id for lane in scene.heard_lanes}
    for lane in scene.lanes:
        is_heard = lane.lane_id in heard
        if lane.kind is LaneKind.FILM_SOUND:
            yield Use(lane.lane_id, Span(0, scene.length_samples), is_heard)
        for block in lane.blocks:
            yield Use(block.block_id, span_of(block), is_heard)


def pieces_of(use: Use, stretch: Stretch) -> Iterator[tuple[int, int]]:
    """Yield the pieces that a sound needs in a stretch, and after how many samples of playing they are heard.

    Some lie behind its end: a sound that continues in its file does not fade out there.
    """
    first, last = max(use.span.start, stretch.start), min(use.span.end + _MARGIN, stretch.end)
    if first >= min(last, use.span.end):
        return
    begin, end = use.span.source_at(first), use.span.source_at(last - 1)
    for piece in range(begin // PIECE_SAMPLES, end // PIECE_SAMPLES + 1):
        film = piece * PIECE_SAMPLES - use.span.source_start + use.span.start
        yield piece, max(film - stretch.start - _MARGIN, 0) + stretch.after


def ahead_samples(pool_pieces: int, sounds: int) -> int:
    """Return how far ahead the pool reaches for so many sounds at a time; a quarter of it is for what was played."""
    pieces = min(_MOST_PIECES, 3 * pool_pieces // 4 // max(sounds, 1))
    return max(pieces, 2) * PIECE_SAMPLES
