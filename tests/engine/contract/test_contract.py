"""The contract: what crosses a process pickles; directions and conventions hold; bad values are told."""

import dataclasses
import math
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.contract.audio import FoaBlock
from engine.contract.control import (
    DirectionPath,
    GenerationSettings,
    Lane,
    PathInterpolation,
    PathPoint,
    Prompt,
    SettingsChange,
)
from engine.contract.conventions import DISPLAY_ORDER, PATCH_S, AcnChannel
from engine.contract.directions import (
    Direction,
    angle_between,
    azimuth_elevation,
    direction_to_equirectangular,
    equirectangular_to_direction,
    slerp,
    unit_vectors,
)
from engine.contract.errors import ExportError, InvalidInputError, reason_of
from engine.contract.generation import LaneRequest, PatchRequest, PatchResult
from engine.contract.guidance import Guidance
from engine.contract.telemetry import (
    EngineFailure,
    EngineMetrics,
    EngineNotice,
    EngineState,
    FoaLevels,
    HeardLoudness,
    LoudnessValues,
    OutputDevice,
    PromptHeard,
)
from engine.contract.video import Area, FilmSound, ScreenFrame, VideoFrame, VideoInfo, pose_of_turn, pose_turn
from engine.contract.view import ViewOrientation, head_axes, view_of_axes

PATH = DirectionPath((PathPoint(0.0, Direction(-90.0)), PathPoint(2.0, Direction(90.0, 10.0))))
LANE = Lane(2, Prompt("a dog"), PATH, -6.0)
SETTINGS = GenerationSettings(Prompt("rain", 0.5), PATH, 3, 4, exact_direction=False, lanes=(LANE,))
EVERYTHING = [
    FoaBlock(1, 2, np.zeros((4, 3), np.float32)),
    VideoFrame(1, 0.5, np.zeros((2, 4, 3), np.uint8)),
    ScreenFrame(1, 0.5, np.zeros((2, 4, 4), np.uint8)),
    VideoInfo(
        "a.mp4", 4, 2, 25.0, 1.0, active=Area(0, 0, 4, 2), sounds=(FilmSound(1, "aac", 2, 48_000, "stereo", 0.0, 1.0),)
    ),
    ViewOrientation(1.0, 0.5, 0.1),
    SETTINGS,
    SettingsChange(1, 7, SETTINGS),
    FoaLevels(1, 0.0, 0.16, np.zeros(4), np.zeros(3), 1.0, np.zeros((4, 4))),
    HeardLoudness(LoudnessValues(-20.0, -21.0, -22.0, -3.0, -2.5), LoudnessValues()),
    EngineMetrics(EngineState.PLAYING),
    PromptHeard(1, 2, 0.32),
    OutputDevice("Headphones", "Headphones", 44_100),
    EngineNotice("It goes on elsewhere.", "detail", "device", lasts=True),
    EngineFailure("It broke.", "detail"),
    Guidance(prompt=1.5),
    LaneRequest(2, Prompt("a dog"), np.array([1.0, 0, 0]), -6.0),
    PatchRequest(Prompt("x"), np.zeros((128, 256, 3), np.uint8), 1, np.array([1.0, 0, 0])),
    PatchResult(np.zeros((4, 7_680), np.float32), {"lm": 1.0}),
]

azimuths = st.floats(-math.pi, math.pi)
elevations = st.floats(-1.5, 1.5)


@pytest.mark.slow
@pytest.mark.parametrize("value", EVERYTHING, ids=lambda v: type(v).__name__)
def test_what_crosses_a_process_pickles(value: object) -> None:
    copy = pickle.loads(pickle.dumps(value))
    assert type(copy) is type(value)
    for name, field in vars(value).items():
        np.testing.assert_equal(getattr(copy, name), field)


def test_a_block_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="needs"):
        FoaBlock(0, 0, np.zeros((3, 5), np.float32))
    with pytest.raises(ValueError, match="needs"):
        FoaBlock(0, 0, np.zeros((4, 5)))


