"""From a decoded picture to one eye's panorama: which part of it, which way up, and how large."""

from dataclasses import replace

import av
import numpy as np
import pytest

from engine.contract.video import Area, Bounds, Pose, Projection, StereoLayout, VideoInfo
from engine.video.unpacking import Unpacking

RED, GREEN, BLUE, GREY, BLACK = (220, 20, 20), (20, 220, 20), (20, 20, 220), (128, 128, 128), (0, 0, 0)


def film(width: int, height: int, **known: object) -> VideoInfo:
    return replace(VideoInfo("film.mp4", width, height, 25.0, 1.0), **known)


def tiles(rows: list[list[tuple[int, int, int]]], width: int, height: int) -> np.ndarray:
    """Return a picture of equal tiles."""
    small = np.array(rows, np.uint8)
    return np.ascontiguousarray(small.repeat(height // small.shape[0], 0).repeat(width // small.shape[1], 1))


def unpacked(info: VideoInfo, picture: np.ndarray, max_width: int | None = None) -> np.ndarray:
    return Unpacking(info, max_width).panorama(av.VideoFrame.from_ndarray(picture, format="rgb24"))


def at(panorama: np.ndarray, azimuth_deg: float, elevation_deg: float) -> np.ndarray:
    height, width = panorama.shape[:2]
    x = int((180.0 - azimuth_deg) / 360.0 * width) % width
    return panorama[min(int((90.0 - elevation_deg) / 180.0 * height), height - 1), x].astype(int)


def is_colour(found: np.ndarray, wanted: tuple[int, int, int]) -> bool:
    return bool(np.abs(found - np.array(wanted)).max() < 12)


def test_a_film_of_one_eye_is_not_touched() -> None:
    picture = np.random.default_rng(1).integers(0, 255, (120, 250, 3), dtype=np.uint8)
    assert np.array_equal(unpacked(film(250, 120), picture), picture)


@pytest.mark.parametrize(
    ("layout", "size"),
    [
        (StereoLayout.TOP_BOTTOM, (128, 128)),
        (StereoLayout.TOP_BOTTOM, (256, 144)),
        (StereoLayout.LEFT_RIGHT, (256, 64)),
        (StereoLayout.LEFT_RIGHT, (256, 128)),
    ],
)
def test_the_left_eye_is_the_first_and_is_two_to_one(layout: StereoLayout, size: tuple[int, int]) -> None:
    beside = layout is StereoLayout.LEFT_RIGHT
    eyes = [[RED, GREEN, BLUE, BLUE]] if beside else [[RED, GREEN], [BLUE, BLUE]]
    panorama = unpacked(film(*size, layout=layout), tiles(eyes, *size))
    assert panorama.shape[1] == 2 * panorama.shape[0]
    assert is_colour(at(panorama, 90, 0), RED)
    assert is_colour(at(panorama, -90, 0), GREEN)
    assert not (np.abs(panorama.astype(int) - BLUE).max(-1) < 12).any()


def test_the_widest_width_counts_for_one_eye() -> None:
    picture = tiles([[RED, BLUE]], 512, 128)
    panorama = unpacked(film(512, 128, layout=StereoLayout.LEFT_RIGHT), picture, max_width=128)
    assert panorama.shape == (64, 128, 3)
    assert is_colour(at(panorama, 0, 0), RED)


def test_half_a_sphere_shows_nothing_behind() -> None:
    half = Bounds(90.0, -90.0, 90.0, -90.0)
    picture = tiles([[RED, GREEN, BLUE, BLUE]], 256, 128)
    panorama = unpacked(film(256, 128, layout=StereoLayout.LEFT_RIGHT, bounds=half), picture)
    assert panorama.shape == (128, 256, 3)
    assert is_colour(at(panorama, 45, 0), RED)
    assert is_colour(at(panorama, -45, 0), GREEN)
    for azimuth_deg in (100, 180, -100):
        assert is_colour(at(panorama, azimuth_deg, 0), BLACK)


@pytest.mark.parametrize("max_width", [None, 64])
def test_bars_around_the_film_are_cut_off(max_width: int | None) -> None:
    picture = np.zeros((180, 320, 3), np.uint8)
    picture[10:170] = tiles([[RED, RED], [GREEN, GREEN]], 320, 160)
    panorama = unpacked(film(320, 180, active=Area(0, 10, 320, 160)), picture, max_width)
    assert panorama.shape[1] == (max_width or 320)
    assert abs(panorama.shape[1] / panorama.shape[0] - 2.0) < 0.15
    assert is_colour(at(panorama, 0, 89), RED)
    assert is_colour(at(panorama, 0, -89), GREEN)


@pytest.mark.slow
@pytest.mark.parametrize("turns", [0, 1, 2, 3])
@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("pose", [Pose(), Pose(0.0, 0.001)], ids=["as stored", "mapped"])
def test_turned_and_mirrored_pictures_become_upright(turns: int, mirrored: bool, pose: Pose) -> None:
    upright = tiles([[RED, GREEN, GREEN], [BLUE, GREY, GREY]], 240, 120)
    stored = np.ascontiguousarray(np.rot90(upright[:, ::-1] if mirrored else upright, -turns))
    info = film(240, 120, quarter_turns=turns, is_mirrored=mirrored, pose=pose)
    panorama = unpacked(info, stored)
    assert panorama.shape == (120, 240, 3)
    for direction, wanted in (((120, 45), RED), ((0, 45), GREEN), ((120, -45), BLUE), ((0, -45), GREY)):
        assert is_colour(at(panorama, *direction), wanted)


@pytest.mark.parametrize("max_width", [None, 64])
@pytest.mark.parametrize("layout", [StereoLayout.MONO, StereoLayout.TOP_BOTTOM])
def test_the_faces_of_a_cube_do_not_run_into_each_other(layout: StereoLayout, max_width: int | None) -> None:
    eyes = 2 if layout is StereoLayout.TOP_BOTTOM else 1
    faces = [[RED, RED, BLUE], [BLUE, RED, RED]] + [[GREY] * 3] * (2 * eyes - 2)
    picture = tiles(faces, 384, 256 * eyes)
    info = film(384, 256 * eyes, projection=Projection.CUBEMAP, layout=layout)
    panorama = unpacked(info, picture, max_width).astype(int)
    # Around the horizon all four faces are red: no seam may show the colours that lie beside them in the file.
    level = panorama[panorama.shape[0] // 2]
    assert np.abs(level - RED).max() < 12
    assert is_colour(at(panorama, 0, 80), BLUE)
    assert is_colour(at(panorama, 0, -80), BLUE)


def test_a_picture_that_changes_its_size_is_still_unpacked() -> None:
    info = film(256, 64, bounds=Bounds(180.0, -180.0, 45.0, -45.0))
    unpacking = Unpacking(info)
    for size in ((256, 64), (128, 32), (256, 64)):
        frame = av.VideoFrame.from_ndarray(tiles([[RED], [GREEN]], *size), format="rgb24")
        panorama = unpacking.panorama(frame)
        assert panorama.shape == (128, 256, 3)
        assert is_colour(at(panorama, 0, 30), RED)
        assert is_colour(at(panorama, 0, -30), GREEN)
        assert is_colour(at(panorama, 0, 60), BLACK)


def test_fine_stripes_become_grey_instead_of_flickering() -> None:
    stripes = np.zeros((512, 1024, 3), np.uint8)
    stripes[:, ::2] = 255
    panorama = unpacked(film(1024, 512, pose=Pose(yaw_deg=10.0)), stripes, max_width=128)
    assert panorama.std() < 6
    assert panorama.mean() == pytest.approx(127, abs=4)


def test_the_users_field_of_view_counts() -> None:
    picture = np.full((90, 160, 3), 255, np.uint8)
    for fov_deg in (40.0, 120.0):
        panorama = unpacked(film(160, 90, projection=Projection.FLAT, fov_deg=fov_deg), picture)
        assert at(panorama, fov_deg / 2 - 3, 0).all()
        assert not at(panorama, fov_deg / 2 + 3, 0).any()
