"""What a take sounds like when it was played more than once: to the sample, and without a step."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.runtime.shared.epochs import next_iteration
from engine.runtime.takes.coverage import Coverage, holes_of
from engine.runtime.takes.current import version_now
from engine.runtime.takes.folder import TakeFolder
from engine.runtime.takes.reader import TakeReader
from engine.runtime.takes.runs import Run
from engine.runtime.takes.timeline import SEAM_SAMPLES, version_of
from engine.runtime.takes.wording import missing_text
from tests.engine.runtime.takes.take_rig import FILM_END, PATCH, Recording, level, sound_of

STEEPEST = 1.0 / SEAM_SAMPLES


@pytest.fixture
def recording(tmp_path):
    made = Recording(tmp_path)
    yield made
    made.close()


def steepest(take: np.ndarray) -> float:
    return float(np.max(np.abs(np.diff(take))))


def test_a_seek_leaves_a_hole_with_soft_edges_and_says_so(recording):
    recording.play(level(2 * PATCH, 1.0))
    recording.seek(5 * PATCH)
    recording.play(level(PATCH, 1.0))
    recording.until(lambda: len(recording.kept.stretches) == 2)
    recording.close()
    take = sound_of(recording.folders[0])[0]
    assert take.size == 6 * PATCH
    assert not np.any(take[2 * PATCH : 5 * PATCH])
    assert steepest(take) < 2 * STEEPEST
    assert missing_text(holes_of(((0, 2 * PATCH), (5 * PATCH, 6 * PATCH)))) == (
        "0:00.3 to 0:00.8 was never recorded and is silent."
    )


def test_playing_a_place_again_replaces_it_and_never_steps(recording):
    recording.play(level(4 * PATCH, 1.0))
    recording.seek(PATCH)
    recording.play(level(PATCH, -1.0))
    recording.until(lambda: recording.kept.stretches == ((0, 4 * PATCH),))
    recording.close()
    take = sound_of(recording.folders[0])[0]
    assert np.all(take[PATCH + SEAM_SAMPLES : 2 * PATCH - SEAM_SAMPLES] == -1.0)
    assert np.all(take[:PATCH] == 1.0)
    assert np.all(take[2 * PATCH : 4 * PATCH - SEAM_SAMPLES] == 1.0)
    assert steepest(take) < 3 * STEEPEST


def test_what_was_made_ahead_and_not_heard_does_not_replace_what_was(recording):
    recording.play(level(4 * PATCH, 1.0))
    recording.seek(PATCH)
    recording.make(level(PATCH, -1.0))
    recording.close()
    take = sound_of(recording.folders[0])[0]
    assert np.all(take[: 4 * PATCH - SEAM_SAMPLES] == 1.0)


def test_a_version_stays_what_it_is_while_the_loop_goes_round(recording):
    recording.play(level(FILM_END, 1.0))
    recording.epoch = next_iteration(recording.epoch)
    recording.at = 0
    recording.play(level(3 * PATCH, -1.0))
    recording.until(lambda: recording.kept.stretches == ((0, FILM_END),))
    version = version_now(recording.kept, recording.heard)
    with TakeReader(TakeFolder(recording.kept.folder).sound, version) as reader:
        begin = reader.read(0, FILM_END // 2)
        recording.play(level(FILM_END - 3 * PATCH, -1.0))  # the iteration overtakes the export
        time.sleep(0.3)
        take = np.concatenate([begin, reader.read(FILM_END // 2, FILM_END - FILM_END // 2)], axis=1)[0]
    assert np.all(take[SEAM_SAMPLES : 3 * PATCH - SEAM_SAMPLES] == -1.0)
    assert np.all(take[3 * PATCH :] == 1.0)
    assert steepest(take) < 3 * STEEPEST


def test_a_hundred_laps_cost_no_more_than_one():
    iterations = tuple(Run(0, FILM_END, FILM_END, iteration * FILM_END) for iteration in range(100))
    version = version_of(iterations, FILM_END)
    (piece,) = version.pieces
    assert piece.at_frame == 99 * FILM_END
    assert piece.solid == (0, FILM_END)
    assert version.heard_samples == 100 * FILM_END


def runs_of(numbers: list[tuple[int, int, int]]) -> tuple[Run, ...]:
    runs, frame = [], 0
    for start, length, unheard in numbers:
        runs.append(Run(start, start + length, start + max(0, length - unheard), frame))
        frame += length
    return tuple(runs)


RUNS = st.lists(st.tuples(st.integers(0, 9000), st.integers(1, 6000), st.integers(0, 3000)), min_size=1, max_size=8)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(numbers=RUNS)
def test_no_order_of_runs_makes_a_step(tmp_path_factory, numbers):
    """Every run is a constant of its own, so every step in the result is one of the seams."""
    runs = runs_of(numbers)
    sound = np.concatenate([np.full((length, 4), (-1.0) ** k, "<f4") for k, (_, length, _) in enumerate(numbers)])
    file = tmp_path_factory.mktemp("runs") / "sound.f32"
    file.write_bytes(sound.tobytes())
    version = version_of(runs, 20_000)
    if not version.length:
        return
    with TakeReader(file, version) as reader:
        take = reader.read(0, version.length)[0]
        in_parts = np.concatenate([reader.read(start, 700)[0] for start in range(0, version.length, 700)])
    np.testing.assert_array_equal(take, in_parts[: take.size])
    covered = np.zeros(version.length, bool)
    for begin, end in version.stretches:
        covered[begin:end] = True
    assert not np.any(take[~covered])
    assert np.max(np.abs(np.diff(take, prepend=take[0], append=0.0))) < 4.5 * STEEPEST


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(stretches=st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20)), max_size=12))
def test_coverage_is_the_union(stretches):
    coverage, wanted = Coverage(), set()
    for begin, length in stretches:
        coverage.add(begin, begin + length)
        wanted |= set(range(begin, begin + length))
    assert {sample for begin, end in coverage.stretches for sample in range(begin, end)} == wanted
    assert coverage.end == max(wanted, default=-1) + 1
    assert coverage.samples == len(wanted)
    missing = {sample for begin, end in holes_of(coverage.stretches) for sample in range(begin, end)}
    assert missing == set(range(coverage.end)) - wanted
    for begin in range(0, 80, 7):
        assert coverage.holds(begin, begin + 5) == (set(range(begin, begin + 5)) <= wanted)


def test_what_is_missing_is_said_in_one_sentence():
    second = 48_000
    assert missing_text(()) == ""
    assert missing_text(((10, 200),)) == ""
    assert missing_text(((12 * second, 15 * second),)) == "0:12 to 0:15 was never recorded and is silent."
    two = ((0, 30 * second), (65 * second, 3725 * second))
    assert missing_text(two) == "0:00 to 0:30 and 1:05 to 1:02:05 were never recorded and are silent."
    many = tuple((2 * k * second, (2 * k + 1) * second) for k in range(7))
    assert missing_text(many).startswith("0:00 to 0:01, 0:02 to 0:03, 0:04 to 0:05, 0:06 to 0:07 and 3 more stretches")
