"""Sound at another rate, block by block: no drift, and a length that is exact to one sample."""

from collections.abc import Iterator

import numpy as np
import soxr

from engine.export.reading.source import Block


def resampled(blocks: Iterator[Block], channels: int, from_hz: int, to_hz: int) -> Iterator[Block]:
    """Yield blocks (channels, n) at `to_hz` of blocks at `from_hz`, with the same total duration."""
    if from_hz == to_hz:
        yield from blocks
        return
    stream = soxr.ResampleStream(from_hz, to_hz, channels, dtype="float32", quality="VHQ")
    for block in blocks:
        yield np.ascontiguousarray(stream.resample_chunk(np.ascontiguousarray(block.T)).T)
    yield np.ascontiguousarray(stream.resample_chunk(np.zeros((0, channels), np.float32), last=True).T)


def resampled_length(frames: int, from_hz: int, to_hz: int) -> int:
    """Return how many samples `resampled` makes of `frames`, to within one."""
    return round(frames * to_hz / from_hz)


def in_blocks(blocks: Iterator[Block], channels: int, size: int) -> Iterator[Block]:
    """Yield the same samples in blocks (channels, `size`); the last one may be shorter."""
    held: list[Block] = []
    count = 0
    for block in blocks:
        held.append(block)
        count += block.shape[1]
        if count >= size:
            together = np.concatenate(held, axis=1)
            whole = count // size * size
            for start in range(0, whole, size):
                yield together[:, start : start + size]
            held, count = [together[:, whole:]], count - whole
    if count:
        yield np.concatenate(held, axis=1)
