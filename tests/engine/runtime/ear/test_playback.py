import numpy as np
import pytest

from engine.ambisonics.binaural import BinauralFilters
from engine.ambisonics.binaural_file import load_filters
from engine.contract.conventions import PATCH_SAMPLES
from engine.contract.directions import Direction
from engine.contract.view import ViewOrientation
from engine.runtime.ear.deck import FADE_SAMPLES
from engine.runtime.ear.ring_deck import START_SAMPLES
from engine.runtime.shared.epochs import next_iteration
from engine.runtime.shared.state import Phase
from tests.engine.runtime.ear.playback_rig import AMPLITUDE, CLICK, Rig, plain_ears, roughness

START_SLOTS = START_SAMPLES // 1920
LEFT = Direction(90.0)


@pytest.fixture
def rig():
    made = Rig()
    yield made
    made.close()


def playing(rig: Rig, slots: int = 40, at: int = 0) -> Rig:
    rig.seek(at)
    rig.feed(slots)
    rig.state.play = True
    rig.listen(4)
    assert rig.state.phase is Phase.PLAYING
    return rig


def test_nothing_wanted_is_silence(rig):
    assert not np.any(rig.listen(5))


def test_it_waits_until_enough_lies_ready(rig):
    rig.seek(0)
    rig.state.play = True
    rig.feed(START_SLOTS - 1)
    assert not np.any(rig.listen(5))
    assert rig.state.phase is Phase.WAITING
    rig.feed(1)
    assert np.any(rig.listen(2))
    assert rig.state.underruns == 0


def test_the_tone_is_heard_unchanged(rig):
    playing(rig)
    heard = rig.everything[:, FADE_SAMPLES:]
    time = np.arange(FADE_SAMPLES, rig.everything.shape[1]) / 48_000
    expected = 0.5 * AMPLITUDE * np.cos(2 * np.pi * 1000 * time)
    np.testing.assert_allclose(heard[0], expected, atol=1e-5)
    np.testing.assert_allclose(heard[1], expected, atol=1e-5)


