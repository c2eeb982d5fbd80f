import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.contract.errors import ExportError
from engine.runtime.foa_recorder import SEAM_SAMPLES, Coverage, TakeReader, TakeSpool


def ones(n: int, level: float = 1.0) -> np.ndarray:
    return np.full((4, n), level, np.float32)


@pytest.fixture
def spool(tmp_path):
    made = TakeSpool(tmp_path / "take.f32")
    yield made
    made.close()


def read(tmp_path, start: int, n: int) -> np.ndarray:
    with TakeReader(tmp_path / "take.f32") as take:
        return take.read(start, n)


def test_what_was_written_from_the_start_is_there_to_the_bit(tmp_path, spool):
    noise = np.random.default_rng(1).standard_normal((4, 7680)).astype(np.float32)
    spool.begin(0)
    spool.write(noise[:, :3000])
    spool.write(noise[:, 3000:])
    np.testing.assert_array_equal(read(tmp_path, 0, 7680), noise)
    assert not np.any(read(tmp_path, 7680, 100))


def test_a_seek_leaves_a_hole_with_soft_edges(tmp_path, spool):
    spool.begin(0)
    spool.write(ones(10_000))
    spool.begin(20_000)
    spool.write(ones(5000))
    take = read(tmp_path, 0, 26_000)[0]
    assert np.all(take[: 10_000 - SEAM_SAMPLES] == 1.0)
    assert not np.any(take[10_000:20_000])
    assert np.max(np.abs(np.diff(take[:25_000]))) < 2.0 / SEAM_SAMPLES


def test_playing_a_place_again_replaces_it_and_never_steps(tmp_path, spool):
    spool.begin(0)
    spool.write(ones(30_000))
    spool.begin(10_000)
    spool.write(ones(5000, -1.0))
    spool.begin(25_000)
    spool.write(ones(5000))
    take = read(tmp_path, 0, 30_000)[0]
    assert np.all(take[10_000 + SEAM_SAMPLES : 15_000 - SEAM_SAMPLES] == -1.0)
    assert np.max(np.abs(np.diff(take))) < 3.0 / SEAM_SAMPLES


def test_a_lap_writes_over_the_one_before(tmp_path, spool):
    spool.begin(0)
    spool.write(ones(8000))
    spool.begin_lap()
    spool.write(ones(2000, 0.5))
    take = read(tmp_path, 0, 8000)[0]
    assert np.all(take[:2000] == 0.5)
    assert np.all(take[2000:] == 1.0)


def test_another_film_starts_from_nothing(tmp_path, spool):
    spool.begin(0)
    spool.write(ones(5000))
    spool.clear()
    spool.begin(0)
    assert not np.any(read(tmp_path, 0, 5000))


def test_a_missing_take_is_a_sentence(tmp_path):
    with pytest.raises(ExportError, match="play the film again"):
        TakeReader(tmp_path / "nothing.f32")


@settings(max_examples=100, deadline=None)
@given(stretches=st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20)), max_size=12))
def test_coverage_is_the_union(stretches):
    coverage, wanted = Coverage(), set()
    for begin, length in stretches:
        coverage.add(begin, begin + length)
        wanted |= set(range(begin, begin + length))
    assert {sample for begin, end in coverage.stretches for sample in range(begin, end)} == wanted
    assert coverage.end == max(wanted, default=-1) + 1
    edges = [edge for stretch in coverage.stretches for edge in stretch]
    assert edges == sorted(set(edges))
