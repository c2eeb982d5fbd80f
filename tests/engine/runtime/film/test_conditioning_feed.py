import threading
import time

import numpy as np
import pytest

from engine.contract.errors import MediaError, WorkerError
from engine.runtime.film.conditioning_feed import ConditioningFeed
from engine.video.effort import Effort

LONG_S = 5.0


class Reader:
    def __init__(self, delay_s: float = 0.0, fail_at: int | None = None) -> None:
        self.asked: list[int] = []
        self.efforts: list[Effort] = []
        self.closed = threading.Event()
        self._delay_s, self._fail_at = delay_s, fail_at

    def spare(self, effort):
        self.efforts.append(effort)

    def frame_at(self, t_s):
        index = round(t_s * 4)
        self.asked.append(index)
        time.sleep(self._delay_s / (10 if self.efforts[-1] is Effort.KEYS else 1))
        if index == self._fail_at:
            raise MediaError("The film is damaged at a place.")
        return index, np.full((2, 4, 3), index, np.uint8)

    def close(self):
        self.closed.set()


@pytest.fixture
def feed_of():
    feeds = []

    def make(reader) -> ConditioningFeed:
        feeds.append(ConditioningFeed(lambda: reader))
        return feeds[-1]

    yield make
    for feed in feeds:
        feed.close()


def test_the_newest_frame_before_a_time_and_one_read_for_each(feed_of):
    reader = Reader()
    feed = feed_of(reader)
    for patch in range(40):
        seen = feed.advance_to(patch * 0.16, LONG_S)
        index, picture = seen.frame
        assert index == int(patch * 0.16 * 4 + 1e-6)
        assert picture[0, 0, 0] == index
        assert seen.late_s == 0.0
    assert reader.asked == sorted(set(reader.asked))
    feed.close()
    assert reader.closed.wait(1.0)


def test_it_reads_ahead_so_that_the_next_frame_does_not_cost(feed_of):
    feed = feed_of(Reader(delay_s=0.05))
    feed.advance_to(0.0, LONG_S)
    time.sleep(0.4)
    for t_s in (0.25, 0.5):
        assert feed.advance_to(t_s, 0.0).late_s == 0.0


def test_it_jumps_both_ways(feed_of):
    feed = feed_of(Reader())
    times = (0.0, 50.0, 3.0, 3.0, 3.3, 0.0)
    assert [feed.advance_to(t, LONG_S).frame[0] for t in times] == [0, 200, 12, 12, 13, 0]


def test_what_is_not_there_is_not_waited_for_and_the_newest_is_used(feed_of):
    feed = feed_of(Reader(delay_s=0.3))
    began = time.perf_counter()
    nothing = feed.advance_to(0.0, 0.0)
    assert time.perf_counter() - began < 0.1
    assert nothing.frame is None
    assert nothing.late_s == 0.25
    assert feed.advance_to(0.0, LONG_S).frame[0] == 0
    late = feed.advance_to(0.5, 0.0)
    assert late.frame[0] == 0
    assert late.late_s == 0.5


@pytest.mark.slow
def test_a_reader_that_falls_behind_leaves_pictures_out_and_goes_by_key_pictures(feed_of):
    reader = Reader(delay_s=0.6)
    feed = feed_of(reader)
    feed.advance_to(0.0, LONG_S)
    began = time.perf_counter()
    while (t_s := time.perf_counter() - began) < 3.0:
        seen = feed.advance_to(t_s, 0.0)
        assert seen.frame[0] <= int(4 * t_s + 1e-6)
        time.sleep(0.02)
    assert reader.efforts[0] is Effort.EVERY
    assert reader.efforts[-1] is Effort.KEYS
    assert seen.late_s <= 0.25
    assert len(reader.asked) < reader.asked[-1]


def test_after_a_jump_back_the_last_picture_holds_until_the_new_one_is_there(feed_of):
    feed = feed_of(Reader(delay_s=0.1))
    feed.advance_to(9.0, LONG_S)
    iteration = feed.advance_to(0.0, 0.0)
    assert iteration.frame[0] == 36
    assert iteration.late_s == 0.25
    assert feed.advance_to(0.0, LONG_S).frame[0] == 0


def test_a_take_begins_without_pictures_of_another_place(feed_of):
    feed = feed_of(Reader(delay_s=0.1))
    feed.advance_to(9.0, LONG_S)
    feed.begin(3.0)
    assert feed.advance_to(3.0, 0.0).frame is None
    assert feed.advance_to(3.0, LONG_S).frame[0] == 12
    feed.begin(3.0)  # the same place again: it is there already
    assert feed.advance_to(3.0, 0.0).frame[0] == 12


def test_failures_come_out_where_the_frame_is_asked_for(feed_of):
    feed = feed_of(Reader(fail_at=2))
    feed.advance_to(0.0, LONG_S)
    with pytest.raises(MediaError, match="damaged"):
        feed.advance_to(0.5, LONG_S)

    def broken():
        raise RuntimeError("not a film error")

    feed = ConditioningFeed(broken)
    try:
        with pytest.raises(WorkerError, match="an internal error in SwanSphere") as caught:
            feed.advance_to(0.0, LONG_S)
        assert "not a film error" in str(caught.value.__cause__)  # for the log
    finally:
        feed.close()