def test_the_meters_get_what_is_heard_before_the_volume(rig):
    rig.state.volume = 0.25
    rig.seek(0)
    rig.feed(40, LEFT)
    rig.state.play = True
    rig.listen(40)
    pieces = []
    while (piece := rig.playback.heard.next_piece()) is not None:
        pieces.append(piece)
    heard, played = np.concatenate(pieces, axis=1), rig.everything[:, : len(pieces) * 4800]
    np.testing.assert_allclose(0.25 * heard[:2, 512:], played[:, 512:], atol=1e-6)  # the first block fades to it
    time = np.arange(FADE_SAMPLES, heard.shape[1]) / 48_000
    np.testing.assert_allclose(heard[2, FADE_SAMPLES:], AMPLITUDE * np.cos(2 * np.pi * 1000 * time), atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("size", [64, 500, 512, 1999])
def test_an_empty_ring_fades_within_10_ms_counts_once_and_fades_in_again(rig, size):
    rig.seek(0)
    rig.feed(20)
    rig.state.play = True
    rig.listen(40_000 // size + 5, size)
    assert rig.state.phase is Phase.REBUFFERING
    assert rig.state.underruns == 1
    assert not np.any(rig.listen(10_000 // size + 1, size))
    assert rig.state.underruns == 1
    assert rig.state.underrun_samples == rig.everything.shape[1] - rig.state.played_samples
    rig.feed(30)
    rig.listen(20_000 // size, size)
    assert rig.state.phase is Phase.PLAYING
    assert roughness(rig.everything) < CLICK
    # Nothing of the field was lost: all samples before and after the gap were played, in order.
    assert rig.state.played_samples == rig.state.clock.until_sample


def test_a_gap_is_silence_of_known_length(rig):
    rig.seek(0)
    rig.feed(16)
    rig.state.play = True
    rig.listen(100)
    sounding = np.flatnonzero(np.abs(rig.everything[0]) > 0)
    # Played to the last reserve: what stays in the ring is less than a block and the fade.
    assert 16 * 1920 - 512 - FADE_SAMPLES <= sounding[-1] + 1 <= 16 * 1920
    assert rig.state.underrun_samples > 0


def test_pause_and_play_do_not_click_and_lose_nothing(rig):
    playing(rig)
    for _ in range(3):
        rig.state.play = False
        rig.listen(3)
        assert not np.any(rig.listen(1))
        stayed = rig.state.clock.until_sample
        rig.listen(4)
        assert rig.state.clock.until_sample == stayed
        rig.state.play = True
        rig.listen(5)
    assert roughness(rig.everything) < CLICK
    assert rig.state.played_samples == rig.state.clock.until_sample
    assert rig.state.underruns == 0


def test_a_seek_fades_drops_the_old_and_starts_at_the_new_place(rig):
    playing(rig)
    rig.seek(480_017)
    rig.listen(3)
    assert rig.state.clock.from_sample == 480_017
    assert rig.owner.filled_slots == 0
    rig.feed(START_SLOTS + 4)
    rig.listen(3)
    assert rig.state.clock.until_sample == 480_017 + 3 * 512
    assert roughness(rig.everything) < CLICK
    assert rig.state.underruns == 0


def test_what_the_generator_still_writes_of_an_older_take_is_dropped(rig):
    playing(rig)
    old_epoch, old_at = rig.epoch, rig.at
    rig.seek(96_000)
    rig.listen(3)
    new_epoch = rig.epoch
    rig.epoch, rig.at = old_epoch, old_at
    rig.feed(4)
    rig.epoch, rig.at = new_epoch, 96_000
    rig.feed(START_SLOTS)
    rig.listen(1)
    assert rig.state.clock.from_sample == 96_000


def test_the_film_ends_with_a_fade_and_stays_ended():
    rig = Rig(film_end=40_001)
    try:
        playing(rig, slots=60)
        rig.listen(100)
        assert rig.state.ended
        assert rig.state.clock.until_sample == 40_001
        assert rig.state.played_samples == 40_001
        assert rig.state.underruns == 0
        assert roughness(rig.everything) < CLICK
        assert np.flatnonzero(np.abs(rig.everything[0]) > 1e-6)[-1] + 1 <= 40_001
        rig.seek(0)
        rig.feed(60)
        rig.listen(10)
        assert not rig.state.ended
        assert rig.state.phase is Phase.PLAYING
    finally:
        rig.close()


def test_a_new_take_is_never_seen_as_ended_while_it_begins(monkeypatch):
    rig = Rig(film_end=20_000)
    try:
        playing(rig, slots=60)
        rig.listen(100)
        assert rig.state.ended
        seen = []
        publish = rig.state.publish_clock

        def look_after(clock):
            publish(clock)
            seen.append(rig.state.ended)

        monkeypatch.setattr(rig.state, "publish_clock", look_after)
        rig.seek(0)
        rig.listen(3)
        assert seen
        assert not any(seen)
    finally:
        rig.close()


def test_a_film_shorter_than_the_buffer_plays():
    rig = Rig(film_end=5000)
    try:
        rig.seek(0)
        rig.feed(10)
        rig.state.play = True
        heard = rig.listen(20)
        assert rig.state.ended
        assert np.any(heard)
        assert rig.state.played_samples == 5000
    finally:
        rig.close()


def test_the_loop_goes_round_without_a_click_or_a_wait():
    rig = Rig(film_end=30_000)
    try:
        rig.state.loop = True
        playing(rig, slots=40)
        for _ in range(4):
            rig.epoch, rig.at = next_iteration(rig.epoch), 0
            rig.feed(40)
            rig.listen(30)
        assert rig.state.underruns == 0
        assert rig.state.clock.epoch > next_iteration(0)
        assert rig.state.clock.iteration_start == 0
        assert roughness(rig.everything) < CLICK
        assert np.min(np.abs(rig.everything[0]).reshape(-1, 512)[2:].max(axis=1)) > 0.0
    finally:
        rig.close()


def test_a_range_goes_round_without_a_click_and_ends_nothing():
    rig = Rig(film_end=30_000)
    try:
        rig.state.loop_range = (9_000, 30_000)
        playing(rig, slots=40)
        for _ in range(4):
            rig.epoch, rig.at = next_iteration(rig.epoch), 9_000
            rig.feed(40)
            rig.listen(30)
        assert not rig.state.ended
        assert rig.state.underruns == 0
        assert rig.state.clock.iteration_start == 9_000
        assert roughness(rig.everything) < CLICK
    finally:
        rig.close()


def test_loop_turned_off_ends_the_film_although_the_next_lap_lies_ready():
    rig = Rig(film_end=30_000)
    try:
        rig.state.loop = True
        playing(rig, slots=40)
        rig.epoch, rig.at = next_iteration(rig.epoch), 0
        rig.feed(10)
        rig.state.loop = False
        rig.listen(80)
        assert rig.state.ended
        assert rig.state.played_samples == 30_000
    finally:
        rig.close()


def test_left_is_left_and_turning_round_swaps_the_ears_without_a_click():
    rig = Rig(filters=load_filters())
    try:
        rig.seek(0)
        rig.feed(60, LEFT)
        rig.state.play = True
        rig.listen(40)
        before = np.square(rig.listen(20)).mean(axis=1)
        rig.state.view = ViewOrientation(yaw_rad=np.pi)
        rig.listen(10)
        after = np.square(rig.listen(20)).mean(axis=1)
        assert before[0] > 2.0 * before[1]
        assert after[1] > 2.0 * after[0]
        assert roughness(rig.everything[:, 2000:]) < CLICK
    finally:
        rig.close()


def test_volume_moves_without_a_step(rig):
    playing(rig)
    rig.state.volume = 0.0
    rig.listen(1)
    assert not np.any(rig.listen(2))
    rig.state.volume = 2.0
    rig.listen(1)
    assert np.max(np.abs(rig.listen(3))) == pytest.approx(AMPLITUDE, rel=1e-3)
    assert roughness(rig.everything) < CLICK


def test_full_scale_is_never_passed(rig):
    rig.state.volume = 4.0
    playing(rig)
    rig.state.volume = 100.0
    assert np.max(np.abs(rig.listen(10))) == 1.0


def test_held_is_silent_without_counting_an_underrun(rig):
    playing(rig)
    rig.playback.held = True
    rig.listen(2)
    assert not np.any(rig.listen(5))
    rig.playback.held = False
    assert np.any(rig.listen(2))
    assert rig.state.underruns == 0
    assert roughness(rig.everything) < CLICK


def test_the_clock_counts_what_was_played_and_when_it_is_heard(rig):
    playing(rig, at=1000)
    clock = rig.state.clock
    assert clock.until_sample == 1000 + 4 * 512
    assert clock.sample_at(clock.heard_at_s + 0.001) == clock.from_sample + 48
    assert clock.sample_at(clock.heard_at_s + 9.0) == clock.until_sample
    assert clock.sample_at(clock.heard_at_s - 9.0) == 1000


def test_a_block_costs_little(rig):
    import time

    rig2 = Rig(filters=load_filters())
    try:
        playing(rig2, slots=64)
        times = []
        for _ in range(100):
            began = time.perf_counter()
            rig2.listen(1)
            times.append(time.perf_counter() - began)
        assert np.median(times) < 0.5 * 512 / 48_000
    finally:
        rig2.close()


def test_the_reserve_is_smaller_than_what_starts_a_take():
    assert FADE_SAMPLES < PATCH_SAMPLES < START_SAMPLES


def test_another_head_is_faded_in_without_a_click():
    """The worst case: the new head is the opposite of the old one, and a third is asked for during the fade."""
    rig = Rig()
    try:
        rig.seek(0)
        rig.state.play = True
        rig.feed(60)
        rig.listen(30)
        opposite, quieter = BinauralFilters(-plain_ears().taps), BinauralFilters(0.5 * plain_ears().taps)
        rig.playback.listen_with(opposite)
        rig.listen(2)
        rig.playback.listen_with(quieter)
        rig.listen(20)
        assert roughness(rig.everything[:, 1024:]) < CLICK
        steps = np.abs(np.diff(rig.everything[:, 1024:], axis=1)).max()
        assert steps < 1.1 * np.abs(np.diff(rig.everything[:, 1024 : 30 * 512], axis=1)).max()
        assert np.abs(rig.everything[:, -4096:]).max() == pytest.approx(
            0.5 * np.abs(rig.everything[:, 8192 : 30 * 512]).max(), rel=1e-3
        )
    finally:
        rig.close()
