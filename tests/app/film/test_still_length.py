"""A still panorama as a film: its length is chosen in the film bar, with undo, and kept in the project."""

from pathlib import Path

import pytest

from app.project.media import scene_film
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import InvalidInputError, SceneError
from engine.contract.scene.edits.whole import set_film, set_still_length
from engine.contract.scene.scene import Scene
from engine.contract.video import FilmChoice
from engine.project.project_file import read_project, write_project
from tests.app.fake_session import FILM, fake_look
from widgets.film.film_reading import SHORTEST_STILL_S

STILL = Path("/films/square.png")


def opened(app, qtbot, path: Path, then=lambda: None):
    with qtbot.waitExposed(app.window):
        app.window.show()
    app.bridge.start()
    app.wiring.opening.open(path, then=then)
    qtbot.waitUntil(lambda: app.context.editor.project.scene.film is not None, timeout=3000)
    return app


def lengths(app) -> tuple[float, float, float]:
    """Return the length that the scene, the engine and the film bar have."""
    scene, box = app.context.editor.project.scene, app.window.film_bar.reading.still
    return scene.length_samples / SAMPLE_RATE_HZ, app.bridge.film.duration_s, box.value()


@pytest.mark.slow
def test_another_length_is_an_edit_that_undo_takes_back(app, session, qtbot):
    opened(app, qtbot, STILL)
    reading = app.window.film_bar.reading
    assert reading.still.isVisible()
    assert lengths(app) == (60.0, 60.0, 60.0)
    reading.still.setValue(25.5)
    assert lengths(app) == (25.5, 25.5, 25.5)
    assert ("open_film", STILL, FilmChoice(still_s=25.5)) in session.calls
    qtbot.wait(300)  # the content of the file is read again, and changes nothing
    assert app.context.editor.undo_name == "Set length of the still"
    app.context.editor.undo()
    assert lengths(app) == (60.0, 60.0, 60.0)
    qtbot.wait(300)
    app.context.editor.redo()
    assert lengths(app) == (25.5, 25.5, 25.5)
    assert "0:25" in app.window.film_bar.facts.toolTip()


@pytest.mark.slow
def test_quick_steps_are_one_step_of_undo_and_playback_continues(app, session, qtbot):
    opened(app, qtbot, STILL, then=app.bridge.play)
    qtbot.waitUntil(lambda: app.bridge.playing, timeout=3000)
    session.position_s = 12.0
    for seconds in (61.0, 62.0, 63.0):
        app.window.film_bar.reading.still.setValue(seconds)
    assert session.calls[-2:] == [("seek", 12.0), ("play",)]
    app.context.editor.undo()
    assert lengths(app) == (60.0, 60.0, 60.0)
    assert app.context.editor.undo_name == ""


@pytest.mark.slow
def test_a_film_has_its_own_length(app, qtbot):
    opened(app, qtbot, FILM)
    assert not app.window.film_bar.reading.still.isVisible()
    told = []
    app.context.editor.noticed.connect(told.append)
    app.window.film_bar.still_wanted.emit(30.0)
    assert [notice.message for notice in told] == [
        "Only a still panorama has a length that can be chosen: a film has its own."
    ]
    assert lengths(app)[:2] == (40.0, 40.0)


def test_the_project_keeps_the_length(tmp_path):
    scene = set_film(Scene(), scene_film(fake_look(STILL, FilmChoice()))).scene
    longer = set_still_length(scene, 90 * SAMPLE_RATE_HZ).scene
    write_project(tmp_path / "still.swan", longer)
    read = read_project(tmp_path / "still.swan").scene
    assert (read.length_samples, read.film.length_samples, read.film.choice.still_s) == (4_320_000, 4_320_000, 90.0)


@pytest.mark.parametrize("seconds", [0.0, -5.0, 86_401.0, float("nan"), float("inf")])
def test_a_still_lasts_up_to_a_day(seconds):
    with pytest.raises(InvalidInputError, match="choose more than 0 s and at most 24 hours"):
        FilmChoice(still_s=seconds)


def test_the_scene_refuses_lengths_that_are_none():
    scene = set_film(Scene(), scene_film(fake_look(STILL, FilmChoice()))).scene
    for samples in (0, 86_401 * SAMPLE_RATE_HZ):
        with pytest.raises(SceneError, match="The length of the still panorama is not between"):
            set_still_length(scene, samples)
    assert SHORTEST_STILL_S == 1.0
