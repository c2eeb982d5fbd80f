"""When a block sounds, and how it fades: sample by sample."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.contract.scene.blocks import Block, GeneratedBlock
from engine.contract.scene.lane import Lane, LaneKind
from engine.rendering.mix.ticks import TICK_SAMPLES


@dataclass(frozen=True)
class Span:
    """A stretch of film time in samples, and the sample of the sound that is heard at its start.

    `is_of_film`: the directions of the sound are those of the film's own picture, before its horizon is corrected.
    """

    start: int
    end: int
    source_start: int = 0
    fade_in: int = 0
    fade_out: int = 0
    is_of_film: bool = False

    def source_at(self, sample: int) -> int:
        """Return the sample of the sound that is heard at a sample of the film."""
        return self.source_start + sample - self.start

    def envelope(self, at: int) -> NDArray[np.float32] | None:
        """Return the gains (480,) of the tick at `at`, 0 outside the span; None if they are all 1.

        Fades are quarters of a sine: where two unrelated sounds cross, their power stays.
        """
        if at >= self.start + self.fade_in and at + TICK_SAMPLES <= self.end - self.fade_out:
            return None
        sample = np.arange(at, at + TICK_SAMPLES)
        gains = ((sample >= self.start) & (sample < self.end)).astype(np.float64)
        if self.fade_in:
            gains *= _risen((sample - self.start) / self.fade_in)
        if self.fade_out:
            gains *= _risen((self.end - sample) / self.fade_out)
        return gains.astype(np.float32)


def span_of(block: Block) -> Span:
    """Return the span of a block."""
    is_of_film = False
    if isinstance(block, GeneratedBlock):
        source = block.before_samples
        is_of_film = block.recipe.film_sample is not None and block.recipe.direction is None
    else:
        source = block.offset_samples
    return Span(block.start_sample, block.end_sample, source, block.fade_in_samples, block.fade_out_samples, is_of_film)


@dataclass(frozen=True, eq=False)
class LaneSpans:
    """The spans of a lane: `keys` name their sounds, `gains` are linear."""

    keys: tuple[int, ...]
    gains: tuple[float, ...]
    spans: tuple[Span, ...]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]

    def in_tick(self, at: int) -> list[int]:
        """Return the indices of the spans that sound in the tick at `at`."""
        return [int(index) for index in np.flatnonzero((self.starts < at + TICK_SAMPLES) & (self.ends > at))]


def lane_spans(lane: Lane, length_samples: int) -> LaneSpans:
    """Return the spans of a lane; the film's own sound has the key of its lane and lasts as long as the scene."""
    keys, gains, spans = [], [], []
    if lane.kind is LaneKind.FILM_SOUND:
        keys, gains, spans = [lane.lane_id], [1.0], [Span(0, length_samples, is_of_film=True)]
    for block in lane.blocks:
        keys.append(block.block_id)
        gains.append(float(10.0 ** (block.gain_db / 20.0)))
        spans.append(span_of(block))
    starts = np.array([span.start for span in spans], np.int64)
    ends = np.array([span.end for span in spans], np.int64)
    return LaneSpans(tuple(keys), tuple(gains), tuple(spans), starts, ends)


def _risen(fraction: NDArray[np.float64]) -> NDArray[np.float64]:
    risen: NDArray[np.float64] = np.sin(0.5 * np.pi * np.clip(fraction, 0.0, 1.0))
    return risen
