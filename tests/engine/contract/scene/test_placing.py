"""A lane's place at a time: placed, moved, recorded by a hand, smoothed."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.contract.control import PathInterpolation
from engine.contract.directions import Direction, angle_between, unit_vectors
from engine.contract.errors import SceneError
from engine.contract.scene.edits.placing import (
    add_keyframe,
    keyframe_near,
    place_at,
    put_place,
    record_path,
    smooth_path,
)
from engine.contract.scene.hand_path import WITHIN_DEG, HandPath, thinned
from engine.contract.scene.path_shape import PathShape, places_of
from engine.contract.scene.place import Keyframe, LanePath
from engine.contract.scene.scene import Scene
from tests.engine.contract.scene.scenes import PATH, S, one_lane

FRAME = S // 60
KINDS = list(PathInterpolation)
directions = st.builds(Direction, st.floats(-180.0, 180.0), st.floats(-90.0, 90.0))


def path_of(*frames: tuple[float, float, float], kind: PathInterpolation = PathInterpolation.GREAT_CIRCLE) -> LanePath:
    """Return a path of (seconds, azimuth, elevation)."""
    return LanePath(tuple(Keyframe(round(s * S), Direction(az, el)) for s, az, el in frames), kind)


def at(scene: Scene, seconds: float) -> tuple[float, float]:
    place = place_at(scene.lanes[0], round(seconds * S))
    assert place is not None
    return place.direction.azimuth_deg, place.direction.elevation_deg


@pytest.mark.slow
@given(st.lists(st.tuples(st.integers(0, 20), directions), min_size=1, max_size=6), st.sampled_from(KINDS))
@settings(max_examples=60, deadline=None)
def test_many_times_at_once_are_the_same_as_one_by_one(places, kind) -> None:
    frames = tuple(Keyframe(t * S, d, 1.0 + t) for t, d in sorted(places, key=lambda place: place[0]))
    path = LanePath(frames, kind)
    times = np.arange(-1 * S, 22 * S, S // 3)
    shape = PathShape(path)
    one_by_one = np.array([path.directions.at(t / S) for t in times])
    assert np.abs(shape.vectors_at(times) - one_by_one).max() < 1e-6
    other = PathShape(LanePath(frames[:1], kind))
    for t, wanted in zip(times.tolist(), one_by_one, strict=True):
        assert np.abs(places_of([other, shape], t)[1] - wanted).max() < 1e-6
    assert shape.distances_m_at(times) == pytest.approx([path.distance_m_at(t) for t in times])


def test_a_lane_that_the_model_placed_is_placed_for_the_whole_film_and_undone_by_its_name() -> None:
    change = put_place(one_lane(), 1, 7 * S, Direction(90.0, 10.0))
    assert change.name == "Place lane 'Dog'"
    assert at(change.scene, 0.0) == at(change.scene, 50.0) == pytest.approx((90.0, 10.0))


def test_a_lane_in_one_place_moves_and_keeps_its_distance() -> None:
    scene = one_lane(LanePath.fixed(Direction(10.0), 5.0))
    moved = put_place(scene, 1, 7 * S, Direction(-20.0)).scene.lanes[0].path
    assert moved is not None
    assert moved.keyframes == (Keyframe(0, Direction(-20.0), 5.0),)
    farther = put_place(scene, 1, 7 * S, distance_m=8.0).scene.lanes[0].path
    assert farther is not None
    assert farther.keyframes == (Keyframe(0, Direction(10.0), 8.0),)


def test_on_a_path_a_place_is_a_keyframe_and_near_one_that_keyframe_moves() -> None:
    scene = one_lane(PATH)
    added = put_place(scene, 1, 2 * S, Direction(0.0, 45.0)).scene.lanes[0].path
    assert added is not None
    assert [frame.at_sample for frame in added.keyframes] == [0, 2 * S, 5 * S]
    assert added.keyframes[1].distance_m == pytest.approx(2.8)  # as it was there
    moved = put_place(scene, 1, 5 * S - 400, Direction(0.0, 45.0)).scene.lanes[0].path
    assert moved is not None
    assert moved.keyframes == (PATH.keyframes[0], Keyframe(5 * S, Direction(0.0, 45.0), 4.0))
    assert keyframe_near(PATH, 5 * S + 900) == 1
    assert keyframe_near(PATH, 5 * S + 1000) is None


def test_a_distance_without_a_place_is_refused() -> None:
    with pytest.raises(SceneError, match="place it first"):
        put_place(one_lane(), 1, 0, distance_m=3.0)
    with pytest.raises(SceneError, match="place it first"):
        add_keyframe(one_lane(), 1, 0)


def test_a_keyframe_that_is_added_changes_nothing_until_it_moves() -> None:
    scene = one_lane(path_of((0, 0, 0), (4, 80, 40)))
    added = add_keyframe(scene, 1, 3 * S).scene
    assert at(added, 1.7) == pytest.approx(at(scene, 1.7), abs=1e-6)
    assert at(added, 3.5) == pytest.approx(at(scene, 3.5), abs=1e-6)
    with pytest.raises(SceneError, match="has a keyframe here already"):
        add_keyframe(added, 1, 3 * S)


def hand(seconds: float, seed: int, *, poles: bool) -> list[Keyframe]:
    """Return the places of a hand that wanders and shakes, 60 per second."""
    rng = np.random.default_rng(seed)
    n = round(60 * seconds)
    speed = np.convolve(rng.normal(size=(n + 60,)), np.hanning(60), "valid")[:n]
    azimuth = 170.0 + np.cumsum(2.0 * speed / 10.0) + 0.1 * rng.normal(size=n)
    lift = np.cumsum(np.convolve(rng.normal(size=(n + 60,)), np.hanning(60), "valid")[:n]) / 15.0
    elevation = np.clip(lift + (60.0 if poles else 0.0), -89.9, 89.9)
    return [
        Keyframe(S + k * FRAME, Direction(math.remainder(float(azimuth[k]), 360.0), float(elevation[k])))
        for k in range(n)
    ]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("poles", [False, True])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_path_stays_within_a_degree_of_the_hand_with_few_keyframes(kind, poles, seed) -> None:
    places = hand(5.0, seed, poles=poles)
    frames = thinned(tuple(places), kind)
    assert len(frames) < len(places) / 3
    assert frames[0] == places[0]
    assert frames[-1] == places[-1]
    seen = PathShape(LanePath(frames, kind)).vectors_at([place.at_sample for place in places])
    wanted = np.array([place.direction.unit_vector() for place in places])
    assert float(np.rad2deg(angle_between(seen, wanted)).max()) <= WITHIN_DEG + 1e-6


def test_a_hand_that_rests_adds_nothing_and_a_straight_sweep_needs_two_keyframes() -> None:
    still = HandPath(PathInterpolation.GREAT_CIRCLE)
    for k in range(10_000):
        still.add(Keyframe(k * FRAME, Direction(20.0)))
    assert len(still.keyframes) == 2
    sweep = HandPath(PathInterpolation.GREAT_CIRCLE)
    for k in range(300):
        sweep.add(Keyframe(k * FRAME, Direction(k / 3.0)))
    assert len(sweep.keyframes) == 2
    sweep.add(Keyframe(0, Direction(0.0)))  # earlier than the last: left out
    assert len(sweep.keyframes) == 2


def test_a_distance_that_changes_keeps_its_keyframes() -> None:
    places = tuple(Keyframe(k * FRAME, Direction(0.0), 2.0 if k < 100 else 4.0) for k in range(200))
    times = [frame.at_sample // FRAME for frame in thinned(places, PathInterpolation.GREAT_CIRCLE)]
    assert times == [0, 99, 100, 199]


def test_a_recording_replaces_its_own_time_only() -> None:
    scene = one_lane(path_of((0, 0, 0), (10, 90, 0), (20, 0, 0)))
    drawn = tuple(Keyframe(round(t * S), Direction(az)) for t, az in ((8, -50), (9, -60), (12, -90)))
    change = record_path(scene, 1, drawn)
    assert change.name == "Record path of lane 'Dog'"
    for seconds in (0.0, 3.0, 7.99):  # before: unchanged, then a cut to the hand
        assert at(change.scene, seconds) == pytest.approx(at(scene, seconds), abs=0.01)
    assert at(change.scene, 8.0) == pytest.approx((-50.0, 0.0), abs=0.01)
    assert at(change.scene, 9.0) == pytest.approx((-60.0, 0.0), abs=0.01)
    assert at(change.scene, 12.0) == pytest.approx((-90.0, 0.0), abs=0.01)
    assert at(change.scene, 16.0) == pytest.approx((-45.0, 0.0), abs=0.01)  # on to the next keyframe
    assert at(change.scene, 20.0) == pytest.approx((0.0, 0.0), abs=0.01)


def test_a_recording_that_begins_where_the_lane_is_makes_no_cut() -> None:
    scene = one_lane(LanePath.fixed(Direction(30.0)))
    drawn = (Keyframe(4 * S, Direction(30.0)), Keyframe(6 * S, Direction(60.0)))
    path = record_path(scene, 1, drawn).scene.lanes[0].path
    assert path is not None
    assert [frame.at_sample // S for frame in path.keyframes] == [0, 4, 6]
    assert path.interpolation is PathInterpolation.GREAT_CIRCLE
    jump = record_path(scene, 1, tuple(replace(frame, direction=Direction(-90.0)) for frame in drawn)).scene
    assert at(jump, 3.9) == pytest.approx((30.0, 0.0))
    assert at(jump, 4.0) == pytest.approx((-90.0, 0.0))


def test_a_recording_for_a_lane_that_the_model_placed_begins_in_its_first_place() -> None:
    recorded = record_path(one_lane(), 1, (Keyframe(4 * S, Direction(5.0)), Keyframe(5 * S, Direction(20.0)))).scene
    assert at(recorded, 0.0) == pytest.approx((5.0, 0.0))
    assert at(recorded, 30.0) == pytest.approx((20.0, 0.0))


def roughness(path: LanePath) -> float:
    vectors = PathShape(path).vectors
    return float(np.linalg.norm(np.diff(vectors, n=2, axis=0), axis=-1).mean())


def test_smoothing_calms_a_shaking_path_and_keeps_its_ends_and_cuts() -> None:
    rng = np.random.default_rng(3)
    # Across the back, where azimuth jumps from 180 to -180.
    shaking = path_of(*((k / 10, math.remainder(150.0 + k + 4.0 * rng.normal(), 360.0), 0.0) for k in range(60)))
    smooth = smooth_path(one_lane(shaking), 1).scene.lanes[0].path
    assert smooth is not None
    assert roughness(smooth) < 0.3 * roughness(shaking)
    assert (smooth.keyframes[0], smooth.keyframes[-1]) == (shaking.keyframes[0], shaking.keyframes[-1])
    wanted = unit_vectors(np.deg2rad([150.0 + k for k in range(3, 57)]), 0.0)
    off = angle_between(PathShape(smooth).vectors[3:57], wanted)
    assert float(np.rad2deg(off).max()) < 6.0
    cut = path_of((0, 0, 0), (1, 10, 0), (2, 0, 0), (2, 90, 0), (3, 95, 0), (4, 90, 0))
    after = smooth_path(one_lane(cut), 1).scene
    assert at(after, 1.999) == pytest.approx((0.0, 0.0), abs=0.1)
    assert at(after, 2.0) == pytest.approx((90.0, 0.0), abs=0.1)
    assert 5.0 < at(after, 1.0)[0] < 10.0
    assert 90.0 < at(after, 3.0)[0] < 95.0


def test_two_keyframes_have_nothing_to_smooth() -> None:
    with pytest.raises(SceneError, match="fewer than three keyframes"):
        smooth_path(one_lane(PATH), 1)