@pytest.mark.slow
@given(azimuth=azimuths, elevation=elevations)
def test_directions_there_and_back(azimuth: float, elevation: float) -> None:
    vector = unit_vectors(azimuth, elevation)
    assert np.linalg.norm(vector) == pytest.approx(1.0)
    assert angle_between(vector, unit_vectors(*azimuth_elevation(vector))) < 1e-9
    x, y = direction_to_equirectangular(azimuth, elevation, 1024, 512)
    assert angle_between(vector, unit_vectors(*equirectangular_to_direction(x, y, 1024, 512))) < 1e-9


def test_a_quarter_of_the_width_is_left_and_left_is_plus_y() -> None:
    azimuth, elevation = equirectangular_to_direction(256 - 0.5, 256 - 0.5, 1024, 512)
    assert math.degrees(azimuth) == pytest.approx(90.0)
    assert math.degrees(elevation) == pytest.approx(0.0)
    assert Direction(90.0).unit_vector() == pytest.approx([0.0, 1.0, 0.0], abs=1e-12)
    assert Direction(0.0, 90.0).unit_vector() == pytest.approx([0.0, 0.0, 1.0], abs=1e-12)
    assert DISPLAY_ORDER == (AcnChannel.W, AcnChannel.X, AcnChannel.Y, AcnChannel.Z)
    assert PATCH_S == 0.16


@pytest.mark.slow
@given(a=st.tuples(azimuths, elevations), b=st.tuples(azimuths, elevations), part=st.floats(0, 1))
def test_slerp_stays_on_the_sphere_and_moves_evenly(a: tuple, b: tuple, part: float) -> None:
    u, v = unit_vectors(*a), unit_vectors(*b)
    point = slerp(u, v, part)
    assert np.linalg.norm(point) == pytest.approx(1.0, abs=1e-6)
    assert angle_between(u, point) == pytest.approx(part * angle_between(u, v), abs=1e-5)


def angles_deg(path: DirectionPath, t_s: float) -> tuple[float, float]:
    azimuth, elevation = azimuth_elevation(path.at(t_s))
    return math.degrees(float(azimuth)), math.degrees(float(elevation))


def test_between_two_points_azimuth_and_elevation_go_straight_or_the_sphere_the_shortest_way() -> None:
    points = (PathPoint(0.0, Direction(-90.0)), PathPoint(6.0, Direction(90.0, 45.0)))
    assert angles_deg(DirectionPath(points), 3.0) == pytest.approx((0.0, 22.5))
    _, over_the_top = angles_deg(DirectionPath(points, PathInterpolation.GREAT_CIRCLE), 3.0)
    assert over_the_top == pytest.approx(67.5)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("start", "end", "middle"),
    [(170, -170, 180), (-170, 170, 180), (-90, 90, 0), (90, -90, 0), (0, 180, 90), (0, -180, -90), (-135, 135, 180)],
)
def test_azimuth_goes_the_short_way_and_half_a_turn_goes_as_its_numbers_do(start: int, end: int, middle: int) -> None:
    path = DirectionPath((PathPoint(0.0, Direction(start)), PathPoint(1.0, Direction(end))))
    assert angle_between(path.at(0.5), Direction(middle).unit_vector()) < 1e-6


def test_two_points_at_one_time_are_a_cut() -> None:
    path = DirectionPath(
        (PathPoint(0.0, Direction(30.0)), PathPoint(2.0, Direction(30.0)), PathPoint(2.0, Direction(-120.0)))
    )
    assert [round(angles_deg(path, t_s)[0]) for t_s in (1.0, 1.999, 2.0, 3.0)] == [30, 30, -120, -120]


@pytest.mark.parametrize(("given", "meant"), [(350, -10), (180, 180), (270, -90), (360, 0), (-180, -180), (45, 45)])
def test_an_azimuth_that_is_counted_on_to_360_is_wrapped(given: float, meant: float) -> None:
    assert Direction.wrapped(given, 5.0) == Direction(meant, 5.0)


@pytest.mark.parametrize("azimuth", [361, -181, math.nan, math.inf, 400])
def test_an_azimuth_beyond_a_turn_is_told(azimuth: float) -> None:
    with pytest.raises(InvalidInputError, match="Azimuth"):
        Direction.wrapped(azimuth)


