"""A film is looked at in a child: it may crash, hang or be given up, and the window lives."""

import os
import signal
import time
from pathlib import Path

import av
import numpy as np
import pytest

from app.film.look import look_at_film
from engine.contract.errors import CancelledError, MediaError
from engine.contract.video import NO_CHOICE, FilmChoice, StereoLayout


def crash(_path, _choice, _answers) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def hang(_path, _choice, _answers) -> None:
    time.sleep(60)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "film.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 32, "yuv420p"
        for _ in range(5):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((32, 64, 3), np.uint8), format="rgb24")))
        container.mux(stream.encode())
    return path


@pytest.mark.slow
def test_a_film_and_what_is_none(film: Path) -> None:
    info = look_at_film(film, FilmChoice(StereoLayout.TOP_BOTTOM), lambda: False)
    assert (info.width, info.layout, info.layout_source) == (64, StereoLayout.TOP_BOTTOM, "user")
    film.write_text("no film")
    with pytest.raises(MediaError, match=r"film\.mp4 is not a video"):
        look_at_film(film, NO_CHOICE, lambda: False)


@pytest.mark.slow
def test_a_crash_is_a_sentence(film: Path) -> None:
    with pytest.raises(MediaError, match=r"film\.mp4 is too damaged"):
        look_at_film(film, NO_CHOICE, lambda: False, child=crash)


def test_patience_ends_and_the_user_can_cancel(film: Path) -> None:
    with pytest.raises(MediaError, match=r"within 0\.3 s"):
        look_at_film(film, NO_CHOICE, lambda: False, 0.3, child=hang)
    began = time.monotonic()
    with pytest.raises(CancelledError):
        look_at_film(film, NO_CHOICE, lambda: True, child=hang)
    assert time.monotonic() - began < 2.0
