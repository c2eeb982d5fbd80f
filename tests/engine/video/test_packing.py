"""Guesses: by the shape as it is shown, by bars and by halves that are alike; and every unusual one is told."""

import numpy as np
import pytest

from engine.contract.video import Area, Bounds, Projection, StereoLayout
from engine.video.facts.evidence import area_within_bars, likeness_of_halves
from engine.video.facts.packing import Shape, packing_of
from engine.video.facts.said import NOTHING_SAID, Said

RANDOM = np.random.default_rng(0)
MONO, TOP_BOTTOM, LEFT_RIGHT = StereoLayout.MONO, StereoLayout.TOP_BOTTOM, StereoLayout.LEFT_RIGHT


def scene(width: int, height: int) -> np.ndarray:
    """A picture with something everywhere, nowhere black."""
    coarse = RANDOM.uniform(60, 250, (9, 17))
    rows, columns = np.linspace(0, 8, height).astype(int), np.linspace(0, 16, width).astype(int)
    return coarse[rows][:, columns].astype(np.uint8)


def guessed(picture: np.ndarray, pixel_aspect: float = 1.0, said: Said = NOTHING_SAID):
    height, width = picture.shape
    return packing_of(said, Shape(width, height, pixel_aspect), None, None, lambda: [picture])


def pair(eye: np.ndarray, axis: int) -> np.ndarray:
    return np.concatenate([eye, np.roll(eye, 2, axis=1)], axis=axis)


def test_what_is_usual_is_taken_without_a_word() -> None:
    for width, height in ((512, 256), (640, 322), (474, 256)):
        packing = guessed(scene(width, height))
        assert (packing.layout, packing.projection, packing.notices) == (MONO, Projection.EQUIRECTANGULAR, ())


@pytest.mark.parametrize(("width", "height"), [(640, 480), (640, 360), (720, 576), (1280, 544), (360, 640)])
def test_a_flat_film_gets_a_word(width: int, height: int) -> None:
    packing = guessed(scene(width, height))
    assert packing.layout is MONO
    assert packing.projection_source == "guess"
    assert "does not look like a 360-degree film" in packing.notices[0]


def test_two_eyes_are_seen_in_the_pictures() -> None:
    assert guessed(pair(scene(256, 128), 0)).layout is TOP_BOTTOM
    assert guessed(pair(scene(256, 72), 0)).layout is TOP_BOTTOM
    assert guessed(pair(scene(256, 128), 1)).layout is LEFT_RIGHT
    assert guessed(scene(256, 256)).layout is MONO
    assert "two eyes" in guessed(pair(scene(256, 128), 0)).notices[0]


def test_the_shape_that_counts_is_the_one_that_is_shown() -> None:
    packing = guessed(pair(scene(640, 180), 0), pixel_aspect=9 / 16)
    assert (packing.layout, packing.layout_source) == (TOP_BOTTOM, "guess")
    assert guessed(scene(256, 256), pixel_aspect=2.0).notices == ()


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
    assert likeness_of_halves([np.full((64, 64), 90, np.uint8)], side_by_side=False) is None
    assert likeness_of_halves([pair(scene(64, 32), 0)], side_by_side=False) > 0.9
    assert likeness_of_halves([scene(64, 64)], side_by_side=False) < 0.7


def test_square_eyes_side_by_side_are_half_spheres() -> None:
    packing = packing_of(NOTHING_SAID, Shape(512, 256, 1.0), LEFT_RIGHT, None, list)
    assert packing.bounds == Bounds(90.0, -90.0, 90.0, -90.0)
    assert "180 degrees" in packing.notices[0]
    said = Said(LEFT_RIGHT, Projection.EQUIRECTANGULAR)
    assert packing_of(said, Shape(512, 256, 1.0), None, None, list).bounds.is_whole
