"""Every projection against pictures whose pixels are computed from directions, the other way round."""

import numpy as np
import pytest

from engine.contract.directions import equirectangular_to_direction, unit_vectors
from engine.contract.video import UPRIGHT, WHOLE_SPHERE, Bounds, Pose
from engine.video.geometry.cube import CubeMap, EquiAngularCube
from engine.video.geometry.lenses import DualFisheye, Flat
from engine.video.geometry.panorama import WIDEST_PX, PanoramaMap, panorama_width, reduction
from engine.video.geometry.placement import Placement
from engine.video.geometry.section import Section

PANORAMA_PX = 256
CLOSE = 4.0
"""Grey levels: two interpolations of a smooth picture."""

FRONT, LEFT, UP = np.eye(3)


def colour(directions: np.ndarray) -> np.ndarray:
    """Return colours (..., 3) that tell every direction (..., 3) from every other one, and change slowly."""
    return np.clip(128.0 + 100.0 * directions + 20.0 * np.roll(directions, 1, axis=-1) ** 2, 0, 255)


def picture_of(directions: np.ndarray) -> np.ndarray:
    return np.round(colour(directions)).astype(np.uint8)


def sphere(width: int, height: int, bounds: Bounds = WHOLE_SPHERE) -> np.ndarray:
    """Return the directions of the pixels of an equirectangular picture of a part of the sphere."""
    x, y = (np.arange(width) + 0.5) / width, (np.arange(height) + 0.5) / height
    azimuth = bounds.left_deg + x * (bounds.right_deg - bounds.left_deg)
    elevation = bounds.top_deg + y * (bounds.bottom_deg - bounds.top_deg)
    return unit_vectors(np.deg2rad(azimuth)[None, :], np.deg2rad(elevation)[:, None])


def face(
    looks: np.ndarray, right: np.ndarray, lower: np.ndarray, side: int, equal_angles: bool, pad: int
) -> np.ndarray:
    """Return the directions of the pixels of one side of a cube."""
    steps = 2.0 * (np.arange(side) + 0.5 - pad) / (side - 2 * pad) - 1.0
    steps = np.tan(steps * np.pi / 4.0) if equal_angles else steps
    rays = looks + steps[None, :, None] * right + steps[:, None, None] * lower
    return rays / np.linalg.norm(rays, axis=-1, keepdims=True)


def cube(side: int, pad: int = 0) -> np.ndarray:
    """The six faces as VLC, and FFmpeg under the name of c3x2, read them: right, left, up; down, front, back."""
    rows = [
        [(-LEFT, -FRONT, -UP), (LEFT, FRONT, -UP), (UP, -LEFT, FRONT)],
        [(-UP, -LEFT, -FRONT), (FRONT, -LEFT, -UP), (-FRONT, LEFT, -UP)],
    ]
    return np.concatenate([np.concatenate([face(*one, side, False, pad) for one in row], 1) for row in rows])


def equi_angular_cube(side: int) -> np.ndarray:
    """Left, front, right; and, as if the head lay on its right ear: down, back, up."""
    rows = [
        [(LEFT, FRONT, -UP), (FRONT, -LEFT, -UP), (-LEFT, -FRONT, -UP)],
        [(-UP, -FRONT, LEFT), (-FRONT, UP, LEFT), (UP, FRONT, LEFT)],
    ]
    return np.concatenate([np.concatenate([face(*one, side, True, 0) for one in row], 1) for row in rows])


def camera_strips(side: int, kept_twice: int) -> np.ndarray:
    """An equi-angular cube whose outer faces repeat some columns on either side of their middle."""
    whole = equi_angular_cube(side)
    half, more = side // 2, kept_twice // 2
    left = [whole[:, : half + more], whole[:, half - more : side]]
    right = [whole[:, 2 * side : 2 * side + half + more], whole[:, 2 * side + half - more :]]
    return np.concatenate([*left, whole[:, side : 2 * side], *right], axis=1)


def circle(looks: np.ndarray, right: np.ndarray, size: int, fov_deg: float) -> np.ndarray:
    steps = 2.0 * (np.arange(size) + 0.5) / size - 1.0
    across, down = np.meshgrid(steps, steps)
    reach = np.hypot(across, down)
    angle = reach * np.deg2rad(fov_deg / 2.0)
    aside = (across[..., None] * right - down[..., None] * UP) / np.maximum(reach, 1e-9)[..., None]
    return np.cos(angle)[..., None] * looks + np.sin(angle)[..., None] * aside


