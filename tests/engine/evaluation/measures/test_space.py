"""Direction, trajectories, wCS and seams, with sources whose places are known."""

import json
from pathlib import Path

import numpy as np
import pytest

from engine.ambisonics.encoding import encode_path, encode_point
from engine.contract.conventions import PATCH_SAMPLES, SAMPLE_RATE_HZ
from engine.contract.directions import Direction, unit_vectors
from engine.contract.errors import InvalidInputError
from engine.evaluation.measures.direction import (
    angle_errors,
    band_directions,
    clip_direction,
    direction_track,
    random_directions,
)
from engine.evaluation.measures.seam import seam_of
from engine.evaluation.measures.truth import read_trajectory, trajectory_of_recording
from engine.evaluation.measures.wcs import Sources, chance_wcs, sources_of_recording, weighted_cosine
from engine.evaluation.suite.measure import chance_of, measure, truth_of


def noise(seconds: float, seed: int = 0, level: float = 0.1) -> np.ndarray:
    return level * np.random.default_rng(seed).standard_normal(round(seconds * SAMPLE_RATE_HZ))


def at(azimuth_deg: float, elevation_deg: float = 0.0) -> np.ndarray:
    return Direction(azimuth_deg, elevation_deg).unit_vector()


# --- angles ---


def test_errors_by_hand() -> None:
    azimuth, elevation, angle = np.rad2deg(angle_errors(at(170, 10), at(-170, 30)))
    assert (azimuth, elevation) == (pytest.approx(20.0), pytest.approx(20.0))
    cosine = np.sin(np.radians(10)) * np.sin(np.radians(30)) + np.cos(np.radians(10)) * np.cos(np.radians(30)) * np.cos(
        np.radians(20)
    )
    assert angle == pytest.approx(np.degrees(np.arccos(cosine)))


def test_silence_is_as_wrong_as_can_be() -> None:
    assert np.array(angle_errors(np.zeros(3), at(0))) == pytest.approx([np.pi, np.pi / 2, np.pi])
    assert not clip_direction(encode_point(noise(0.5, level=1e-5), at(20))).any()


def test_chance_is_a_right_angle() -> None:
    anywhere = random_directions(20_000, np.random.default_rng(0))
    azimuth, elevation, angle = (error.mean() for error in angle_errors(anywhere, at(35)))
    assert (azimuth, angle) == (pytest.approx(np.pi / 2, abs=0.03), pytest.approx(np.pi / 2, abs=0.03))
    assert elevation == pytest.approx(np.pi / 2 - 1.0, abs=0.01)


def test_the_clip_s_direction_is_that_of_w_and_not_of_the_channels_mean() -> None:
    """Behind on the right and below, the mean of the four channels would nearly vanish."""
    found = clip_direction(encode_point(noise(12.0), at(-135, -35)))
    assert np.rad2deg(angle_errors(found, at(-135, -35))[2]) < 0.5


