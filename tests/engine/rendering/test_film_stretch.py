"""A part of a film: from where, for how long, and a word if there is less."""

import pytest

from engine.contract.errors import InvalidInputError
from engine.contract.video import VideoInfo
from engine.rendering.stretch import film_stretch

FILM = VideoInfo("a.mp4", 4, 2, 25.0, 40.0)
STILL = VideoInfo("a.png", 4, 2, 25.0, 0.04, times="still")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("film", "start_s", "seconds", "from_s", "to_s"),
    [
        (FILM, 0.0, None, 0.0, 40.0),
        (FILM, 10.0, None, 10.0, 40.0),
        (FILM, 10.0, 5.0, 10.0, 15.0),
        (FILM, 0.0, 40.0, 0.0, 40.0),
        (STILL, 0.0, 7.0, 0.0, 7.0),
        (None, 0.0, None, 0.0, 10.0),
        (None, 5.0, 2.0, 5.0, 7.0),
    ],
)
def test_the_stretch_that_is_wanted(
    film: VideoInfo | None, start_s: float, seconds: float | None, from_s: float, to_s: float
) -> None:
    stretch = film_stretch(film, start_s, seconds)
    assert (stretch.start_s, stretch.end_s) == (from_s, to_s)
    assert stretch.remark == ""


def test_less_than_was_wanted_is_said() -> None:
    stretch = film_stretch(FILM, 30.0, 60.0)
    assert (stretch.start_s, stretch.end_s) == (30.0, 40.0)
    assert "ends at 40.0 s" in stretch.remark
    assert "10.0 s long, not 60 s" in stretch.remark


def test_a_start_after_the_end_is_told() -> None:
    with pytest.raises(InvalidInputError, match=r"ends at 40\.0 s"):
        film_stretch(FILM, 40.0, None)
