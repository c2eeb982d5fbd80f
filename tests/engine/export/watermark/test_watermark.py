"""The watermark is found after everything that exports go through, is silent where the sound is, and moves nothing."""

import tracemalloc
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.ambisonics.encoding import encode_point
from engine.ambisonics.intensity import direction_and_diffuseness
from engine.contract.directions import Direction, angle_between
from engine.export.watermark.detection import FALSE_ALARM, Found, MarkSearch
from engine.export.watermark.embedding import MOST, Watermarker, marked
from tests.benchmarks.watermark.mark_masking import noise_to_mask_db
from tests.benchmarks.watermark.mark_steps import STEPS, aac, ears

RATE = 48_000


def noise(seconds: float, seed: int = 1, rate_hz: int = RATE) -> np.ndarray:
    """Return a field (4, n) of two sources of noise that swells and fades."""
    rng = np.random.default_rng(seed)
    n = round(seconds * rate_hz)
    course = 1.0 + 0.8 * np.sin(2.0 * np.pi * 1.7 * np.arange(n) / rate_hz)
    left, behind = 0.05 * rng.standard_normal((2, n))
    return encode_point(left * course, Direction(60.0, 20.0)) + encode_point(0.5 * behind, Direction(170.0, -10.0))


def mark(field: np.ndarray, rate_hz: int = RATE, size: int = 0) -> np.ndarray:
    """Return a field with the mark, marked in blocks of a size."""
    size = size or max(1, field.shape[1])
    blocks = (field[:, at : at + size] for at in range(0, max(1, field.shape[1]), size))
    return np.concatenate(list(marked(blocks, rate_hz)), axis=1)


def search(sound: np.ndarray, rate_hz: int = RATE, size: int = 10_000) -> Found:
    looking = MarkSearch(rate_hz)
    sound = np.atleast_2d(sound)
    for at in range(0, sound.shape[1], size):
        looking.add(sound[:, at : at + size].astype(np.float32))
    return looking.found()


@pytest.fixture(scope="module")
def field() -> np.ndarray:
    return noise(6.0)


@pytest.fixture(scope="module")
def with_mark(field: np.ndarray) -> np.ndarray:
    return mark(field)


@pytest.mark.slow
@pytest.mark.parametrize("step", STEPS)
def test_it_is_found_after_every_step_and_only_where_it_is(field: np.ndarray, with_mark: np.ndarray, step: str) -> None:
    assert search(STEPS[step](with_mark)).found
    assert not search(STEPS[step](field)).found


@pytest.mark.slow
def test_it_is_found_in_each_ear_and_in_coded_ears_of_a_film(with_mark: np.ndarray) -> None:
    two = ears(with_mark)
    assert search(two).found
    assert search(two[0]).found
    assert search(aac(two, 128_000)).found


@pytest.mark.parametrize("rate_hz", [44_100, 96_000])
def test_it_is_found_at_other_rates(rate_hz: int) -> None:
    sound = noise(4.0, rate_hz=rate_hz)
    assert not search(sound, rate_hz).found
    assert search(mark(sound, rate_hz), rate_hz).found


def test_louder_turned_over_or_cut_it_is_still_found(with_mark: np.ndarray) -> None:
    for changed in (7.0 * with_mark, -0.01 * with_mark, with_mark[:, 100_003:], with_mark[:, ::1][:, :150_000]):
        assert search(changed[:1]).found


def test_played_backwards_it_is_another_pattern(with_mark: np.ndarray) -> None:
    assert not search(with_mark[:1, ::-1]).found


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(1, 60_000), min_size=1, max_size=12), st.sampled_from([44_100, 48_000]))
def test_any_blocks_give_the_same_samples(sizes: list[int], rate_hz: int) -> None:
    field = noise(1.3, rate_hz=rate_hz)

    def blocks() -> Iterator[np.ndarray]:
        at = 0
        for size in [*sizes, field.shape[1]]:
            if field[:, at : at + size].shape[1]:
                yield field[:, at : at + size]
            at += size

    whole = mark(field, rate_hz)
    np.testing.assert_array_equal(np.concatenate(list(marked(blocks(), rate_hz)), axis=1), whole)
    assert whole.shape == field.shape
    np.testing.assert_array_equal(whole[1:], field[1:])
    assert (whole[0] != field[0]).any()


