"""Onsets of sound and picture, with films and sounds in which they are known."""

import warnings
from pathlib import Path

import numpy as np
import pytest

from engine.contract.errors import MediaError
from engine.evaluation.measures.fidelity import levels_db
from engine.evaluation.measures.sync import (
    Onsets,
    chance_sync,
    lag_of,
    matched,
    sound_onsets,
    sync_figures,
    thinned,
)
from engine.evaluation.suite.film import check_film, film_onsets, onsets_of_changes
from tests.engine.evaluation.flash_films import bursts, write_flashes

TIMES_S = [0.7, 1.5, 2.6, 3.3]


def onsets(times_s: list[float], seconds: float = 4.0) -> Onsets:
    strength = np.zeros(round(100 * seconds))
    strength[np.round(100 * np.array(times_s)).astype(int)] = 1.0
    return Onsets(np.array(times_s, float), strength, seconds)


def test_bursts_are_found_where_they_begin() -> None:
    found = sound_onsets(levels_db(bursts(TIMES_S)), 4.0)
    assert found.times_s == pytest.approx(TIMES_S, abs=0.02)
    quiet = sound_onsets(levels_db(1e-2 * bursts(TIMES_S)), 4.0)
    assert quiet.times_s == pytest.approx(TIMES_S, abs=0.02), "the level does not matter"


@pytest.mark.parametrize("sound", [bursts([], bed=0.1), np.zeros(96_000), np.sin(np.arange(96_000) / 8.0)])
def test_an_even_sound_sets_in_nowhere(sound: np.ndarray) -> None:
    assert sound_onsets(levels_db(sound), sound.size / 48_000).times_s.size == 0


def test_what_appears_in_a_film_is_found_and_what_drifts_is_not(tmp_path: Path) -> None:
    found = film_onsets(write_flashes(tmp_path / "a.mp4", TIMES_S), 4.0)
    assert found.times_s == pytest.approx(TIMES_S, abs=0.051)
    assert film_onsets(write_flashes(tmp_path / "b.mkv", []), 4.0).times_s.size == 0
    short = film_onsets(tmp_path / "a.mp4", 2.0)
    assert short.times_s == pytest.approx(TIMES_S[:2], abs=0.051)
    assert short.seconds == 2.0


def test_the_vanishing_after_a_flash_is_no_onset_of_its_own() -> None:
    times = np.arange(16) / 4.0 + 0.25
    changes = np.where(np.isin(times, [1.0, 1.25, 3.0]), 0.05, 0.002)
    assert onsets_of_changes(times, changes, 4.25).times_s == pytest.approx([1.0, 3.0])


def test_what_is_no_film_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"no film")
    with pytest.raises(MediaError, match=r"a\.mp4"):
        check_film(tmp_path / "a.mp4")


def test_figures_by_hand() -> None:
    """Of three sounds two are near a picture, 0.1 and 0.2 s away; the third is 1 s away; a fourth picture is alone."""
    figures = sync_figures(onsets([0.6, 1.7, 3.8]), onsets([0.5, 1.5, 2.8]))
    assert figures["av_onset_f"] == pytest.approx(2 * 2 / 6)
    assert figures["av_onset_share"] == pytest.approx(2 / 3)
    assert figures["av_offset_s"] == pytest.approx(0.2)


def test_two_sounds_at_one_picture_are_one_pair() -> None:
    figures = sync_figures(onsets([0.9, 1.1]), onsets([1.0]))
    assert (figures["av_onset_share"], figures["av_onset_f"]) == (1.0, pytest.approx(2 / 3))


def test_without_onsets() -> None:
    assert sync_figures(onsets([1.0]), onsets([])) == {}
    assert sync_figures(onsets([]), onsets([1.0])) == {"av_onset_f": 0.0, "av_onset_share": 0.0}
    assert chance_sync(onsets([1.0], 0.9 + 0.2), onsets([]), np.random.default_rng(0)) == {}


def test_the_shorter_of_sound_and_film_counts() -> None:
    assert sync_figures(onsets([1.0, 3.0]), onsets([1.0], 2.0))["av_onset_share"] == 1.0


@pytest.mark.parametrize("late_s", [-0.4, 0.0, 0.31])
def test_the_lag_is_how_much_later_the_sound_comes(late_s: float) -> None:
    picture, sound = onsets(TIMES_S), onsets([time + late_s for time in TIMES_S])
    assert lag_of(sound.strength, picture.strength) == pytest.approx(late_s, abs=0.011)
    assert sync_figures(sound, picture)["av_lag_s"] == pytest.approx(abs(late_s), abs=0.011)
    assert lag_of(np.zeros(100), picture.strength[:100]) is None


def test_a_take_with_the_film_beats_its_own_chance() -> None:
    rng = np.random.default_rng(1)
    picture = onsets([0.6, 1.5, 4.1, 6.8], 8.0)
    sound = sound_onsets(levels_db(bursts([0.65, 1.45, 4.15, 6.8], 8.0)), 8.0)
    figures, chance = sync_figures(sound, picture), chance_sync(sound, picture, rng)
    assert figures["av_onset_f"] == 1.0
    assert chance["av_onset_f"] < 0.5
    assert figures["av_offset_s"] < 0.1 < chance["av_offset_s"]
    assert figures["av_lag_s"] < 0.1 < chance["av_lag_s"]


def test_chance_moves_what_is_there_and_adds_nothing() -> None:
    moved = onsets([1.0, 3.5]).moved_round(1.0)
    assert moved.times_s == pytest.approx([0.5, 2.0])
    assert np.flatnonzero(moved.strength).tolist() == [50, 200]


def test_pairs_are_the_most_that_can_be() -> None:
    """The F-measure is that of mir_eval, which pairs by a maximum matching."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        onset = pytest.importorskip("mir_eval.onset")
    rng = np.random.default_rng(3)
    for _ in range(60):
        sound, picture = (np.sort(rng.uniform(0, 4, rng.integers(1, 12))) for _ in range(2))
        expected, precision, _ = onset.f_measure(picture, sound, window=0.25)
        pairs = matched(sound, picture, 0.25)
        assert 2 * pairs / (sound.size + picture.size) == pytest.approx(expected)
        assert pairs / sound.size == pytest.approx(precision)


def test_thinning_keeps_the_first() -> None:
    assert thinned(np.array([0.0, 0.05, 0.11, 0.2]), 0.1).tolist() == [0.0, 0.11]
