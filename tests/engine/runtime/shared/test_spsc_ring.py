import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.contract.audio import FoaBlock
from engine.runtime.shared.epochs import after_seek, first_epoch, next_iteration
from engine.runtime.shared.spsc_ring import SLOT_SAMPLES, RingOwner, RingReader, RingWriter

FILM_END = 10**9
TAKE = after_seek(first_epoch())


class Ends:
    def __init__(self, slots: int) -> None:
        self.owner = RingOwner(slots)
        self.writer, self.reader = RingWriter(self.owner.name, slots), RingReader(self.owner.name, slots)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for end in (self.writer, self.reader, self.owner):
            end.close()

    def write(self, epoch: int, start: int, n: int) -> bool:
        counting = start + np.arange(n, dtype=np.float32)
        return self.writer.try_write(
            FoaBlock(epoch, start, np.stack([counting, -counting, counting, counting])), FILM_END
        )

    def read(self, n: int) -> np.ndarray:
        parts, done = [], 0
        while done < n and (piece := self.reader.front(n - done)) is not None:
            parts.append(piece.samples.copy())
            done += piece.samples.shape[1]
            self.reader.advance(piece.samples.shape[1])
        return np.concatenate(parts, axis=1) if parts else np.zeros((4, 0), np.float32)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(
    slots=st.integers(1, 6),
    sizes=st.lists(st.integers(1, SLOT_SAMPLES), min_size=1, max_size=20),
    reads=st.lists(st.integers(1, 5000), min_size=1, max_size=20),
)
def test_what_goes_in_comes_out_in_order_however_it_is_cut(slots, sizes, reads):
    with Ends(slots) as ring:
        written, wanted, out = 0, list(sizes), []
        while wanted or ring.reader.filled_slots:
            while wanted and ring.write(TAKE, written, wanted[0]):
                written += wanted.pop(0)
            n = reads[len(out) % len(reads)]
            ready = ring.reader.ready_samples(TAKE)
            out.append(ring.read(n))
            assert out[-1].shape[1] == min(n, ready)
        np.testing.assert_array_equal(np.concatenate(out, axis=1)[0], np.arange(written, dtype=np.float32))


def test_a_full_ring_refuses_and_keeps_what_it_has():
    with Ends(2) as ring:
        assert ring.write(TAKE, 0, 100)
        assert ring.write(TAKE, 100, 100)
        assert not ring.write(TAKE, 200, 100)
        np.testing.assert_array_equal(ring.read(500)[0], np.arange(200))


def test_older_takes_are_dropped_and_newer_ones_kept():
    newer = after_seek(TAKE)
    with Ends(8) as ring:
        for epoch, start in ((TAKE, 0), (TAKE, 100), (newer, 5000)):
            ring.write(epoch, start, 100)
        ring.read(30)
        assert ring.reader.ready_samples(TAKE) == 170
        assert ring.reader.ready_samples(newer) == 0
        ring.reader.drop_older_takes(newer)
        assert ring.reader.ready_samples(newer) == 100
        assert ring.read(1)[0, 0] == 5000
        ring.reader.drop_older_takes(TAKE)
        assert ring.reader.ready_samples(newer) == 99


def test_the_next_lap_belongs_to_the_take():
    with Ends(8) as ring:
        ring.writer.try_write(FoaBlock(TAKE, 900, np.zeros((4, 100), np.float32)), 1000)
        assert ring.reader.lap_end_within(TAKE) is not None
        ring.writer.try_write(FoaBlock(next_iteration(TAKE), 0, np.zeros((4, 60), np.float32)), 1000)
        assert ring.reader.ready_samples(TAKE) == 160
        assert ring.reader.lap_end_within(next_iteration(TAKE)) is None


def test_a_block_larger_than_a_slot_is_a_programming_error():
    with Ends(2) as ring, pytest.raises(ValueError, match="1920"):
        ring.write(TAKE, 0, SLOT_SAMPLES + 1)


@pytest.mark.slow
def test_two_threads_at_once_lose_and_swap_nothing():
    blocks, n = 400, 96
    with Ends(3) as ring:

        def write() -> None:
            index = 0
            while index < blocks:
                index += ring.write(TAKE, index * n, n)

        writer = threading.Thread(target=write)
        writer.start()
        out, got = [], 0
        while got < blocks * n:
            out.append(ring.read(50))
            got += out[-1].shape[1]
        writer.join()
        everything = np.concatenate(out, axis=1)
        np.testing.assert_array_equal(everything[0], np.arange(blocks * n, dtype=np.float32))
        np.testing.assert_array_equal(everything[1], -everything[0])