def test_silence_stays_digital_silence_and_nothing_rings_into_it() -> None:
    field = noise(3.0)
    field[:, RATE : 2 * RATE] = 0.0
    there = mark(field)
    assert not there[:, RATE + RATE // 50 : 2 * RATE - RATE // 50].any()
    assert not mark(np.zeros((4, RATE), np.float32)).any()
    assert list(marked([], RATE)) == []
    assert mark(np.ones((4, 1), np.float32)).shape == (4, 1)


def test_the_direction_stays(field: np.ndarray, with_mark: np.ndarray) -> None:
    for at in range(0, field.shape[1], RATE):
        before, spread = direction_and_diffuseness(field[:, at : at + RATE])
        after, spread_after = direction_and_diffuseness(with_mark[:, at : at + RATE])
        assert np.rad2deg(angle_between(before, after)) < 0.2
        assert abs(spread - spread_after) < 0.01


def test_one_source_does_not_move_at_all() -> None:
    mono = 0.1 * np.random.default_rng(5).standard_normal(RATE)
    field = encode_point(mono, Direction(33.0, 44.0))
    before, _ = direction_and_diffuseness(field)
    after, _ = direction_and_diffuseness(mark(field))
    assert np.rad2deg(angle_between(before, after)) < 1e-3


def test_it_lies_below_what_the_sound_masks(field: np.ndarray, with_mark: np.ndarray) -> None:
    residual = with_mark[0].astype(np.float64) - field[0]
    level_db = 10.0 * np.log10(np.sum(residual**2) / np.sum(field[0] ** 2.0))
    assert level_db < 20.0 * np.log10(MOST) - 3.0  # a sine's mean lies 3 dB below its peak
    iso, _ = noise_to_mask_db(field[0], residual)
    assert np.percentile(iso, 99) < -6.0


def test_a_tone_is_marked_less_than_noise() -> None:
    turns = 2.0 * np.pi * np.arange(2 * RATE) / RATE
    level_db = []
    for sound in (np.sin(1_000.0 * turns), np.random.default_rng(3).standard_normal(2 * RATE)):
        there = Watermarker(RATE).residual(sound[None])
        inside = slice(RATE // 2, RATE)
        level_db.append(10.0 * np.log10(np.mean(there[inside] ** 2) / np.mean(sound[inside] ** 2)))
    assert level_db[0] < -33.0
    assert level_db[1] > -28.0


def test_memory_does_not_grow_with_the_sound() -> None:
    def peak(seconds: int) -> int:
        tracemalloc.start()
        looking = MarkSearch(RATE)
        rng = np.random.default_rng(1)
        blocks = (rng.standard_normal((4, RATE // 2), np.float32) for _ in range(2 * seconds))
        for block in marked(blocks, RATE):
            looking.add(block)
        assert looking.found().found
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(130) < 1.05 * peak(65)


@given(st.integers(0, 3_000), st.sampled_from([0.0, 1e-30, 1.0, 1e6]))
@settings(max_examples=20, deadline=None)
def test_short_silent_or_loud_sounds_are_judged_without_a_fault(samples: int, level: float) -> None:
    found = search(level * np.random.default_rng(samples).standard_normal((1, samples)))
    assert not found.found
    assert found.sentence().startswith("not found")


@pytest.mark.slow
def test_false_alarms_are_as_rare_as_promised() -> None:
    rng = np.random.default_rng(11)
    chances = []
    for _ in range(60):
        swells = np.repeat(np.exp(1.5 * rng.standard_normal(60)), RATE // 10)
        chances.append(search((swells * rng.standard_normal(swells.size))[None]).log10_chance)
    assert min(chances) > np.log10(FALSE_ALARM) + 2.0