def test_a_path_goes_over_the_sphere_and_is_held_at_its_ends() -> None:
    assert PATH.at(-1.0) == pytest.approx(Direction(-90.0).unit_vector())
    assert PATH.at(5.0) == pytest.approx(Direction(90.0, 10.0).unit_vector())
    assert np.linalg.norm(PATH.at(1.0)) == pytest.approx(1.0)
    around = DirectionPath((PathPoint(0.0, Direction(170.0)), PathPoint(1.0, Direction(-170.0))))
    azimuth, _ = azimuth_elevation(around.at(0.5))
    assert abs(math.degrees(float(azimuth))) == pytest.approx(180.0)


@pytest.mark.parametrize("bad", [(400, 0), (0, 91), (math.nan, 0), (0, math.inf), (-180.5, 0)])
def test_directions_out_of_range_are_told(bad: tuple[float, float]) -> None:
    with pytest.raises(InvalidInputError, match=r"is not between"):
        Direction(*bad)


def test_bad_settings_and_paths_are_told() -> None:
    with pytest.raises(InvalidInputError, match="flow steps"):
        GenerationSettings(steps=0)
    with pytest.raises(InvalidInputError, match="Seed"):
        GenerationSettings(seed=-1)
    with pytest.raises(InvalidInputError, match="at least one point"):
        DirectionPath(())
    with pytest.raises(InvalidInputError, match="must not decrease"):
        DirectionPath((PathPoint(1.0, Direction(0)), PathPoint(0.9, Direction(5))))


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(Guidance)])
def test_guidance_that_is_no_number_is_told(name: str) -> None:
    for bad in (math.nan, math.inf, -math.inf):
        with pytest.raises(InvalidInputError, match=name.replace("_", " ")):
            Guidance(**{name: bad})


def test_guidance_without_history_asks_for_its_plan() -> None:
    assert not Guidance().needs_plan_without_history
    assert Guidance(without_history=-0.5).needs_plan_without_history


def test_bad_lanes_are_told() -> None:
    with pytest.raises(InvalidInputError, match="numbers start at 1"):
        Lane(0, Prompt("a dog"))
    with pytest.raises(InvalidInputError, match="needs words"):
        Lane(1, Prompt("  "))
    for gain_db in (21.0, -61.0, math.nan):
        with pytest.raises(InvalidInputError, match="dB"):
            Lane(1, Prompt("a dog"), gain_db=gain_db)
    with pytest.raises(InvalidInputError, match="same number"):
        GenerationSettings(lanes=(LANE, LANE))


def test_the_head_turns_left_up_and_leans_right() -> None:
    front, left, up = head_axes(ViewOrientation(yaw_rad=math.pi / 2)).T
    assert front == pytest.approx([0, 1, 0], abs=1e-12)
    assert left == pytest.approx([-1, 0, 0], abs=1e-12)
    assert up == pytest.approx([0, 0, 1])
    assert head_axes(ViewOrientation(pitch_rad=0.5))[:, 0][2] > 0
    assert head_axes(ViewOrientation(roll_rad=0.5))[:, 1][2] > 0


@given(st.floats(-3.1, 3.1), st.sampled_from([-math.pi / 2, -1.5, -0.4, 0.0, 0.9, math.pi / 2]), st.floats(-3.1, 3.1))
def test_a_view_is_found_again_from_its_axes_and_a_pose_from_its_turn(yaw: float, pitch: float, roll: float) -> None:
    axes = head_axes(ViewOrientation(yaw, pitch, roll))
    np.testing.assert_allclose(head_axes(view_of_axes(axes)), axes, atol=1e-7)
    np.testing.assert_allclose(pose_turn(pose_of_turn(axes)), axes, atol=1e-7)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(18, "Invalid cross-device link", "/tmp/.hidden-4711/new.wav"), "invalid cross-device link"),
        (MemoryError(), "too little memory, close other programs"),
        (ZeroDivisionError("division by zero"), "an internal error in SwanSphere"),
        (BrokenPipeError(), "an internal error in SwanSphere"),
        (ExportError("The disk is full."), "The disk is full"),
    ],
)
def test_a_reason_names_neither_python_nor_hidden_files(error: Exception, words: str) -> None:
    assert reason_of(error) == words