def fisheyes(size: int, fov_deg: float) -> np.ndarray:
    return np.concatenate([circle(-FRONT, LEFT, size, fov_deg), circle(FRONT, -LEFT, size, fov_deg)], 1)


HALF = Bounds(90.0, -90.0, 90.0, -90.0)
BEHIND = Bounds(250.0, 110.0, 40.0, -20.0)
CASES = [
    pytest.param(Section(), sphere(256, 128), WHOLE_SPHERE, id="whole sphere"),
    pytest.param(Section(), sphere(320, 90), WHOLE_SPHERE, id="squeezed"),
    pytest.param(Section(HALF), sphere(128, 128, HALF), HALF, id="half of it"),
    pytest.param(Section(BEHIND), sphere(120, 60, BEHIND), BEHIND, id="a part behind"),
    pytest.param(CubeMap(), cube(96), WHOLE_SPHERE, id="cube"),
    pytest.param(CubeMap(8 / 96), cube(96, pad=8), WHOLE_SPHERE, id="padded cube"),
    pytest.param(EquiAngularCube(), equi_angular_cube(96), WHOLE_SPHERE, id="equi-angular cube"),
    pytest.param(EquiAngularCube(overlap=8 / 96), camera_strips(96, 8), WHOLE_SPHERE, id="strips of a camera"),
    pytest.param(DualFisheye(195.0), fisheyes(200, 195.0), WHOLE_SPHERE, id="two fisheyes"),
]


def is_within(bounds: Bounds, width: int = PANORAMA_PX) -> np.ndarray:
    height = width // 2
    azimuth, elevation = equirectangular_to_direction(np.arange(width), np.arange(height)[:, None], width, height)
    from_left = np.mod(bounds.left_deg - np.rad2deg(azimuth), 360.0)
    inside = (np.rad2deg(elevation) <= bounds.top_deg) & (np.rad2deg(elevation) >= bounds.bottom_deg)
    return inside & (from_left <= bounds.left_deg - bounds.right_deg)


