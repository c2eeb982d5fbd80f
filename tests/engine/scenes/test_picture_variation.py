"""Varied pictures never look the same twice, and leave a thing where its sound is."""

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from engine.contract.directions import direction_to_equirectangular
from engine.scenes.composer import SceneSource
from engine.scenes.picture_variation import varied_background, varied_film, varied_shape
from engine.scenes.pictures import PictureBank, render_frames

AZIMUTHS = (-150.0, -60.0, 0.0, 90.0, 170.0)


def stripes(seed: int) -> NDArray[np.uint8]:
    """Return a panorama (128, 256, 3) of soft colours."""
    small = np.random.default_rng(seed).integers(60, 120, (4, 8, 3), np.uint8)
    return np.asarray(Image.fromarray(small).resize((256, 128)))


def ball() -> NDArray[np.uint8]:
    """Return a white ball (12, 12, 4) on nothing."""
    rows, columns = np.mgrid[:12, :12] - 5.5
    shape = np.full((12, 12, 4), 255, np.uint8)
    shape[..., 3] = 255 * (np.hypot(rows, columns) < 6)
    return shape


@pytest.mark.parametrize("azimuth_deg", AZIMUTHS)
def test_a_thing_stays_where_its_sound_is(azimuth_deg: float) -> None:
    bank = PictureBank((stripes(0), stripes(1)), {"": (ball(),)})
    azimuth = np.deg2rad(azimuth_deg)
    path = np.repeat(np.array([[np.cos(azimuth), np.sin(azimuth), 0.0]]), 50, axis=0)
    wanted, _ = direction_to_equirectangular(azimuth, 0.0, 256, 128)
    empty = PictureBank(bank.panoramas, {"": (np.zeros((12, 12, 4), np.uint8),)})
    for seed in range(6):
        # The same draws without the thing: what differs is the thing.
        with_it, without = (
            render_frames(b, [SceneSource("dog", "dog", path)], 50, np.random.default_rng(seed), varied=True)[0]
            for b in (bank, empty)
        )
        change = np.abs(with_it.astype(float) - without).sum((0, 2))
        turns = np.exp(2j * np.pi * np.arange(256) / 256)
        column = np.angle((change * turns).sum()) / (2 * np.pi) * 256
        assert abs((column - float(wanted) + 128) % 256 - 128) < 3


def test_the_same_background_never_comes_twice_and_the_same_draws_are_the_same() -> None:
    panoramas = [stripes(0), stripes(1)]
    made = [varied_background(panoramas, np.random.default_rng(seed)) for seed in range(12)]
    assert all(not np.array_equal(a, b) for i, a in enumerate(made) for b in made[:i])
    assert np.array_equal(made[3], varied_background(panoramas, np.random.default_rng(3)))
    assert {m.shape for m in made} == {(128, 256, 3)}


def test_two_panoramas_side_by_side_fade_into_each_other() -> None:
    dark, light = (np.full((128, 256, 3), v, np.uint8) for v in (0, 240))
    spliced = [varied_background([dark, light], np.random.default_rng(seed)) for seed in range(40)]
    both = [s for s in spliced if np.ptp(s)]
    assert len(both) >= 5
    for picture in both:
        row = picture[0, :, 0].astype(int)
        assert np.abs(np.diff(np.append(row, row[0]))).max() <= 240 / 24 + 1


def test_all_frames_of_a_film_are_changed_alike() -> None:
    frames = np.stack([stripes(0)] * 3)
    film = varied_film(frames, np.random.default_rng(5))
    assert np.array_equal(film[0], film[2])
    assert not np.array_equal(film[0], frames[0])


def test_a_cut_out_keeps_its_middle_and_its_outline() -> None:
    shape = Image.fromarray(ball())
    for seed in range(5):
        varied = np.asarray(varied_shape(shape, np.random.default_rng(seed)))
        rows, columns = np.nonzero(varied[..., 3] > 128)
        assert rows.mean() == pytest.approx((varied.shape[0] - 1) / 2, abs=0.6)
        assert columns.mean() == pytest.approx((varied.shape[1] - 1) / 2, abs=0.6)
        assert len(rows) == pytest.approx(np.pi * 36, rel=0.15)
