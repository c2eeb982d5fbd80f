"""Guesses: by the shape as it is shown, by bars and by halves that are alike; and every unusual one is told."""

import numpy as np
import pytest

from engine.contract.video import Area, Bounds, Projection, StereoLayout
from engine.video.facts.evidence import are_halves_alike, area_within_bars, edges_meet
from engine.video.facts.metadata import NO_METADATA, SphereMetadata
from engine.video.facts.packing import Shape, packing_of

RANDOM = np.random.default_rng(0)
MONO, TOP_BOTTOM, LEFT_RIGHT = StereoLayout.MONO, StereoLayout.TOP_BOTTOM, StereoLayout.LEFT_RIGHT


def scene(width: int, height: int) -> np.ndarray:
    """A picture with something everywhere, nowhere black."""
    coarse = RANDOM.uniform(60, 250, (9, 17))
    rows, columns = np.linspace(0, 8, height).astype(int), np.linspace(0, 16, width).astype(int)
    return coarse[rows][:, columns].astype(np.uint8)


def panorama(width: int, height: int) -> np.ndarray:
    """A scene whose edges meet."""
    picture = scene(width, height)
    quarter = width // 4
    picture[:, -quarter:] = picture[:, :quarter][:, ::-1]
    return picture


def guessed(picture: np.ndarray, pixel_aspect: float = 1.0, metadata: SphereMetadata = NO_METADATA):
    height, width = picture.shape
    return packing_of(metadata, Shape(width, height, pixel_aspect), None, None, lambda several: [picture])


def pair(eye: np.ndarray, axis: int) -> np.ndarray:
    return np.concatenate([eye, np.roll(eye, 2, axis=1)], axis=axis)


def test_what_is_usual_is_taken_without_a_word() -> None:
    for width, height in ((512, 256), (640, 322), (474, 256)):
        packing = guessed(panorama(width, height))
        assert (packing.layout, packing.projection, packing.notices) == (MONO, Projection.EQUIRECTANGULAR, ())


@pytest.mark.parametrize(("width", "height"), [(640, 480), (640, 360), (720, 576), (1280, 544), (360, 640)])
def test_a_flat_film_gets_a_word(width: int, height: int) -> None:
    packing = guessed(scene(width, height))
    assert packing.layout is MONO
    assert packing.projection_source == "guess"
    assert "does not look like a 360-degree film" in packing.notices[0]


def test_two_eyes_are_seen_in_the_pictures() -> None:
    assert guessed(pair(scene(256, 128), 0)).layout is TOP_BOTTOM
    assert guessed(pair(panorama(256, 72), 0)).layout is TOP_BOTTOM
    slope = np.tile(np.linspace(20, 240, 256), (72, 1)).astype(np.uint8)
    assert guessed(np.concatenate([slope, slope])).layout is MONO
    assert guessed(pair(scene(256, 128), 1)).layout is LEFT_RIGHT
    assert guessed(scene(256, 256)).layout is MONO
    assert "two eyes" in guessed(pair(scene(256, 128), 0)).notices[0]


def test_the_shape_that_counts_is_the_one_that_is_shown() -> None:
    packing = guessed(pair(scene(640, 180), 0), pixel_aspect=9 / 16)
    assert (packing.layout, packing.layout_source) == (TOP_BOTTOM, "guess")
    assert guessed(panorama(256, 256), pixel_aspect=2.0).notices == ()


def test_bars_are_cut_off_and_told() -> None:
    picture = np.full((360, 640), 4, np.uint8)
    picture[20:340] = scene(640, 320)
    packing = guessed(picture)
    assert (packing.active, packing.layout) == (Area(0, 20, 640, 320), MONO)
    assert "black bars" in packing.notices[0]
    picture = np.full((320, 800), 4, np.uint8)
    picture[:, 80:720] = scene(640, 320)
    assert guessed(picture).active == Area(80, 0, 640, 320)


def test_what_is_dark_at_one_edge_is_no_bar() -> None:
    picture = scene(640, 360)
    picture[:20] = 0
    assert area_within_bars([picture], 2.0) is None
    night = scene(640, 360)
    night[:60], night[300:] = 0, 0
    assert area_within_bars([night], 2.0) is None
    bars = np.zeros((360, 640), np.uint8)
    bars[20:340] = scene(640, 320)
    assert area_within_bars([bars, scene(640, 360)], 2.0) is None
    assert area_within_bars([np.zeros((360, 640), np.uint8)], 2.0) is None


def test_halves_that_show_nothing_say_nothing() -> None:
    assert are_halves_alike([np.full((64, 64), 90, np.uint8)], side_by_side=False) is None
    ground_and_sky = np.repeat([[200], [90], [200], [90]], 64, axis=1).repeat(16, axis=0).astype(np.uint8)
    assert are_halves_alike([ground_and_sky], side_by_side=False) is None
    assert are_halves_alike([pair(scene(64, 32), 0)], side_by_side=False) is True
    assert are_halves_alike([scene(64, 64)], side_by_side=False) is False


def test_one_thing_that_only_one_half_shows_is_enough() -> None:
    eye = scene(256, 128)
    other = eye.copy()
    other[30:70, 100:160] = 0
    assert are_halves_alike([np.concatenate([eye, other])], side_by_side=False) is False


def test_edges_that_do_not_meet_get_a_word() -> None:
    assert edges_meet(panorama(512, 256))
    flat = np.tile(np.linspace(20, 240, 512).astype(np.uint8), (256, 1))
    assert "edges do not meet" in guessed(flat).notices[0]
    assert guessed(flat, metadata=SphereMetadata(None, Projection.EQUIRECTANGULAR)).notices == ()


def test_two_square_eyes_without_a_word_of_the_file_get_one_here() -> None:
    packing = guessed(pair(scene(256, 256), 1))
    assert packing.layout is MONO
    assert "180 degrees for two eyes" in packing.notices[0]


def test_square_eyes_side_by_side_are_half_spheres() -> None:
    packing = packing_of(NO_METADATA, Shape(512, 256, 1.0), LEFT_RIGHT, None, lambda several: [])
    assert packing.bounds == Bounds(90.0, -90.0, 90.0, -90.0)
    assert "180 degrees" in packing.notices[0]
    equi = packing_of(NO_METADATA, Shape(512, 256, 1.0), LEFT_RIGHT, Projection.EQUIRECTANGULAR, lambda several: [])
    assert (equi.bounds, equi.projection_source) == (packing.bounds, "user")
    metadata = SphereMetadata(LEFT_RIGHT, Projection.EQUIRECTANGULAR)
    assert packing_of(metadata, Shape(512, 256, 1.0), None, None, lambda several: []).bounds.is_whole
