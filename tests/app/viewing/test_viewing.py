"""Full screen, hidden panels, and sizes that are remembered."""

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from app.bootstrap import AppOptions, build
from app.viewing.panel_layout import PanelLayout
from tests.app.fake_panorama import FakePanorama
from tests.app.fake_session import FakeSession, fake_look
from widgets.film.full_screen_bar import FullScreenBar


@pytest.fixture
def layout(app) -> PanelLayout:
    (found,) = app.window.findChildren(PanelLayout)
    return found


@pytest.fixture
def bar(layout) -> FullScreenBar:
    return layout.full_screen.bar


def move_pointer(widget) -> None:
    at = QPointF(20.0, 20.0)
    nothing = Qt.MouseButton.NoButton
    event = QMouseEvent(
        QMouseEvent.Type.MouseMove, at, widget.mapToGlobal(at), nothing, nothing, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(widget, event)


def test_full_screen_is_the_film_with_a_transport_and_esc_brings_the_window_back(active, bar, qtbot):
    window = active
    parts = (window.menuBar(), window.film_bar, window.side, window.below)
    qtbot.keyClick(window.panorama, Qt.Key.Key_F)
    assert window.isFullScreen()
    assert not any(part.isVisible() for part in parts)
    qtbot.waitUntil(lambda: window.stage.size() == window.size())
    assert bar.isVisible()
    assert bar.isAncestorOf(window.transport)
    qtbot.keyClick(window.panorama, Qt.Key.Key_Escape)
    assert not window.isFullScreen()
    assert all(part.isVisible() for part in parts)
    assert not bar.isVisible()
    assert window.below.isAncestorOf(window.transport)
    assert window.transport.isVisible()
    assert not window.menus.full_screen_action.isChecked()


def test_keys_go_on_working_in_full_screen(active, app, session, qtbot):
    window = active
    qtbot.keyClick(window.panorama, Qt.Key.Key_F11)
    session.calls.clear()
    qtbot.keyClick(window.panorama, Qt.Key.Key_Space)
    assert session.names() == ["play"]
    qtbot.keyClick(window.panorama, Qt.Key.Key_K)
    assert session.names()[-1] == "pause"
    before = window.output.volume.value()
    qtbot.keyClick(window.panorama, Qt.Key.Key_Down, Qt.KeyboardModifier.ControlModifier)
    assert window.output.volume.value() < before
    qtbot.keyClick(window.panorama, Qt.Key.Key_M)
    assert len(app.context.editor.project.scene.markers) == 1
    qtbot.keyClick(window.panorama, Qt.Key.Key_F11)
    assert not window.isFullScreen()


def test_the_transport_fades_when_the_pointer_rests_and_comes_back(active, bar, qtbot):
    bar._rest.setInterval(20)
    bar._fade.setDuration(20)
    active.menus.full_screen_action.trigger()
    qtbot.waitUntil(lambda: not bar.isVisible())
    assert active.stage.cursor().shape() is Qt.CursorShape.BlankCursor
    move_pointer(active.panorama)
    assert bar.isVisible()
    assert active.stage.cursor().shape() is not Qt.CursorShape.BlankCursor
    active.menus.full_screen_action.trigger()


def test_the_slider_seeks_and_follows(active, app, bar, session):
    active.menus.full_screen_action.trigger()
    app.bridge.position.emit(12.0)
    assert bar.position.value() == 120
    assert bar.time.text().startswith("0:12 /")
    session.calls.clear()
    bar.position.setValue(250)
    assert session.calls == [("seek", 25.0)]
    active.menus.full_screen_action.trigger()


def test_panels_are_hidden_shown_and_remembered(active, layout, app, qtbot, tmp_path):
    window = active
    layout.actions["side"].trigger()
    layout.actions["below"].trigger()
    assert not window.side.isVisible()
    assert not window.below.pages.isVisible()
    assert window.transport.isVisible()
    layout.actions["side"].trigger()
    window.splitters["width"].setSizes([500, 420])
    wide = window.side.width()
    app.close()
    options = AppOptions(settings_file=tmp_path / "settings.ini", recovery_dir=tmp_path / "later")
    again = build(options, FakePanorama, FakeSession, fake_look)
    qtbot.addWidget(again.window)
    again.window.resize(window.size())
    again.window.show()
    assert again.window.side.isVisible()
    assert abs(again.window.side.width() - wide) <= 2
    assert not again.window.below.pages.isVisible()
    again.window.focus_timeline()
    assert again.window.below.pages.isVisible()
    assert next(iter(again.window.findChildren(PanelLayout))).actions["below"].isChecked()
    again.close()


def test_closing_in_full_screen_keeps_the_usual_window(active, app):
    active.menus.full_screen_action.trigger()
    app.close()
    assert not active.isFullScreen()
    assert app.settings.hidden_panels == []
