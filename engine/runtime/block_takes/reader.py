"""Reads a take of a block: any stretch of its sound, its track, its keys; every patch is checked when it is read."""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.ambisonics.turning.field_track import FieldTrack
from engine.contract.conventions import FOA_CHANNELS, PATCH_SAMPLES
from engine.contract.errors import MediaError, reason_of
from engine.files.closing import Closing
from engine.files.regular import check_regular
from engine.rendering.blocks.keys import KEY_BYTES
from engine.runtime.block_takes.layout import HEAD_BYTES, TakeHead, TakePatch, read_head, read_patch

_MOST_PATCHES = 24 * 3600 * 7


class TakeReader(Closing):
    """An open take. Use as a context manager. Not thread-safe; a take may grow while it is read.

    Raises MediaError if the file is missing or is no take.
    """

    def __init__(self, path: Path) -> None:
        check_regular(path, "take")
        self.path = path
        try:
            self._file = path.open("rb")
        except OSError as error:
            raise _unreadable(path, error) from error
        try:
            self.head: TakeHead = read_head(self._read(0, HEAD_BYTES), path.name)
        except MediaError:
            self.close()
            raise
        self._last: tuple[int, TakePatch] | None = None

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        self._file.close()

    @property
    def patches(self) -> int:
        """How many whole patches it has now."""
        size = os.fstat(self._file.fileno()).st_size
        return min(max(size - HEAD_BYTES, 0) // self.head.record_bytes, _MOST_PATCHES)

    @property
    def samples(self) -> int:
        """How many samples at 48 kHz it has now."""
        return self.patches * PATCH_SAMPLES

    def keys(self) -> list[bytes]:
        """Return the keys of its patches."""
        return [self.key(index) for index in range(self.patches)]

    def key(self, index: int) -> bytes:
        """Return the key of a patch."""
        return self._read(self.head.position(index), KEY_BYTES)

    def patch(self, index: int) -> TakePatch:
        """Return a patch. Raises MediaError if it is damaged, IndexError if there is none."""
        if not 0 <= index < self.patches:
            raise IndexError(index)
        if self._last is None or self._last[0] != index:
            record = self._read(self.head.position(index), self.head.record_bytes)
            self._last = index, read_patch(record, self.head, self.path.name)
        return self._last[1]

    def record(self, index: int) -> bytes:
        """Return the bytes of a patch's record, unread: to copy it into another take."""
        return self._read(self.head.position(index), self.head.record_bytes)

    def undamaged(self, patches: int) -> int:
        """Return how many of the first patches can be read up to the first that is damaged."""
        for index in range(patches):
            try:
                self.patch(index)
            except MediaError:
                return index
        return patches

    def read(self, start: int, count: int) -> NDArray[np.float32]:
        """Return AmbiX (4, count) from a sample on; silence before the first and after the last."""
        out = np.zeros((FOA_CHANNELS, count), np.float32)
        first, last = max(start, 0), min(start + count, self.samples)
        while first < last:
            index, offset = divmod(first, PATCH_SAMPLES)
            length = min(PATCH_SAMPLES - offset, last - first)
            out[:, first - start : first - start + length] = self.patch(index).samples[:, offset : offset + length]
            first += length
        return out

    def track(self) -> FieldTrack:
        """Return the flow and energy of all its pieces of 40 ms."""
        return FieldTrack.joined([patch.track for patch in self._all()])

    def _all(self) -> Iterator[TakePatch]:
        for index in range(self.patches):
            yield self.patch(index)

    def _read(self, position: int, count: int) -> bytes:
        try:
            self._file.seek(position)
            return self._file.read(count)
        except OSError as error:
            raise _unreadable(self.path, error) from error


def _unreadable(path: Path, error: OSError) -> MediaError:
    return MediaError(f"The take {path} cannot be read: {reason_of(error)}.")
