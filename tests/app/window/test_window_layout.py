"""The window: every control can be named, reached and seen, at every size."""

import re
from pathlib import Path

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLineEdit

from engine.contract.scene.edits.blocks import add_generated
from engine.contract.scene.edits.lanes import add_lane
from engine.contract.scene.recipe import Recipe
from tests.app.fake_session import FILM
from tests.app.window.controls import controls
from widgets.parts.describe import SHORTCUT_PROPERTY
from widgets.parts.tab_rows import TabRows
from widgets.timeline.gestures.requests import EditRequest


def test_every_control_has_a_name_a_tooltip_and_a_key(app):
    found = controls(app.window)
    assert len(found) >= 14
    for control in found:
        assert control.accessibleName(), control
        assert control.toolTip(), control
        has_action = getattr(control, "defaultAction", lambda: None)() is not None
        if app.window.timeline.isAncestorOf(control) or has_action or isinstance(control.parent(), TabRows):
            assert re.search(r"\(\S+.*\)$", control.toolTip()), control  # the key of its action
            continue
        assert control.property(SHORTCUT_PROPERTY), control
        assert control.property(SHORTCUT_PROPERTY) in control.toolTip(), control


@pytest.mark.slow
def test_every_menu_entry_has_a_key_and_a_tip(app):
    for menu_action in app.window.menuBar().actions():
        for action in menu_action.menu().actions():
            if not action.isSeparator() and action.menu() is None:
                assert not action.shortcut().isEmpty(), action.text()
                assert action.toolTip(), action.text()


@pytest.mark.slow
def test_every_menu_entry_does_something(app):
    for action in app.window.findChildren(QAction):
        if not action.shortcut().isEmpty():
            assert action.receivers("2triggered(bool)") >= 1, action.text()


@pytest.mark.slow
@pytest.mark.parametrize("size", [(1280, 800), (1920, 1080), (1100, 680)])
def test_nothing_is_clipped(app, qtbot, size):
    app.bridge.start()
    app.bridge.open_film(FILM)
    app.window.resize(*size)
    with qtbot.waitExposed(app.window):
        app.window.show()
    assert (app.window.width(), app.window.height()) == size
    for control in controls(app.window):
        if control.isVisible():
            assert control.width() >= control.minimumSizeHint().width(), control.accessibleName()
            assert control.height() >= control.minimumSizeHint().height(), control.accessibleName()


@pytest.mark.slow
@pytest.mark.parametrize("size", [(1024, 700), (1280, 800)])
def test_every_tab_of_the_panels_is_seen_and_whole(active, qtbot, size):
    active.resize(*size)
    qtbot.waitUntil(lambda: active.width() == size[0])
    titles = []
    for tab in active.findChildren(TabRows):
        titles += [each.text() for each in tab.tabs]
        for each in tab.tabs:
            assert each.visibleRegion().boundingRect() == each.rect(), each.text()
            assert each.width() >= each.sizeHint().width(), each.text()
    assert {"Takes", "Direction", "Levels", "Places", "Sounds", "Library", "Timeline", "Path"} <= set(titles)


@pytest.mark.slow
@pytest.mark.parametrize("size", [(1024, 700), (960, 540)])
def test_a_small_screen_shows_every_part(active, app, qtbot, size):
    app.bridge.open_film(Path("/films/a film with a rather long name, taken on the beach.mp4"))
    active.resize(*size)
    assert (active.width(), active.height()) == size
    assert active.minimumSizeHint().width() <= 960
    assert active.minimumSizeHint().height() <= 500  # 540 less a title bar
    for part in (active.film_bar, active.stage, active.transport, active.prompt, active.timeline.area):
        place = part.rect().translated(part.mapTo(active, part.rect().topLeft()))
        assert active.rect().contains(place), part


@pytest.mark.slow
def test_the_name_of_the_film_comes_before_its_facts(active, app, qtbot):
    app.bridge.open_film(Path("/films/valiant_overpass.mp4"))
    active.resize(1024, 700)
    qtbot.waitUntil(lambda: active.film_bar.title.text() == "valiant_overpass.mp4")


def test_the_usual_size_fits_the_screen(active):
    active.take_usual_size()
    room = active.screen().availableSize()
    assert active.width() <= max(room.width(), active.minimumSizeHint().width())
    assert active.height() <= max(room.height(), active.minimumSizeHint().height())


@pytest.mark.slow
@pytest.mark.parametrize("size", [(960, 540), (1024, 700)])
def test_the_usual_number_of_steps_is_seen_whole(active, app, qtbot, size):
    app.context.editor.make(EditRequest(lambda scene: add_lane(scene, "Rain")))
    app.context.editor.make(EditRequest(lambda scene: add_generated(scene, 1, Recipe.of("rain"), 0, 48_000)))
    app.context.selected.choose_block(2)
    active.resize(*size)
    qtbot.waitUntil(lambda: active.width() == size[0])
    field = active.block.steps
    assert field.text() == "usual"
    text = field.findChild(QLineEdit)
    assert text.contentsRect().width() >= text.fontMetrics().horizontalAdvance("usual") + 4  # its cursor and edges
