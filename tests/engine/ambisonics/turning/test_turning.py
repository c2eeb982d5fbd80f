"""Measuring and turning are apart: a track does not depend on blocks, and a take can be turned at any time."""

import numpy as np
import pytest

from engine.ambisonics.direction_lock import DirectionLock
from engine.ambisonics.encoding import encode_path, encode_point
from engine.ambisonics.turning.field_track import PIECE_S, PIECE_SAMPLES, FieldMeter, FieldTrack
from engine.ambisonics.turning.finished import shown_by
from engine.ambisonics.turning.goals import FASTEST_DEG_S, after_glide, glide_towards, goal_for
from engine.ambisonics.turning.quaternions import NO_TURN, angle_of, matrix_of
from engine.ambisonics.turning.shown import ShownReader
from engine.contract.conventions import PATCH_SAMPLES
from engine.contract.directions import angle_between, unit_vectors

LEFT = np.array([0.0, 1.0, 0.0])


def at(azimuth_deg: float, elevation_deg: float = 0.0) -> np.ndarray:
    return unit_vectors(np.deg2rad(azimuth_deg), np.deg2rad(elevation_deg))


def field() -> np.ndarray:
    """Return 40 patches of a source that moves in a diffuse field, with a quiet and a silent passage."""
    rng, n = np.random.default_rng(7), 40 * PATCH_SAMPLES
    foa = (0.1 * rng.standard_normal((4, n))).astype(np.float32)
    source = 0.2 * rng.standard_normal(n) * (0.2 + np.abs(np.sin(np.arange(n) / 9_000)))
    azimuth = np.arange(n) / n * 4
    for channel, gain in enumerate([np.ones(n), np.sin(azimuth), 0.3 * np.ones(n), np.cos(azimuth)]):
        foa[channel] += (gain * source).astype(np.float32)
    foa[:, 10 * PATCH_SAMPLES : 13 * PATCH_SAMPLES] *= 1e-4
    foa[:, 20 * PATCH_SAMPLES : 21 * PATCH_SAMPLES] = 0
    return foa


def test_the_lock_turns_as_it_did_before_measuring_and_turning_were_apart() -> None:
    """The angles at the ends of the patches, from the version before; its samples were the same to the bit."""
    asked = [at(30)] * 5 + [at(30 + 20 * k, 10) for k in range(10)] + [None] * 4 + [at(-100, 20)] * 8
    asked += [at(80, -40)] * 3 + [None] * 2 + [at(0, 90)] * 8
    lock, angles = DirectionLock(), []
    for patch, direction in zip(np.split(field(), 40, axis=1), asked, strict=True):
        lock.process(patch, direction)
        angles.append(lock.angle_deg)
    assert angles == pytest.approx(
        [
            30.28455261, 26.935276868, 24.243860302, 23.30246049, 18.498332179, 9.354625717, 10.219010649,
            13.562201156, 32.0456001, 45.7713098, 46.546982967, 46.546982967, 46.546982967, 106.449577832,
            112.779807999, 0.0, 0.0, 0.0, 0.0, 132.160236829, 132.182939713, 126.595076164, 121.691112382,
            116.173520518, 112.88600932, 111.470045244, 104.774306583, 91.922811861, 94.432633003, 96.76474934, 0.0,
            0.0, 73.280374162, 71.909134412, 73.194753603, 73.57013475, 73.077702374, 73.223014186, 73.498952929,
            73.911027711,
        ],
        abs=1e-5,
    )  # fmt: skip


@pytest.mark.parametrize("pieces", [1, 3, 4, 25])
def test_a_track_does_not_depend_on_the_blocks(pieces: int) -> None:
    foa = field()[:, : 75 * PIECE_SAMPLES]
    whole, meter = FieldMeter().measure(foa), FieldMeter()
    parts = [meter.measure(block) for block in np.split(foa, 75 // pieces, axis=1)] if 75 % pieces == 0 else []
    if not parts:
        parts = [meter.measure(foa[:, : 72 * PIECE_SAMPLES]), meter.measure(foa[:, 72 * PIECE_SAMPLES :])]
    joined = FieldTrack.joined(parts)
    np.testing.assert_allclose(joined.flows, whole.flows, rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(joined.energies, whole.energies, rtol=1e-6)


def test_a_plane_wave_flows_with_all_its_energy_and_a_diffuse_field_with_little() -> None:
    mono = 0.1 * np.random.default_rng(0).standard_normal(50 * PIECE_SAMPLES)
    wave = FieldMeter().measure(encode_point(mono, at(-60, 30)))
    assert wave.share == pytest.approx(1.0, abs=1e-3)
    np.testing.assert_allclose(shown_by(wave).directions, np.tile(at(-60, 30), (50, 1)), atol=1e-3)
    diffuse = np.random.default_rng(1).standard_normal((4, 50 * PIECE_SAMPLES)).astype(np.float32)
    diffuse[1:] /= np.sqrt(3.0)
    assert FieldMeter().measure(diffuse).share < 0.15


def test_what_is_shown_follows_the_source_and_is_held_in_silence() -> None:
    pieces = 100
    mono = 0.1 * np.random.default_rng(2).standard_normal(pieces * PIECE_SAMPLES)
    mono[60 * PIECE_SAMPLES : 80 * PIECE_SAMPLES] = 0.0
    path = [at(-60), at(60)]
    foa = encode_path(mono, path, [0, mono.size])
    track, reader = FieldMeter().measure(foa), ShownReader()
    live = [reader.read(FieldTrack(track.flows[k : k + 4], track.energies[k : k + 4])) for k in range(0, pieces, 4)]
    directions = np.concatenate([shown.directions for shown in live])
    assert not directions[62:79].any()
    assert not np.concatenate([shown.sure for shown in live])[62:79].any()
    for piece in (5, 30, 55, 90):
        there = at(-60 + 120 * (piece + 0.5) / pieces)
        assert np.rad2deg(angle_between(directions[piece], there)) < 4.0
        assert np.rad2deg(angle_between(shown_by(track).directions[piece], there)) < 1.0


def test_a_step_of_the_turn_is_a_function_of_what_is_shown_the_place_and_the_last_turn() -> None:
    turn = NO_TURN
    for _ in range(10):
        goal = goal_for(at(-60), 1.0, LEFT, turn)
        glide = glide_towards(turn, goal, PIECE_S)
        if glide is None:
            break
        assert np.rad2deg(glide.angle_rad) <= FASTEST_DEG_S * PIECE_S + 1e-9
        turn = after_glide(turn, glide)
    assert np.rad2deg(angle_of(turn)) == pytest.approx(150.0)
    np.testing.assert_allclose(matrix_of(turn) @ at(-60), LEFT, atol=1e-6)
    assert glide_towards(turn, goal_for(np.zeros(3), 0.0, LEFT, turn), PIECE_S) is None  # nothing shown: held
    half = glide_towards(NO_TURN, goal_for(at(80), 1.0, LEFT, NO_TURN), PIECE_S, 0.5)
    assert half is not None
    assert np.rad2deg(half.angle_rad) == pytest.approx(5.0)


def test_blocks_of_other_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="1920"):
        FieldMeter().measure(np.zeros((4, 1_000), np.float32))
    with pytest.raises(ValueError, match="track"):
        FieldTrack(np.zeros((2, 3)), np.zeros(3))