def test_a_band_tells_its_own_source() -> None:
    t = np.arange(SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    low, high = 0.2 * np.sin(2 * np.pi * 700 * t), 0.2 * np.sin(2 * np.pi * 3_000 * t)
    bands = band_directions(encode_point(low, at(90)) + encode_point(high, at(-90)))
    assert bands[1] == pytest.approx(at(90), abs=0.01)
    assert bands[3] == pytest.approx(at(-90), abs=0.01)
    assert not bands[5].any()


# --- trajectories ---


def trajectory_file(folder: Path, content: object) -> Path:
    file = folder / "truth.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return file


def test_a_path_is_followed_second_by_second(tmp_path: Path) -> None:
    given = read_trajectory(
        trajectory_file(tmp_path, [{"t_s": 0, "azimuth_deg": -90}, {"t_s": 4, "azimuth_deg": 90, "elevation_deg": 0}])
    )
    looked = given.segments(np.array([0.0, 2.0, 10.0]))
    azimuths = np.rad2deg(np.arctan2(looked[:, 1], looked[:, 0]))
    assert azimuths == pytest.approx([-67.5, 22.5, 90.0], abs=0.1)


def test_an_annotation_has_gaps_sources_and_a_caption(tmp_path: Path) -> None:
    content = {
        "segment_s": 1.0,
        "caption": "A dog on the left.",
        "segments": [
            {"t_s": 0.0, "azimuth_deg": 90.0, "elevation_deg": 0.0},
            {"t_s": 1.0, "azimuth_deg": None, "elevation_deg": None},
            {"t_s": 2.0, "azimuth_deg": -90.0, "elevation_deg": 0.0},
        ],
        "sources": [],
    }
    given = read_trajectory(trajectory_file(tmp_path, content))
    looked = given.segments(np.array([0.0, 1.0, 2.0, 3.0]))
    assert looked == pytest.approx(np.array([at(90), np.zeros(3), at(-90), np.zeros(3)]))
    assert given.caption == "A dog on the left."
    assert not given.clip(3.0).any(), "left as long as right has no mean direction"


@pytest.mark.parametrize(
    "content",
    ["", "3", "[]", "{}", "[1]", '[{"t_s": 0}]', '[{"t_s": 0, "azimuth_deg": 400}]', "[" * 9_000,
     '[{"t_s": 1, "azimuth_deg": 0}, {"t_s": 0, "azimuth_deg": 0}]', '[{"t_s": NaN, "azimuth_deg": 0}]',
     '{"segment_s": 0, "segments": [], "sources": []}', '{"first_audio_s": 1}'],
)  # fmt: skip
def test_a_broken_trajectory_is_a_sentence(tmp_path: Path, content: str) -> None:
    with pytest.raises(InvalidInputError, match=r"truth\.json cannot be used"):
        read_trajectory(trajectory_file(tmp_path, content))


def test_a_recording_tells_its_own_directions_and_silences() -> None:
    foa = encode_point(noise(3.0), at(45, 20))
    foa[:, SAMPLE_RATE_HZ : 2 * SAMPLE_RATE_HZ] = 0.0
    looked = trajectory_of_recording(foa).segments(np.array([0.0, 1.0, 2.0]))
    assert not looked[1].any()
    assert np.rad2deg(angle_errors(looked[[0, 2]], at(45, 20))[2]).max() < 1.0


def test_a_moving_source_is_tracked() -> None:
    path = unit_vectors(np.radians([0.0, 120.0]), 0.0)
    foa = encode_path(noise(4.0), path, [0, 4 * SAMPLE_RATE_HZ])
    _, track = direction_track(foa)
    azimuths = np.rad2deg(np.arctan2(track[:, 1], track[:, 0]))
    assert azimuths[1:-1] == pytest.approx([45.0, 75.0], abs=3.0)


# --- measures of a take ---


@pytest.mark.parametrize("off_deg", [0.0, 40.0, 180.0])
def test_a_take_that_is_off_by_an_angle(off_deg: float) -> None:
    recording = encode_point(noise(2.0, 1), at(0))
    take = encode_point(noise(2.0, 2), at(off_deg))
    values = measure(take, truth_of(recording, None, 2.0)).values
    for key in ("clip_azimuth_rad", "clip_angle_rad", "time_angle_rad", "band_1000_2000_hz_angle_rad"):
        assert np.degrees(values[key]) == pytest.approx(off_deg, abs=1.0), key
    assert values["wcs"] == pytest.approx(np.cos(np.radians(off_deg)), abs=0.03)
    assert values["codec_doa_deg"] == pytest.approx(off_deg, abs=1.0)
    assert values["codec_level_db"] < 0.2


def test_chance_of_a_take_does_not_look_at_the_take() -> None:
    recording = encode_point(noise(2.0, 1), at(60))
    truth = truth_of(recording, None, 2.0)
    expected = {"clip_angle_rad": np.pi / 2, "time_angle_rad": np.pi / 2, "seam_share": 0.05, "wcs": 0.0}
    for azimuth in (60, -120):
        found = measure(encode_point(noise(2.0, 2), at(azimuth)), truth)
        chance = chance_of(found, truth, np.random.default_rng(3))
        assert {key: chance[key] for key in expected} == pytest.approx(expected, abs=0.2)


def test_a_silent_take_is_measured_and_wrong() -> None:
    recording = encode_point(noise(2.0, 1), at(60))
    values = measure(np.zeros((4, 2 * SAMPLE_RATE_HZ), np.float32), truth_of(recording, None, 2.0)).values
    assert values["clip_angle_rad"] == pytest.approx(np.pi)
    assert values["time_angle_rad"] == pytest.approx(np.pi)
    assert (values["silent_share"], values["wcs"]) == (1.0, 0.0)
    assert "seam_click_db" not in values


# --- wCS ---


def sources(*items: tuple[float, float]) -> Sources:
    return Sources(np.array([at(azimuth) for azimuth, _ in items]).reshape(-1, 3), np.array([w for _, w in items]))


def test_wcs_by_hand() -> None:
    """Two sources of weight 3 and 1 in the first segment, one of weight 2 that is missed in the second."""
    truth = [sources((0, 3.0), (90, 1.0)), sources((0, 2.0))]
    found = [sources((90, 0.5), (60, 0.5)), sources()]
    best = 3.0 * np.cos(np.radians(60)) + 1.0
    assert weighted_cosine(found, truth) == pytest.approx(best / 6.0)
    assert weighted_cosine(found[:1], truth) == pytest.approx(best / 6.0), "a take that ends early misses the rest"
    assert weighted_cosine(found, [sources()]) is None


def test_two_sources_are_located() -> None:
    foa = encode_point(noise(1.0, 1), at(60)) + encode_point(noise(1.0, 2), at(-70, 20))
    turned = encode_point(noise(1.0, 3), at(-70, 20)) + encode_point(noise(1.0, 4), at(60))
    assert weighted_cosine(sources_of_recording(turned), sources_of_recording(foa)) > 0.98
    one = encode_point(noise(1.0, 3), at(60))
    assert weighted_cosine(sources_of_recording(one), sources_of_recording(foa)) == pytest.approx(0.5, abs=0.06)


def test_chance_of_wcs_with_one_source_is_nought() -> None:
    truth = [sources((10, 1.0))] * 40
    assert chance_wcs(truth, truth, np.random.default_rng(0)) == pytest.approx(0.0, abs=0.1)


# --- seams ---


def patched(wave_of, patches: int = 12) -> np.ndarray:
    t = np.arange(PATCH_SAMPLES) / SAMPLE_RATE_HZ
    return np.concatenate([wave_of(t, index) for index in range(patches)])


def test_a_sound_without_joints_has_no_seam() -> None:
    seams = [seam_of(noise(4.0, seed)) for seed in range(6)]
    assert np.mean([seam.click_db for seam in seams]) == pytest.approx(0.0, abs=0.6)
    assert np.mean([seam.share for seam in seams]) < 0.12
    assert np.mean([seam.change_db for seam in seams]) == pytest.approx(0.0, abs=0.3)
    assert seams[0].joints == 24


def test_a_tone_that_starts_anew_clicks() -> None:
    whole = np.sin(2 * np.pi * 440 * np.arange(12 * PATCH_SAMPLES) / SAMPLE_RATE_HZ)
    broken = patched(lambda t, index: np.sin(2 * np.pi * 440 * t + 2.0 * index))
    assert seam_of(broken).click_db > 15.0
    assert seam_of(broken).share > 0.8
    assert abs(seam_of(whole).click_db) < 3.0


def test_a_sound_that_changes_at_the_joints_is_noticed_without_a_click() -> None:
    rng = np.random.default_rng(0)
    levels = np.where(np.arange(12) % 2, 0.03, 0.3)
    stepped = patched(lambda t, index: levels[index] * rng.standard_normal(t.size))
    assert seam_of(stepped).change_db > 5.0


def test_silence_has_no_joints() -> None:
    assert seam_of(np.zeros(SAMPLE_RATE_HZ)) is None
    assert seam_of(noise(0.1)) is None
