from dataclasses import replace

import numpy as np
import pytest

from engine.contract.video import Bounds, Pose, Projection, StereoLayout, VideoInfo
from engine.runtime.film.decoding import EYE_WIDTH
from engine.runtime.film.for_model import PicturesForModel
from engine.runtime.shared.epochs import after_seek, first_epoch, next_iteration
from engine.runtime.shared.state import SharedState

TAKE = after_seek(first_epoch())


class Picture:
    def __init__(self, from_s, until_s):
        self.from_s, self.until_s, self.made = from_s, until_s, 0

    def for_model(self):
        self.made += 1
        return np.full((128, 256, 3), 50, np.uint8)


@pytest.fixture
def state():
    made = SharedState()
    yield made
    made.close()


def film(width, height, fps=30.0, **known):
    return replace(VideoInfo("film.mp4", width, height, fps, 60.0), **known)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("info", "is_served"),
    [
        (film(1280, 640), True),
        (film(1280, 640, 60.0), True),
        (film(2048, 1024), True),
        (film(3840, 1920), True),
        (film(7680, 3840), True),
        (film(3840, 1920, 60.0), False),
        (film(3840, 3840, layout=StereoLayout.TOP_BOTTOM), False),
        (film(1920, 1920, 25.0, layout=StereoLayout.TOP_BOTTOM), False),
        (film(3840, 1920, 25.0, layout=StereoLayout.LEFT_RIGHT), False),
        (film(3840, 1920, projection=Projection.EAC), False),
        (film(3840, 1920, bounds=Bounds(90.0, -90.0)), False),
        (film(3840, 1920, pose=Pose(yaw_deg=10.0)), False),
        (film(7680, 3840, times="still"), True),
        (film(1280, 640, 100_000.0), False),
    ],
)
def test_films_are_served_whose_pictures_between_ear_and_model_fit(board, state, reader, info, is_served):
    model = PicturesForModel(board, state, buffer_s=0.75, latency_s=0.06)
    assert model.begin(info, 3, EYE_WIDTH) is is_served
    assert reader.is_served(3) is is_served


def test_nothing_fits_into_no_memory(board, state, reader):
    model = PicturesForModel(board, state, 0.75, 0.06, most_bytes=0)
    assert not model.begin(film(256, 128), 1, EYE_WIDTH)
    assert not reader.is_served(1)


def test_only_pictures_at_which_the_model_looks_are_made(board, state, reader):
    model = PicturesForModel(board, state, 0.75, 0.06)
    pictures = [Picture(number / 25, (number + 1) / 25) for number in range(26)]
    for picture in pictures:
        model.show(1, picture)
    assert [number for number, picture in enumerate(pictures) if picture.made] == [0, 6, 12, 18, 25]
    assert reader.newest(1, 0, 3).last == 3


def test_where_the_model_goes_on_counts_laps(board, state):
    model = PicturesForModel(board, state, 0.75, 0.06)
    state.want_take(TAKE, 96_000)
    assert model.reached == (TAKE, 2.0)
    state.publish_produced(TAKE, 144_000)
    assert model.reached == (TAKE, 3.0)
    state.publish_produced(next_iteration(TAKE), 24_000)
    assert model.reached == (next_iteration(TAKE), 0.5)
    state.want_take(after_seek(TAKE), 480_000)
    assert model.reached == (after_seek(TAKE), 10.0)
