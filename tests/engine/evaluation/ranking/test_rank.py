"""The scorer: what was requested scores above what was not, and faults cost."""

from pathlib import Path

import numpy as np
import pytest

from engine.ambisonics.encoding import encode_path, encode_point
from engine.contract.directions import Direction, angle_between
from engine.contract.errors import CheckpointError, InvalidInputError
from engine.evaluation.ranking.faults import clicks_per_second, drift_db, fault_factor
from engine.evaluation.ranking.features import FEATURES, clip_features
from engine.evaluation.ranking.model import RankModel, fit_rank_model, load_rank_model, save_rank_model
from engine.evaluation.ranking.rank import ScoreRequest, Scores, best_first, score
from engine.evaluation.ranking.space import fibonacci_directions, spatial_score, steered_directions

RATE = 48_000
LEFT = Direction(90, 0)


def noise(seed: int = 0, seconds: float = 2.0) -> np.ndarray:
    return 0.1 * np.random.default_rng(seed).standard_normal(round(seconds * RATE))


def hum(seed: int, seconds: float = 2.0) -> np.ndarray:
    """Dull noise."""
    return np.convolve(noise(seed, seconds), np.ones(80) / 20, mode="same")


def ticks(seed: int, seconds: float = 2.0) -> np.ndarray:
    """Four short bursts of noise a second, over a little noise."""
    t = np.arange(round(seconds * RATE)) % (RATE // 4)
    return noise(seed, seconds) * (np.exp(-t / 400.0) + 0.01)


KINDS = {"noise": noise, "hum": hum, "ticks": ticks}
NAMES = np.eye(len(KINDS))
WORDS = dict(zip(KINDS, NAMES, strict=True))


@pytest.fixture(scope="module")
def model() -> RankModel:
    clips = [(kind, encode_point(make(seed), LEFT)) for kind, make in KINDS.items() for seed in range(12)]
    figures = np.stack([clip_features(foa) for _, foa in clips])
    rng = np.random.default_rng(0)
    texts = np.stack([WORDS[kind] + 0.05 * rng.standard_normal(len(KINDS)) for kind, _ in clips])
    return fit_rank_model(figures, texts, [kind for kind, _ in clips], text_components=2, usual_components=8)


@pytest.mark.parametrize("direction", [Direction(90, 0), Direction(-140, -30), Direction(10, 60)])
def test_beams_find_a_plane_wave(direction: Direction) -> None:
    found, weights = steered_directions(encode_point(noise(), direction))
    assert np.rad2deg(angle_between(found, direction.unit_vector())).max() < 6.0
    assert (weights > 0).all()


def test_a_weak_band_counts_against_a_loud_rumble_from_elsewhere() -> None:
    low = np.convolve(noise(1), np.ones(48) / 8, mode="same")
    foa = encode_point(low, Direction(-90, 0)) + encode_point(noise(2), LEFT)
    found, _ = steered_directions(foa)
    assert np.rad2deg(angle_between(found, LEFT.unit_vector())).max() < 30.0


@pytest.mark.parametrize(("off_deg", "expected"), [(0, 1.0), (90, 0.5), (180, 0.0)])
def test_the_spatial_score_falls_with_the_angle(off_deg: int, expected: float) -> None:
    foa = encode_point(noise(), Direction(off_deg, 0))
    assert spatial_score(foa, np.array([[1.0, 0.0, 0.0]])) == pytest.approx(expected, abs=0.04)


def test_a_moving_source_is_scored_along_its_path() -> None:
    path = np.stack([Direction(azimuth, 0).unit_vector() for azimuth in (-90, -30, 30, 90)])
    foa = encode_path(noise(seconds=4.0), path, np.linspace(0, 4 * RATE, 4))
    dense = np.stack([Direction(azimuth, 0).unit_vector() for azimuth in np.linspace(-90, 90, 25)])
    assert spatial_score(foa, dense) > 0.95 > 0.7 > spatial_score(foa, dense[::-1])


def test_half_a_take_of_silence_does_not_hide_where_the_rest_is() -> None:
    foa = encode_point(noise(), LEFT)
    foa[:, RATE:] *= 1e-4
    assert spatial_score(foa, LEFT.unit_vector()[None]) > 0.95


def test_the_grid_is_even() -> None:
    grid = fibonacci_directions(642)
    assert np.linalg.norm(grid.mean(axis=0)) < 1e-2
    nearest = np.sort(grid @ grid.T, axis=1)[:, -2]
    assert np.rad2deg(np.arccos(nearest)).min() > 4.0


def test_words_choose_the_sound_that_they_mean(model: RankModel) -> None:
    takes = [encode_point(make(100), LEFT) for make in KINDS.values()]
    for place, kind in enumerate(KINDS):
        assert best_first(takes, ScoreRequest(WORDS[kind]), model)[0] == place


def test_features_do_not_know_the_level() -> None:
    foa = encode_point(ticks(0), LEFT)
    loud, quiet = clip_features(foa), clip_features(0.3 * foa)
    assert loud.shape == (FEATURES,)
    assert np.abs(loud - quiet).max() < 1.0
    assert np.abs(loud - clip_features(encode_point(hum(0), LEFT))).max() > 10.0
    assert np.isfinite(clip_features(foa[:, :1000])).all()


def test_direction_words_and_faults_together(model: RankModel) -> None:
    right_place, wrong_place = encode_point(hum(50), LEFT), encode_point(hum(50), Direction(0, 0))
    wrong_sound = encode_point(noise(50), LEFT)
    clipped = np.clip(40.0 * right_place, -1.0, 1.0)
    silent = np.zeros_like(right_place)
    request = ScoreRequest(WORDS["hum"], LEFT.unit_vector()[None])
    takes = [silent, wrong_place, clipped, wrong_sound, right_place]
    scores = score(takes, request, model)
    assert best_first(takes, request, model)[0] == 4
    assert min(s.total for s in scores) == scores[0].total == 0.0
    assert scores[4].spatial - scores[1].spatial == pytest.approx(0.5, abs=0.05)
    assert scores[4].semantic > scores[3].semantic + 0.1
    assert scores[4].fidelity > scores[2].fidelity + 0.2
    assert scores[4].fidelity > scores[0].fidelity


def test_what_was_not_asked_for_has_no_say(model: RankModel) -> None:
    [alone] = score([encode_point(hum(1), LEFT)], ScoreRequest(), model)
    assert alone.spatial is None
    assert alone.semantic is None
    assert alone.total == alone.fidelity
    assert Scores(1.0, 0.5, 0.0).total == pytest.approx(0.6)
    assert Scores(None, 0.6, 0.0).total == pytest.approx(0.4)
    with pytest.raises(InvalidInputError, match="direction"):
        ScoreRequest(path=np.zeros(3))


def test_clicks_are_steps_and_not_attacks() -> None:
    sound = hum(3)
    assert clicks_per_second(sound) == 0.0
    assert clicks_per_second(ticks(3)) == 0.0
    stepped = sound.copy()
    stepped[RATE // 2 :] += 0.5
    assert clicks_per_second(stepped) == pytest.approx(0.5)


def test_every_fault_costs() -> None:
    good = encode_point(hum(4, 4.0), LEFT)
    assert fault_factor(good) == 1.0
    assert drift_db(good[0]) < 1.0
    clipped, clicked, mostly_silent, fallen = (good.copy() for _ in range(4))
    clipped = np.clip(30.0 * clipped, -1.0, 1.0)
    clicked[:, RATE // 2 :: RATE] += 0.8
    mostly_silent[:, RATE:] = 0.0
    fallen[:, 2 * RATE :] *= 0.03
    for worse in (clipped, clicked, mostly_silent, fallen):
        assert fault_factor(worse) < 0.9
    assert fault_factor(np.zeros((4, RATE))) == 0.0


def test_what_is_unlike_any_real_clip_is_strange(model: RankModel) -> None:
    usual = [model.strangeness(clip_features(encode_point(hum(seed), LEFT))) for seed in range(200, 206)]
    tone = 0.1 * np.sin(2 * np.pi * 997 * np.arange(2 * RATE) / RATE)
    assert model.strangeness(clip_features(encode_point(tone, LEFT))) > 3.0 * max(*usual, 1.0)


def test_a_take_that_could_be_another_sound_is_worse_than_one_that_could_not() -> None:
    clips, heard = 5.0 * np.eye(2), np.array([[0.8, 0.6, 0.0], [0.75, 0.0, 0.66]])
    dog, bird = np.eye(3)[0], np.eye(3)[1]
    model = RankModel(
        np.zeros(2), np.ones(2), clips, heard, np.zeros(3), np.eye(3), np.stack([dog, bird]), clips, clips
    )
    assert model.heard(clips[0]) @ model.meant(dog) > model.heard(clips[1]) @ model.meant(dog)
    assert model.semantic(clips[0], dog) < model.semantic(clips[1], dog) - 0.1


def test_words_may_depend_on_figures_together() -> None:
    """High and steady, or low and beating, is one sound; the other two are another: no line divides them."""
    rng = np.random.default_rng(0)
    figures = rng.standard_normal((400, FEATURES)) * 0.05
    signs = rng.choice([-1.0, 1.0], (400, 2))
    figures[:, :30] += signs[:, :1]
    figures[:, 30:60] += signs[:, 1:]
    same = signs.prod(axis=1) > 0
    names = np.eye(2)[same.astype(int)]
    model = fit_rank_model(
        figures[:300], names[:300], [str(s) for s in same[:300]], text_components=2, usual_components=8
    )
    meant = model.meant(np.eye(2))
    assert np.mean((model.heard(figures[300:]) @ meant.T).argmax(axis=1) == names[300:].argmax(axis=1)) > 0.95


def test_the_scorer_is_small_and_comes_back_from_disk(model: RankModel, tmp_path: Path) -> None:
    path = tmp_path / "rank" / "rank.safetensors"
    save_rank_model(path, model)
    again, figures = load_rank_model(path), clip_features(encode_point(hum(9), LEFT))
    assert again.semantic(figures, WORDS["hum"]) == pytest.approx(model.semantic(figures, WORDS["hum"]), abs=1e-4)
    assert again.strangeness(figures) == pytest.approx(model.strangeness(figures), abs=1e-3)
    with pytest.raises(CheckpointError, match="missing"):
        load_rank_model(tmp_path / "none.safetensors")
    path.write_bytes(b"nothing")
    with pytest.raises(CheckpointError, match="damaged"):
        load_rank_model(path)
