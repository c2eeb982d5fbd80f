"""A finished take is read with what comes after: no delay, no hold while it is diffuse, and nothing lost in a pause."""

import numpy as np
import pytest

from engine.ambisonics.encoding import encode_path, encode_point
from engine.ambisonics.turning.field_track import PIECE_SAMPLES, FieldMeter
from engine.ambisonics.turning.finished import shown_by
from engine.contract.directions import angle_between, unit_vectors


def at(azimuth_deg: float) -> np.ndarray:
    return unit_vectors(np.deg2rad(azimuth_deg), 0.0)


def noise(pieces: int, level: float = 0.1, seed: int = 0) -> np.ndarray:
    return level * np.random.default_rng(seed).standard_normal(pieces * PIECE_SAMPLES)


def diffuse(pieces: int, level: float = 0.1) -> np.ndarray:
    field = level * np.random.default_rng(9).standard_normal((4, pieces * PIECE_SAMPLES))
    field[1:] /= np.sqrt(3.0)
    return field.astype(np.float32)


def test_a_moving_source_is_seen_without_a_delay() -> None:
    foa = encode_path(noise(100), [at(-80), at(80)], [0, 100 * PIECE_SAMPLES])
    shown = shown_by(FieldMeter().measure(foa))
    off = [np.rad2deg(angle_between(shown.directions[k], at(-80 + 1.6 * (k + 0.5)))) for k in range(8, 92)]
    assert max(off) < 1.0


def test_in_a_pause_the_nearest_sound_counts() -> None:
    foa = np.concatenate(
        [encode_point(noise(20), at(60)), np.zeros((4, 60 * PIECE_SAMPLES)), encode_point(noise(20, seed=1), at(-60))],
        axis=1,
    ).astype(np.float32)
    shown = shown_by(FieldMeter().measure(foa))
    for piece, azimuth in ((10, 60.0), (40, 60.0), (60, -60.0), (90, -60.0)):
        assert np.rad2deg(angle_between(shown.directions[piece], at(azimuth))) < 0.5


def test_quiet_noise_between_two_barks_does_not_move_the_dog() -> None:
    bark = encode_point(noise(10), at(30))
    foa = np.concatenate([bark, diffuse(20, 0.001), bark], axis=1).astype(np.float32)
    shown = shown_by(FieldMeter().measure(foa))
    off = [np.rad2deg(angle_between(direction, at(30))) for direction in shown.directions]
    assert max(off) < 1.0


@pytest.mark.parametrize("share_db", [-3.0, -8.0])
def test_in_a_diffuse_field_it_wavers_less_than_it_is_wide(share_db: float) -> None:
    foa = diffuse(200) + encode_point(noise(200, 0.1 * 10 ** (share_db / 20)), at(100)).astype(np.float32)
    shown = shown_by(FieldMeter().measure(foa))
    off = [np.rad2deg(angle_between(direction, at(100))) for direction in shown.directions]
    assert np.sqrt(np.mean(np.square(off))) < 12.0
    assert shown.sure.min() >= 0.5


def test_silence_shows_nothing() -> None:
    shown = shown_by(FieldMeter().measure(np.zeros((4, 10 * PIECE_SAMPLES), np.float32)))
    assert not shown.directions.any()
    assert not shown.sure.any()
