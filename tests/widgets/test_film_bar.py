import pytest

from engine.contract.video import StereoLayout, VideoInfo
from widgets.film_bar import FilmBar


@pytest.fixture
def bar(qtbot):
    made = FilmBar()
    qtbot.addWidget(made)
    made.resize(900, 40)
    return made


def info(layout=StereoLayout.MONO, guess=True, path="/films/some where/beach.mp4"):
    return VideoInfo(path, 3840, 1920, 29.97, 75.0, "h264", layout, "guess" if guess else "file")


def test_the_name_and_the_facts_are_shown(bar):
    bar.show_film(info())
    assert bar.title.toolTip() == "beach.mp4"
    assert "3840" in bar.facts.text()
    assert "1:15" in bar.facts.text()


def test_a_guess_is_called_a_guess(bar):
    bar.show_film(info())
    assert "guessed" in bar.layout_label.text()
    bar.show_film(info(guess=False))
    assert "guessed" not in bar.layout_label.text()


def test_the_layout_can_be_overridden(bar, qtbot):
    bar.show_film(info(StereoLayout.TOP_BOTTOM))
    assert bar.layouts.currentIndex() == 1
    with qtbot.waitSignal(bar.layout_chosen) as told:
        bar.layouts.activated.emit(0)
    assert told.args[0] is StereoLayout.MONO


def test_showing_a_film_does_not_choose_a_layout(bar, qtbot):
    with qtbot.assertNotEmitted(bar.layout_chosen):
        bar.show_film(info(StereoLayout.TOP_BOTTOM))
        bar.show_film(None)
    assert not bar.layouts.isEnabled()


def test_a_long_name_is_shortened_in_the_middle(bar):
    bar.show_film(info(path="/x/" + "very_" * 60 + "long.mp4"))
    bar.resize(600, 40)
    bar.show()
    assert "…" in bar.title.text()
    assert bar.title.text().endswith("mp4")
