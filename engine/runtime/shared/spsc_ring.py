"""A ring of AmbiX blocks in shared memory: one process writes, one reads, and neither ever waits for the other.

Threads: one writer (`RingWriter`, generation process) and one reader (`RingReader`, audio process). Counts only grow,
and each has one writer; a slot belongs to the writer until the write count passes it, then to the reader until the
read count does. The ring is never reset: after a seek the reader discards the slots of earlier takes.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.contract.audio import FoaBlock
from engine.contract.conventions import FOA_CHANNELS, LATENT_SAMPLES
from engine.runtime.shared.block import Fence, SharedBlock
from engine.runtime.shared.epochs import take_of

SLOT_SAMPLES: Final = LATENT_SAMPLES

_COUNTS_BYTES: Final = 128  # what the two ends write is 64 bytes apart: each in its own cache line
_WRITE, _READ = 0, 8
_WRITTEN_SAMPLES, _READ_SAMPLES = 1, 9
_HEADER_FIELDS: Final = 4
_EPOCH, _START, _LENGTH, _LAP_END = range(_HEADER_FIELDS)


class _Ring:
    def __init__(self, slots: int, name: str | None) -> None:
        headers_bytes = 8 * _HEADER_FIELDS * slots
        samples_bytes = 4 * FOA_CHANNELS * SLOT_SAMPLES * slots
        self._block = SharedBlock(name, _COUNTS_BYTES + headers_bytes + samples_bytes)
        self._slots = slots
        self._counts: NDArray[np.int64] = self._block.array(np.int64, (16,), 0)
        self._headers: NDArray[np.int64] = self._block.array(np.int64, (slots, _HEADER_FIELDS), _COUNTS_BYTES)
        self._samples: NDArray[np.float32] = self._block.array(
            np.float32, (slots, FOA_CHANNELS, SLOT_SAMPLES), _COUNTS_BYTES + headers_bytes
        )
        self._fence = Fence()

    @property
    def name(self) -> str:
        return self._block.name

    @property
    def slots(self) -> int:
        return self._slots

    @property
    def filled_slots(self) -> int:
        return int(self._counts[_WRITE]) - int(self._counts[_READ])

    @property
    def filled_samples(self) -> int:
        """How many samples are in it, of a piece that is being read all."""
        return int(self._counts[_WRITTEN_SAMPLES]) - int(self._counts[_READ_SAMPLES])

    def close(self) -> None:
        """Close the memory; the process that made it removes it."""
        if hasattr(self, "_counts"):
            del self._counts, self._headers, self._samples
        self._block.close()


class RingOwner(_Ring):
    """Makes the memory and removes it; reads the fill level."""

    def __init__(self, slots: int) -> None:
        super().__init__(slots, None)


class RingWriter(_Ring):
    """The writing end."""

    def __init__(self, name: str, slots: int) -> None:
        super().__init__(slots, name)

    @property
    def free_slots(self) -> int:
        """How many blocks can be written now."""
        return self._slots - self.filled_slots

    def try_write(self, block: FoaBlock, lap_end: int) -> bool:
        """Write a block of at most 1920 samples of a lap that ends at a film sample; False if the ring is full."""
        n = block.samples.shape[1]
        if not 0 < n <= SLOT_SAMPLES:
            raise ValueError(f"A slot takes 1 to {SLOT_SAMPLES} samples, not {n}.")
        if self.free_slots <= 0:
            return False
        self._fence.pass_through()
        written = int(self._counts[_WRITE])
        slot = written % self._slots
        self._samples[slot, :, :n] = block.samples
        self._headers[slot] = (block.epoch, block.start_sample, n, lap_end)
        self._counts[_WRITTEN_SAMPLES] += n
        self._fence.pass_through()
        self._counts[_WRITE] = written + 1
        return True


@dataclass(frozen=True, eq=False)
class RingPiece:
    """The front of the ring: samples (4, n) that belong to the reader until it advances past them.

    `start` is the film sample of the first, `lap_end` the one at which its lap ends.
    """

    epoch: int
    start: int
    lap_end: int
    samples: NDArray[np.float32]


class RingReader(_Ring):
    """The reading end. Nothing here waits, locks against the writer or touches a file."""

    def __init__(self, name: str, slots: int) -> None:
        super().__init__(slots, name)
        self._offset = 0

    def drop_older_takes(self, epoch: int) -> None:
        """Free the slots at the front that belong to a take before `epoch`'s."""
        take = take_of(epoch)
        while self.filled_slots > 0:
            self._fence.pass_through()
            if take_of(self._front_header()[_EPOCH]) >= take:
                return
            self._free_front()

    def ready_samples(self, epoch: int) -> int:
        """Return how many samples of the take are ready, counted from the front."""
        filled = self.filled_slots
        self._fence.pass_through()
        read, take, ready = int(self._counts[_READ]), take_of(epoch), 0
        for index in range(read, read + filled):
            header = self._headers[index % self._slots].tolist()
            if take_of(header[_EPOCH]) != take:
                break
            ready += header[_LENGTH]
        return ready - self._offset if ready else 0

    def lap_end_within(self, epoch: int) -> int | None:
        """Return the end of the lap of the iteration `epoch` if all of it is ready, otherwise None."""
        filled = self.filled_slots
        self._fence.pass_through()
        read = int(self._counts[_READ])
        for index in range(read, read + filled):
            header = self._headers[index % self._slots].tolist()
            if header[_EPOCH] == epoch and header[_START] + header[_LENGTH] >= header[_LAP_END]:
                return int(header[_LAP_END])
        return None

    def front(self, most: int) -> RingPiece | None:
        """Return up to `most` samples at the front without a copy, or None if the ring is empty."""
        if self.filled_slots <= 0:
            return None
        self._fence.pass_through()
        header = self._front_header()
        slot = int(self._counts[_READ]) % self._slots
        until = min(header[_LENGTH], self._offset + most)
        samples = self._samples[slot, :, self._offset : until]
        return RingPiece(header[_EPOCH], header[_START] + self._offset, header[_LAP_END], samples)

    def advance(self, samples: int) -> None:
        """Release the first `samples` of the piece at the front."""
        self._offset += samples
        if self._offset >= self._front_header()[_LENGTH]:
            self._free_front()

    def _front_header(self) -> list[Any]:
        header: list[Any] = self._headers[int(self._counts[_READ]) % self._slots].tolist()
        return header

    def _free_front(self) -> None:
        self._offset = 0
        self._counts[_READ_SAMPLES] += self._front_header()[_LENGTH]
        self._fence.pass_through()
        self._counts[_READ] += 1
