"""The sound of an order, block by block: the same samples in every pass, before the gain of the file."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from engine.ambisonics.binaural import BinauralRenderer
from engine.ambisonics.binaural_file import load_filters
from engine.ambisonics.normalisation import ambix_to_fuma
from engine.ambisonics.rotation import rotation_matrix
from engine.contract.conventions import FOA_CHANNELS, SAMPLE_RATE_HZ
from engine.contract.errors import MediaError
from engine.contract.video import UPRIGHT, upright_view
from engine.contract.view import FRONT
from engine.export.delivery.order import Order
from engine.export.reading.ambix_reader import AmbixReader
from engine.export.reading.opening import open_source
from engine.export.reading.resample import in_blocks, resampled
from engine.export.reading.source import Block, check_samples
from engine.export.watermark.embedding import marked

BLOCK_FRAMES: Final = 16_384
_SAME_S: Final = 0.01


class DeliveredSound:
    """Opens the take for every pass; with `is_marked` the field has the watermark.

    Raises MediaError if the take or the head-locked sound cannot be read.
    """

    def __init__(self, order: Order, *, is_marked: bool = False) -> None:
        self._order, self.is_marked = order, is_marked
        with AmbixReader(order.take, order.convention, rate_hz=order.rate_hz) as reader:
            self.take_s = reader.duration_s
            self.notices = (*reader.notices, *self._about_length())
        begin_s = order.window_s[0]
        if begin_s >= self.take_s:
            raise MediaError(
                f"{order.take.name} is {self.take_s:.3f} s long and ends before what is exported: choose another range."
            )
        if order.head_locked is not None:
            source = open_source(order.head_locked)
            source.close()
            if source.channels > 2:
                raise MediaError(
                    f"{order.head_locked.name} has {source.channels} channels: head-locked sound is stereo."
                )

    @property
    def estimated_frames(self) -> int:
        """About how many samples there will be, for a progress."""
        begin_s, end_s = self._order.window_s
        last_s = self.take_s if end_s is None else min(self.take_s, end_s)
        return max(1, round((last_s - begin_s) * self._order.rate_hz))

    def _about_length(self) -> Iterator[str]:
        begin_s, end_s = self._order.window_s
        if end_s is None:
            return
        if not self._order.is_film:
            if self.take_s < end_s - _SAME_S:
                yield f"The take ends at {self.take_s:.1f} s: the file is {self.take_s - begin_s:.1f} s long."
            return
        if begin_s < -_SAME_S:
            yield f"The take begins {-begin_s:.2f} s after the pictures: until then there is silence."
        if self.take_s < end_s - _SAME_S:
            yield f"The take ends {end_s - self.take_s:.2f} s before the pictures: the rest is without sound."
        elif self.take_s > end_s + _SAME_S and self._order.range_s is None:
            yield f"The take is {self.take_s - end_s:.2f} s longer than the pictures: the rest is left out."

    def blocks(self) -> Iterator[Block]:
        """Yield the channels of the file (C, n) at its rate."""
        order = self._order
        if order.is_binaural:
            ears = resampled(self.ears(), 2, SAMPLE_RATE_HZ, order.rate_hz)
            yield from in_blocks(ears, 2, BLOCK_FRAMES)
        elif order.is_fuma:
            for block in self.field(order.rate_hz):
                yield ambix_to_fuma(block).astype(np.float32)
        elif order.head_locked is None:
            yield from self.field(order.rate_hz)
        else:
            locked = self._head_locked(order.rate_hz)
            for block in self.field(order.rate_hz):
                yield np.concatenate([block, _next(locked, block.shape[1])])

    def field(self, rate_hz: int) -> Iterator[Block]:
        """Yield the AmbiX field (4, n) of what is exported, at a rate."""
        blocks = self.unmarked_field(rate_hz)
        yield from in_blocks(marked(blocks, rate_hz), FOA_CHANNELS, BLOCK_FRAMES) if self.is_marked else blocks

    def unmarked_field(self, rate_hz: int) -> Iterator[Block]:
        """Yield the same field as the take holds it, turned as the order asks."""
        turned = self._order.turned
        turn = None if turned == UPRIGHT else rotation_matrix(upright_view(turned)).astype(np.float32)
        with AmbixReader(self._order.take, self._order.convention, rate_hz=rate_hz) as reader:
            blocks = self._windowed(reader.blocks(), FOA_CHANNELS, rate_hz)
            for block in in_blocks(blocks, FOA_CHANNELS, BLOCK_FRAMES):
                yield block if turn is None else turn @ block

    def ears(self) -> Iterator[Block]:
        """Yield what two ears hear of it (2, n) at 48 kHz, facing the front, with the head-locked sound."""
        renderer = BinauralRenderer(load_filters(), FRONT)
        locked = self._head_locked(SAMPLE_RATE_HZ) if self._order.head_locked is not None else None
        for block in self.field(SAMPLE_RATE_HZ):
            ears = renderer.process(block, FRONT)
            yield ears if locked is None else ears + _next(locked, block.shape[1])

    def _head_locked(self, rate_hz: int) -> "_Queue":
        assert self._order.head_locked is not None
        return _Queue(self._windowed(_stereo(self._order, rate_hz), 2, rate_hz))

    def _windowed(self, blocks: Iterator[Block], channels: int, rate_hz: int) -> Iterator[Block]:
        """Yield what lies in the window, with silence where it begins before the take."""
        begin_s, end_s = self._order.window_s
        begin = round(begin_s * rate_hz)
        left = None if end_s is None else round(end_s * rate_hz) - begin
        for start in range(begin, 0, BLOCK_FRAMES):
            silence = min(BLOCK_FRAMES, -start) if left is None else min(BLOCK_FRAMES, -start, left)
            yield np.zeros((channels, silence), np.float32)
            left = None if left is None else left - silence
        at = 0
        for block in blocks:
            first = max(0, begin - at)
            at += block.shape[1]
            kept = block[:, first:] if left is None else block[:, first : first + left]
            if kept.shape[1]:
                yield kept
            left = None if left is None else left - kept.shape[1]
            if left is not None and left <= 0:
                return


class _Queue:
    """Blocks that are taken in pieces of another size."""

    def __init__(self, blocks: Iterator[Block]) -> None:
        self.blocks = blocks
        self.held: Block = np.zeros((2, 0), np.float32)


def _next(queue: _Queue, frames: int) -> Block:
    """Return the next samples (2, n); after the end there is silence."""
    while queue.held.shape[1] < frames:
        block = next(queue.blocks, None)
        if block is None:
            block = np.zeros((2, frames - queue.held.shape[1]), np.float32)
        queue.held = np.concatenate([queue.held, block], axis=1)
    taken, queue.held = queue.held[:, :frames], queue.held[:, frames:]
    return taken


def _stereo(order: Order, rate_hz: int) -> Iterator[Block]:
    file = order.head_locked
    assert file is not None
    source = open_source(file)
    try:

        def read() -> Iterator[Block]:
            while (block := source.read(BLOCK_FRAMES)).shape[1]:
                check_samples(block, file)
                yield np.repeat(block, 2, axis=0) if source.channels == 1 else block

        yield from resampled(read(), 2, source.rate_hz, rate_hz)
    finally:
        source.close()
