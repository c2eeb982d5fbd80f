"""The transport follows another program: it gets there, stays there, and never seeks for a small difference."""

import random

import pytest

from engine.daw.following import JUMP_S, TOLERANCE_S, Follower, Order

STEP_S = 0.05


class Engine:
    """Playback that starts `late_s` after play or a seek, and whose clock is off by `drift`."""

    def __init__(self, late_s: float, drift: float = 0.0) -> None:
        self.at_s, self.plays, self._late_s, self._drift = 0.0, False, late_s, drift
        self._waits_s = 0.0
        self.seeks: list[float] = []

    def obey(self, order: Order, now_s: float) -> None:
        if order.play is False:
            self.plays = False
        if order.seek_s is not None:
            self.at_s, self._waits_s = order.seek_s, self._late_s
            self.seeks.append(now_s)
        if order.play:
            self.plays, self._waits_s = True, self._late_s

    def run(self) -> None:
        if self.plays:
            heard_s = max(0.0, STEP_S - self._waits_s)
            self._waits_s = max(0.0, self._waits_s - STEP_S)
            self.at_s += heard_s * (1.0 + self._drift)


def follow(engine: Engine, seconds: float, jump_at_s: float = 0.0, jitter_s: float = 0.0) -> float:
    """Let another program play for some seconds; returns by how much the engine is off at the end."""
    follower, chance = Follower(), random.Random(3)
    there_s, jumped_s, now_s = 5.0, 0.0, 0.0
    follower.tell(there_s, 0.0)
    engine.obey(follower.order(engine.at_s, engine.plays, 0.0), 0.0)
    assert engine.at_s == 5.0
    for _ in range(round(seconds / STEP_S)):
        if jump_at_s and now_s >= jump_at_s and not jumped_s:
            jumped_s = 40.0
        follower.start(now_s)
        follower.tell(there_s + now_s + jumped_s + chance.uniform(-jitter_s, jitter_s), now_s)
        engine.obey(follower.order(engine.at_s, engine.plays, now_s), now_s)
        engine.run()
        now_s += STEP_S
    off_s = engine.at_s - (there_s + now_s + jumped_s)
    follower.stop()
    engine.obey(follower.order(engine.at_s, engine.plays, now_s), now_s)
    assert not engine.plays
    return off_s


@pytest.mark.parametrize("late_s", [0.0, 0.03, 0.2, 0.9, 1.7])
@pytest.mark.parametrize("jitter_s", [0.0, 0.015])
def test_however_late_the_engine_starts_it_gets_there_and_stays(late_s: float, jitter_s: float) -> None:
    engine = Engine(late_s)
    assert abs(follow(engine, 20.0, jitter_s=jitter_s)) <= TOLERANCE_S + 0.01
    assert len(engine.seeks) <= 4  # placed, started, and once or twice with what it learned
    assert engine.seeks[-1] < 8.0


def test_an_engine_that_needs_another_time_for_each_seek_is_not_chased() -> None:
    class Busy(Engine):
        def obey(self, order: Order, now_s: float) -> None:
            self._late_s = (0.15, 0.5, 0.3, 0.05, 0.45)[len(self.seeks) % 5]
            super().obey(order, now_s)

    engine = Busy(0.0)
    assert abs(follow(engine, 60.0)) <= JUMP_S
    assert len(engine.seeks) < 25  # three tries in ten seconds


def test_an_engine_whose_sound_does_not_come_is_left_alone() -> None:
    engine = Engine(1e9)
    follow(engine, 20.0)
    assert len(engine.seeks) == 2


def test_an_engine_that_does_not_play_is_asked_once_a_while() -> None:
    follower, asked = Follower(), 0
    for k in range(200):
        follower.start(0.05 * k)
        follower.tell(0.05 * k, 0.05 * k)
        asked += follower.order(0.0, False, 0.05 * k).play is True
    assert asked <= 13


def test_another_clock_is_followed_without_seeks_until_a_frame_is_missing() -> None:
    engine = Engine(0.0, drift=100e-6)
    follow(engine, 300.0)
    assert len(engine.seeks) == 2  # placed and started: 30 ms are less than a frame
    engine = Engine(0.0, drift=1e-3)
    assert abs(follow(engine, 300.0)) < TOLERANCE_S + 0.01
    assert 4 <= len(engine.seeks) <= 10


def test_a_jump_of_the_other_program_is_followed_within_half_a_second() -> None:
    engine = Engine(0.1)
    assert abs(follow(engine, 20.0, jump_at_s=10.0)) <= TOLERANCE_S + 0.01
    assert any(10.0 <= at < 10.5 for at in engine.seeks)


def test_one_odd_report_is_no_jump() -> None:
    follower = Follower()
    follower.tell(0.0, 0.0)
    follower.start(0.0)
    assert follower.order(0.0, False, 0.0) == Order(0.0, True)
    for k in range(40):
        now_s = 1.0 + 0.05 * k
        follower.tell(now_s + (3.0 if k == 20 else 0.0), now_s)
        assert follower.order(now_s, True, now_s) == Order()


def test_standing_programs_place_the_playhead_once_and_only_say_play() -> None:
    follower = Follower()
    follower.tell(7.0, 0.0)
    assert follower.order(0.0, False, 0.1) == Order(7.0)
    assert follower.order(7.0, False, 0.2) == Order()
    follower.start(10.0)
    assert follower.order(7.0, False, 10.0) == Order(7.0, True)
    assert all(follower.order(7.0 + t, True, 10.0 + t) == Order() for t in (0.9, 1.5, 30.0))