@pytest.mark.slow
@pytest.mark.parametrize(("placement", "directions", "bounds"), CASES)
def test_every_direction_is_where_it_belongs(placement: Placement, directions: np.ndarray, bounds: Bounds) -> None:
    height, width = directions.shape[:2]
    made = PanoramaMap(placement, width, height, PANORAMA_PX).panorama(picture_of(directions)).astype(float)
    assert made.shape == (PANORAMA_PX // 2, PANORAMA_PX, 3)
    right = colour(sphere(PANORAMA_PX, PANORAMA_PX // 2))
    seen = is_within(bounds)
    # Nowhere, seams, edges and poles included, more than rounding and what lies between two pixels.
    assert np.abs(made - right)[seen].max() < CLOSE
    assert not made[~seen].any()


@pytest.mark.slow
@pytest.mark.parametrize("pose", [Pose(90.0), Pose(0.0, 40.0), Pose(0.0, 0.0, 25.0), Pose(-130.0, -35.0, 160.0)])
def test_a_pose_turns_what_is_seen(pose: Pose) -> None:
    made = PanoramaMap(Section(), 256, 128, PANORAMA_PX, pose).panorama(picture_of(sphere(256, 128)))
    yaw, pitch, roll = np.deg2rad([pose.yaw_deg, pose.pitch_deg, pose.roll_deg])
    # One turn after the other: roll (the right goes up), pitch (the front goes up), yaw (the front goes left).
    rolled = np.array([[1, 0, 0], [0, np.cos(roll), np.sin(roll)], [0, -np.sin(roll), np.cos(roll)]])
    pitched = np.array([[np.cos(pitch), 0, -np.sin(pitch)], [0, 1, 0], [np.sin(pitch), 0, np.cos(pitch)]])
    yawed = np.array([[np.cos(yaw), -np.sin(yaw), 0], [np.sin(yaw), np.cos(yaw), 0], [0, 0, 1]])
    own = sphere(PANORAMA_PX, PANORAMA_PX // 2) @ (yawed @ pitched @ rolled)  # the inverse of the turn, on rows
    assert np.abs(made.astype(float) - colour(own)).max() < CLOSE


@pytest.mark.slow
@pytest.mark.parametrize(
    ("pose", "own", "seen"),
    [
        (Pose(yaw_deg=90.0), (60.0, 20.0), (150.0, 20.0)),
        (Pose(pitch_deg=30.0), (0.0, 0.0), (0.0, 30.0)),
        (Pose(roll_deg=30.0), (-90.0, 0.0), (-90.0, 30.0)),
        (UPRIGHT, (-179.0, 5.0), (-179.0, 5.0)),
    ],
)
def test_the_signs_of_a_pose(pose: Pose, own: tuple[float, float], seen: tuple[float, float]) -> None:
    near = sphere(512, 256) @ unit_vectors(*np.deg2rad(own)) > np.cos(np.deg2rad(6.0))
    picture = np.where(near, 255, 0).astype(np.uint8)[..., None].repeat(3, axis=-1)
    made = PanoramaMap(Section(), 512, 256, 512, pose).panorama(picture)[..., 0].astype(float)
    weights = made * np.cos(np.pi * ((np.arange(256) + 0.5) / 256 - 0.5))[:, None]
    centre = (sphere(512, 256) * weights[..., None]).sum((0, 1))
    assert centre / np.linalg.norm(centre) @ unit_vectors(*np.deg2rad(seen)) > np.cos(np.deg2rad(0.5))


def test_a_flat_film_lies_in_front_and_nowhere_else() -> None:
    flat = np.full((90, 160, 3), 255, np.uint8)
    seen = PanoramaMap(Flat(90.0, 160 / 90), 160, 90, 512).panorama(flat)[..., 0] > 0
    azimuth, elevation = equirectangular_to_direction(np.arange(512), np.arange(256), 512, 256)
    assert np.rad2deg(azimuth[seen.any(0)]).max() == pytest.approx(45.0, abs=0.75)
    assert np.rad2deg(azimuth[seen.any(0)]).min() == pytest.approx(-45.0, abs=0.75)
    # 45 pixels at the distance of 80: the arc tangent of 0.5625.
    assert np.rad2deg(elevation[seen[:, 256]]).max() == pytest.approx(29.4, abs=0.75)


def test_oblong_pixels_make_no_oval_circles() -> None:
    circles = picture_of(fisheyes(200, 190.0)).astype(int)
    stored = np.ascontiguousarray((circles[::2] + circles[1::2]) // 2).astype(np.uint8)
    made = PanoramaMap(DualFisheye(190.0, 2.0), 400, 100, PANORAMA_PX).panorama(stored)
    assert np.abs(made.astype(float) - colour(sphere(PANORAMA_PX, PANORAMA_PX // 2))).max() < CLOSE


def test_a_narrow_fisheye_leaves_a_gap_that_is_black() -> None:
    made = PanoramaMap(DualFisheye(160.0), 400, 200, PANORAMA_PX).panorama(np.full((200, 400, 3), 255, np.uint8))
    assert not made[64, [64, 192]].any()  # 90 degrees from both lenses
    assert made[64, [0, 128]].all()


@pytest.mark.parametrize(
    ("placement", "size", "width"),
    [
        (Section(), (3840, 1920), 3840),
        (Section(HALF), (1024, 1024), 2048),
        (CubeMap(), (1536, 1024), 2048),
        (DualFisheye(180.0), (2000, 1000), 2000),
        (Section(), (16384, 8192), WIDEST_PX),
        (Section(), (16, 16), 32),
    ],
)
def test_a_panorama_is_as_wide_as_the_film_has_detail(placement: Placement, size: tuple[int, int], width: int) -> None:
    assert panorama_width(placement, *size) == width
    assert panorama_width(placement, *size, max_width=24) == 24


def test_what_is_much_finer_than_the_panorama_is_averaged_first() -> None:
    assert reduction(Section(), 3840, 1920, 3840) == (1.0, 1.0)
    assert reduction(Section(), 3840, 1920, 960) == (4.0, 4.0)
    assert reduction(CubeMap(), 1536, 1024, 1024) == (2.0, 2.0)
