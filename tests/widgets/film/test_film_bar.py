from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from engine.contract.video import FilmChoice, Projection, StereoLayout, VideoInfo
from widgets.film.film_bar import FilmBar


@pytest.fixture
def bar(qtbot):
    made = FilmBar()
    qtbot.addWidget(made)
    made.resize(900, 40)
    return made


def info(layout=StereoLayout.MONO, source="guess", path="/films/some where/beach.mp4", **known):
    return replace(VideoInfo(path, 3840, 1920, 29.97, 75.0, "h264", layout, source), **known)


def test_the_name_and_the_facts_are_shown(bar):
    bar.show_film(info())
    assert bar.title.toolTip() == "beach.mp4"
    assert "3840" in bar.facts.text()
    assert "1:15" in bar.facts.text()


def test_a_still_picture_has_no_rate(bar):
    bar.show_film(info(times="still"))
    assert "still, 1:15" in bar.facts.toolTip()
    assert "fps" not in bar.facts.toolTip()


def test_a_guess_is_called_a_guess(bar):
    bar.show_film(info(StereoLayout.TOP_BOTTOM))
    assert bar.reading.layouts.currentText() == "Top and bottom (guessed)"
    bar.show_film(info(StereoLayout.LEFT_RIGHT, "file", projection=Projection.CUBEMAP, projection_source="file"))
    assert bar.reading.layouts.currentText() == "Side by side (from the file)"
    assert bar.reading.projections.currentText() == "Cube map (from the file)"
    bar.show_film(info(StereoLayout.LEFT_RIGHT, "user"))
    assert bar.reading.layouts.currentText() == "Side by side"
    assert bar.reading.projections.currentText() == "Equirectangular (guessed)"


@pytest.mark.slow
@pytest.mark.parametrize("layout", StereoLayout)
@pytest.mark.parametrize("projection", Projection)
def test_every_way_of_reading_can_be_chosen(bar, qtbot, layout, projection):
    bar.show_film(info())
    for box, value in ((bar.reading.layouts, layout), (bar.reading.projections, projection)):
        box.setCurrentIndex(box.findData(value))
    with qtbot.waitSignal(bar.choice_made) as told:
        bar.reading.projections.activated.emit(bar.reading.projections.currentIndex())
    assert told.args[0] == FilmChoice(layout, projection)


@pytest.mark.slow
def test_the_choice_can_be_left_to_the_film_again(bar, qtbot):
    bar.show_film(info(StereoLayout.LEFT_RIGHT, "user", projection=Projection.EAC, projection_source="user"))
    bar.reading.layouts.setCurrentIndex(0)
    with qtbot.waitSignal(bar.choice_made) as told:
        bar.reading.layouts.activated.emit(0)
    assert told.args[0] == FilmChoice(None, Projection.EAC)


@pytest.mark.slow
def test_lenses_have_a_field_of_view(bar, qtbot):
    bar.show()
    bar.show_film(info())
    assert not bar.reading.fov.isVisible()
    bar.show_film(info(projection=Projection.FISHEYE, projection_source="user", fov_deg=200.0))
    assert bar.reading.fov.isVisible()
    assert bar.reading.fov.value() == 200.0
    with qtbot.waitSignal(bar.choice_made) as told:
        bar.reading.fov.setValue(205.0)
    assert told.args[0] == FilmChoice(None, Projection.FISHEYE, 205.0)


@pytest.mark.slow
def test_another_layout_keeps_the_field_of_view(bar, qtbot):
    bar.show_film(info(projection=Projection.FISHEYE, projection_source="user", fov_deg=200.0))
    bar.reading.layouts.setCurrentIndex(bar.reading.layouts.findData(StereoLayout.TOP_BOTTOM))
    with qtbot.waitSignal(bar.choice_made) as told:
        bar.reading.layouts.activated.emit(bar.reading.layouts.currentIndex())
    assert told.args[0] == FilmChoice(StereoLayout.TOP_BOTTOM, Projection.FISHEYE, 200.0)
    bar.reading.projections.setCurrentIndex(bar.reading.projections.findData(Projection.EAC))
    with qtbot.waitSignal(bar.choice_made) as told:
        bar.reading.projections.activated.emit(bar.reading.projections.currentIndex())
    assert told.args[0] == FilmChoice(StereoLayout.TOP_BOTTOM, Projection.EAC)


@pytest.mark.slow
def test_what_is_shortened_is_whole_in_the_tooltip(bar):
    bar.show_film(info(StereoLayout.TOP_BOTTOM))
    assert bar.reading.layouts.toolTip().startswith("Top and bottom (guessed). ")
    assert bar.reading.layouts.accessibleDescription().startswith("Top and bottom (guessed). ")


@pytest.mark.slow
def test_a_list_is_reached_and_changed_by_keys(bar, qtbot):
    bar.show_film(info())
    bar.show()
    bar.reading.layouts.setFocus()
    with qtbot.waitSignal(bar.choice_made) as told:
        qtbot.keyClick(bar.reading.layouts, Qt.Key.Key_Down)
    assert told.args[0] == FilmChoice(StereoLayout.MONO, None)
    for control in (bar.reading.layouts, bar.reading.projections, bar.reading.fov):
        assert control.accessibleName()
        assert "Alt+" in control.toolTip()


@pytest.mark.slow
def test_showing_a_film_chooses_nothing(bar, qtbot):
    with qtbot.assertNotEmitted(bar.choice_made):
        bar.show_film(info(StereoLayout.TOP_BOTTOM, projection=Projection.FLAT))
        bar.show_film(None)
    assert not bar.reading.isEnabled()


@pytest.mark.slow
def test_a_long_name_is_shortened_in_the_middle(bar):
    bar.show_film(info(path="/x/" + "very_" * 60 + "long.mp4"))
    bar.resize(600, 40)
    bar.show()
    assert "…" in bar.title.text()
    assert bar.title.text().endswith("mp4")
