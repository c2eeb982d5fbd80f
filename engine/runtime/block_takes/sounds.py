"""Takes of blocks as sounds of the mix."""

import contextlib
from collections import OrderedDict
from types import TracebackType
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from engine.ambisonics.loudness import LevelMeter
from engine.ambisonics.turning.shown import shown_by
from engine.contract.conventions import FOA_CHANNELS, SAMPLE_RATE_HZ
from engine.contract.errors import MediaError
from engine.contract.scene.blocks import GeneratedBlock
from engine.rendering.mix.sounds import BlockSound, FieldFacts
from engine.runtime.block_takes.reader import TakeReader
from engine.runtime.block_takes.store import BlockTakes

_MOST_KEPT: Final = 64


class TakeSounds:
    """The current takes of blocks, read from disk: implements `KeptTakes`. Use as a context manager. Not thread-safe.

    A sound that was read before is the same object again, so that the mix goes on with it.
    """

    def __init__(self, store: BlockTakes) -> None:
        self._store = store
        self._kept: OrderedDict[tuple[str, int], tuple[BlockSound, _TakeSamples]] = OrderedDict()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all files. A sound that is read afterwards opens its own again."""
        while self._kept:
            self._kept.popitem()[1][1].close()

    def read(self, block: GeneratedBlock) -> BlockSound | None:
        """Return the current take of a block, None if it has none, or if it is missing, damaged or too short."""
        needed = block.before_samples + block.length_samples
        with contextlib.suppress(MediaError):
            if block.current is not None and self._store.has(block.current):
                return self.sound(block.current, needed)
        return None

    def sound(self, take_id: str, needed: int = 0) -> BlockSound | None:
        """Return a take as a whole; None if it has fewer samples than are needed. Raises MediaError."""
        with self._store.open(take_id) as take:
            patches, samples = take.patches, take.samples
        key = (take_id, patches)
        if patches == 0 or samples < needed:
            return None
        if key not in self._kept:
            self._kept[key] = _measured(self._store, take_id, samples)
        self._kept.move_to_end(key)
        if len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)[1][1].close()
        return self._kept[key][0]


class _TakeSamples:
    """Implements `Samples`: a take up to a sample, opened while it is read."""

    def __init__(self, store: BlockTakes, take_id: str, samples: int) -> None:
        self._store, self._take_id, self._samples = store, take_id, samples
        self._reader: TakeReader | None = None

    def read(self, start: int, count: int) -> NDArray[np.float32]:
        """Return AmbiX (4, count); see `Samples`. Raises MediaError if it is gone or damaged."""
        if self._reader is None:
            self._reader = self._store.open(self._take_id)
        out = np.zeros((FOA_CHANNELS, count), np.float32)
        there = min(max(self._samples - start, 0), count)
        out[:, :there] = self._reader.read(start, there)
        return out

    def close(self) -> None:
        """Close the file until the next read."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None


def _measured(store: BlockTakes, take_id: str, samples: int) -> tuple[BlockSound, _TakeSamples]:
    meter = LevelMeter()
    with store.open(take_id) as take:
        for start in range(0, samples, SAMPLE_RATE_HZ):
            meter.add(take.read(start, min(SAMPLE_RATE_HZ, samples - start)))
        track = take.track()
    facts = FieldFacts(shown_by(track), track.share, follows_path=True)
    opened = _TakeSamples(store, take_id, samples)
    return BlockSound(FOA_CHANNELS, opened, meter.level(), facts), opened
