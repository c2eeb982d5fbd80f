"""A tone through the resampler: its pitch, its level, no gap, and the time at which it is heard."""

import time

import numpy as np
import pytest

from engine.runtime.ear.rate_feed import RateFeed

TONE_HZ = 1000.0


class Tone:
    def __init__(self, amplitude: float = 0.25) -> None:
        self.at = 0
        self.amplitude = amplitude
        self.heard_in_s: list[float] = []

    def __call__(self, out, latency_s):
        self.heard_in_s.append(latency_s)
        times_s = (self.at + np.arange(out.shape[0])) / 48_000
        out[:] = (self.amplitude * np.sin(2 * np.pi * TONE_HZ * times_s)).astype(np.float32)[:, None]
        self.at += out.shape[0]


def drawn(feed: RateFeed, rate_hz: int, seconds: float) -> np.ndarray:
    """Take blocks of 10.7 ms as quickly as they are made."""
    blocks, done = [], 0
    until = time.monotonic() + 20.0
    while done < seconds * rate_hz:
        assert time.monotonic() < until
        if feed._written - feed._taken < round(rate_hz / 94):
            time.sleep(0.001)
            continue
        out = np.full((round(rate_hz / 94), 2), np.nan, np.float32)
        assert feed.take(out) == 0
        blocks.append(out)
        done += out.shape[0]
    return np.concatenate(blocks)


@pytest.mark.slow
@pytest.mark.parametrize("rate_hz", [44_100, 96_000, 16_000, 192_000])
def test_a_tone_keeps_its_pitch_and_level_and_has_no_gap(rate_hz):
    tone = Tone()
    feed = RateFeed(tone, rate_hz)
    feed.device_latency_s = 0.06
    feed.start()
    try:
        heard = drawn(feed, rate_hz, 2.0)
    finally:
        feed.stop()
    assert np.array_equal(heard[:, 0], heard[:, 1])
    steady = heard[round(0.1 * rate_hz) :, 0]
    times_s = np.arange(steady.size) / rate_hz
    turns = np.stack([np.sin(2 * np.pi * TONE_HZ * times_s), np.cos(2 * np.pi * TONE_HZ * times_s)], axis=1)
    fit, *_ = np.linalg.lstsq(turns, steady, rcond=None)
    assert np.hypot(*fit) == pytest.approx(0.25, rel=1e-3)
    assert np.max(np.abs(steady - turns @ fit)) < 1e-4  # one unbroken sine: a lost or doubled frame would stand out
    assert all(0.06 <= in_s < 0.06 + 0.12 for in_s in tone.heard_in_s)


def test_what_is_not_there_is_silent_and_counted():
    feed = RateFeed(Tone(), 44_100)
    out = np.full((470, 2), np.nan, np.float32)
    assert feed.take(out) == 470
    assert not out.any()


def test_a_filter_that_rings_does_not_leave_full_scale():
    class Square(Tone):
        def __call__(self, out, latency_s):
            super().__call__(out, latency_s)
            out[:] = np.sign(out)

    feed = RateFeed(Square(), 44_100)
    feed.start()
    try:
        assert np.max(np.abs(drawn(feed, 44_100, 0.5))) <= 1.0
    finally:
        feed.stop()


def test_a_fault_in_the_render_is_kept():
    def broken(out, latency_s):
        raise RuntimeError("broken on purpose")

    feed = RateFeed(broken, 44_100)
    feed.start()
    until = time.monotonic() + 3.0
    while feed.fault is None and time.monotonic() < until:
        time.sleep(0.005)
    assert "broken on purpose" in str(feed.fault)
    feed.stop()
