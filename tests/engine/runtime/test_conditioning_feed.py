import threading
import time

import numpy as np
import pytest

from engine.contract.errors import MediaError, WorkerError
from engine.runtime.conditioning_feed import ConditioningFeed


class Reader:
    def __init__(self, delay_s: float = 0.0, fail_at: int | None = None) -> None:
        self.asked: list[int] = []
        self.closed = threading.Event()
        self._delay_s, self._fail_at = delay_s, fail_at

    def frame_at(self, t_s):
        index = round(t_s * 4)
        self.asked.append(index)
        time.sleep(self._delay_s)
        if index == self._fail_at:
            raise MediaError("The film is damaged at a place.")
        return index, np.full((2, 4, 3), index, np.uint8)

    def close(self):
        self.closed.set()


def test_the_newest_frame_before_a_time_and_one_read_for_each():
    reader = Reader()
    feed = ConditioningFeed(lambda: reader)
    try:
        for patch in range(40):
            index, picture = feed.frame_at(patch * 0.16)
            assert index == int(patch * 0.16 * 4 + 1e-6)
            assert picture[0, 0, 0] == index
        assert reader.asked == sorted(set(reader.asked))
    finally:
        feed.close()
    assert reader.closed.wait(1.0)


def test_it_reads_ahead_so_that_the_next_frame_does_not_cost():
    reader = Reader(delay_s=0.05)
    feed = ConditioningFeed(lambda: reader)
    try:
        feed.frame_at(0.0)
        time.sleep(0.4)
        began = time.perf_counter()
        feed.frame_at(0.25)
        feed.frame_at(0.5)
        assert time.perf_counter() - began < 0.04
    finally:
        feed.close()


def test_it_jumps_both_ways():
    reader = Reader()
    feed = ConditioningFeed(lambda: reader)
    try:
        assert [feed.frame_at(t)[0] for t in (0.0, 50.0, 3.0, 3.0, 3.3, 0.0)] == [0, 200, 12, 12, 13, 0]
    finally:
        feed.close()


def test_failures_come_out_where_the_frame_is_asked_for():
    feed = ConditioningFeed(lambda: Reader(fail_at=2))
    try:
        feed.frame_at(0.0)
        with pytest.raises(MediaError, match="damaged"):
            feed.frame_at(0.5)
    finally:
        feed.close()

    def broken():
        raise RuntimeError("not a film error")

    feed = ConditioningFeed(broken)
    try:
        with pytest.raises(WorkerError, match="not a film error"):
            feed.frame_at(0.0)
    finally:
        feed.close()
