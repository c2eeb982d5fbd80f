import threading
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QAction, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QPushButton,
    QScrollBar,
    QWidget,
)

from app.window.shortcut_list import shortcut_rows, show_shortcuts
from engine.contract.control import DirectionPath
from engine.contract.directions import Direction
from engine.contract.errors import CancelledError, MediaError
from engine.contract.telemetry import EngineFailure, EngineMetrics, EngineNotice, EngineState, OutputDevice, PromptHeard
from engine.contract.video import NO_CHOICE, FilmChoice, Projection, StereoLayout, VideoFrame
from engine.contract.view import ViewOrientation
from tests.app.fake_session import fake_look, levels_at
from widgets.parts.describe import SHORTCUT_PROPERTY

FILM = Path("/films/beach.mp4")
CONTROLS = (QAbstractButton, QAbstractSlider, QAbstractSpinBox, QComboBox, QLineEdit)


def controls(window: QWidget) -> list[QWidget]:
    """Everything that a person can press, drag or type in, without the inner parts of Qt's own controls."""
    inner = (QComboBox, QAbstractSpinBox, QLineEdit)
    return [
        widget
        for widget in window.findChildren(QWidget)
        if isinstance(widget, CONTROLS)
        and not isinstance(widget, QScrollBar)
        and not isinstance(widget.parent(), inner)
        and not widget.objectName().startswith("qt_")
    ]


def drop(window, *urls: QUrl) -> bool:
    data = QMimeData()
    data.setUrls(list(urls))
    where, buttons = QPointF(100, 100), Qt.MouseButton.LeftButton
    enter = QDragEnterEvent(where.toPoint(), Qt.DropAction.CopyAction, data, buttons, Qt.KeyboardModifier.NoModifier)
    enter.setAccepted(False)
    window.dragEnterEvent(enter)
    window.dropEvent(QDropEvent(where, Qt.DropAction.CopyAction, data, buttons, Qt.KeyboardModifier.NoModifier))
    return enter.isAccepted()


def test_every_control_has_a_name_a_tooltip_and_a_key(app):
    found = controls(app.window)
    assert len(found) >= 14
    for control in found:
        assert control.accessibleName(), control
        assert control.toolTip(), control
        assert control.property(SHORTCUT_PROPERTY), control
        assert control.property(SHORTCUT_PROPERTY) in control.toolTip(), control


def test_no_key_does_two_things(app):
    keys = Counter(keys for keys, _ in shortcut_rows(app.window))
    assert not [key for key, count in keys.items() if count > 1]
    menus = {
        f"Alt+{text[text.index('&') + 1].upper()}"
        for action in app.window.menuBar().actions()
        if "&" in (text := action.text())
    }
    assert not menus & set(keys)


def test_every_menu_entry_has_a_key_and_a_tip(app):
    for menu_action in app.window.menuBar().actions():
        for action in menu_action.menu().actions():
            if not action.isSeparator():
                assert not action.shortcut().isEmpty(), action.text()
                assert action.toolTip(), action.text()


def test_every_menu_entry_does_something(app):
    for action in app.window.findChildren(QAction):
        if not action.shortcut().isEmpty():
            assert action.receivers("2triggered(bool)") >= 1, action.text()


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


def test_without_a_film_there_is_an_invitation(app, qtbot):
    app.window.show()
    assert app.window.empty.isVisible()
    app.bridge.start()
    app.bridge.open_film(FILM)
    assert app.window.panorama.isVisible()
    assert "beach.mp4" in app.window.windowTitle()


def test_a_film_that_says_so_is_first_looked_at_from_there(app, session, monkeypatch):
    app.bridge.start()
    looks_left = ViewOrientation(0.5, 0.1, 0.0)
    as_it_is = session.open_video
    monkeypatch.setattr(session, "open_video", lambda *a: replace(as_it_is(*a), first_view=looks_left))
    app.bridge.open_film(FILM)
    assert app.window.panorama.views == [looks_left]
    assert ("set_view", looks_left) in session.calls
    # Who has looked elsewhere since then goes on looking there when the film is only read in another way.
    app.bridge.open_film(FILM, FilmChoice(StereoLayout.TOP_BOTTOM))
    assert app.window.panorama.views == [looks_left]


def test_a_dropped_film_opens_and_plays(app, session, qtbot):
    app.bridge.start()
    assert drop(app.window, QUrl.fromLocalFile(str(FILM)))
    qtbot.waitUntil(lambda: session.names()[-1] == "play", timeout=2000)
    assert session.calls[-2] == ("open_film", FILM, NO_CHOICE)


def test_what_is_odd_about_a_film_is_said_until_another_is_open(app, session, qtbot):
    app.window.show()
    app.bridge.start()
    app.wiring.opening.open(Path("/films/flat.mp4"))
    qtbot.waitUntil(lambda: app.window.notices.isVisible(), timeout=2000)
    assert app.window.notices.messages == ["flat.mp4: It does not look like a 360-degree film."]
    app.wiring.opening.open(FILM)
    qtbot.waitUntil(lambda: not app.window.notices.isVisible(), timeout=2000)
    assert app.errors.open_dialogs == ()


def test_a_film_that_takes_long_is_opened_beside_the_window_and_can_be_cancelled(app, session, qtbot):
    asked, go_on = [], threading.Event()

    def slow_look(path, choice, cancelled):
        asked.append(path)
        while not (cancelled() or go_on.is_set()):
            time.sleep(0.01)
        if cancelled():
            raise CancelledError("cancelled")
        return fake_look(path, choice)

    opening = app.wiring.opening
    opening._look = slow_look
    app.window.show()
    app.bridge.start()
    app.bridge.open_film(FILM)
    session.calls.clear()
    opening.open(Path("/films/slow.mp4"))
    qtbot.waitUntil(lambda: opening.dialog is not None and opening.dialog.isVisible(), timeout=3000)
    assert "Opening slow.mp4" in opening.dialog.labelText()
    opening.dialog.findChild(QPushButton).click()
    assert opening.dialog is None
    opening.open(Path("/films/first.mp4"))
    opening.open(Path("/films/second.mp4"))
    go_on.set()
    qtbot.waitUntil(lambda: "open_film" in session.names(), timeout=2000)
    qtbot.wait(150)
    assert [call[1].name for call in session.calls if call[0] == "open_film"] == ["second.mp4"]
    assert [path.name for path in asked] == ["slow.mp4", "first.mp4", "second.mp4"]
    assert app.errors.open_dialogs == ()


@pytest.mark.parametrize(
    "urls", [[QUrl("https://example.org/a.mp4")], [QUrl.fromLocalFile("/a.mp4"), QUrl.fromLocalFile("/b.mp4")], []]
)
def test_what_is_not_one_local_file_is_not_taken(app, session, urls, qtbot):
    app.bridge.start()
    assert not drop(app.window, *urls)
    qtbot.wait(100)
    assert "open_film" not in session.names()


def test_a_bad_film_is_a_dialog_that_says_what_to_do(app, qtbot):
    app.window.show()
    app.bridge.start()
    for _ in range(2):
        drop(app.window, QUrl.fromLocalFile("/films/bad.mp4"))
        qtbot.waitUntil(lambda: app.errors.open_dialogs != () and app.wiring.opening.dialog is None, timeout=2000)
    (box,) = app.errors.open_dialogs
    assert "choose another file" in box.informativeText()
    box.close()
    assert app.errors.open_dialogs == ()


def test_the_prompt_reaches_the_engine_and_the_answer_comes_back(app, session, qtbot):
    app.bridge.start()
    app.bridge.open_film(FILM)
    app.window.prompt.set_text("rain on leaves")
    assert session.settings.prompt.text == "rain on leaves"
    session.position_s = 1.0
    session.queue = [PromptHeard(session.version, 12, 1.9)]
    qtbot.waitUntil(lambda: "Will be heard in 0.9 s" in app.window.prompt.status.text(), timeout=2000)


def test_a_pick_in_the_film_steers_and_marks_and_keeps_the_prompt(app, session):
    app.bridge.start()
    app.window.prompt.set_text("a dog barks")
    app.window.panorama.direction_picked.emit(60.0, 10.0)
    assert session.settings.path == DirectionPath.fixed(Direction(60.0, 10.0))
    assert session.settings.prompt.text == "a dog barks"
    assert app.window.panorama.targets[-1] == pytest.approx(Direction(60.0, 10.0).unit_vector())
    app.window.direction.automatic.setChecked(True)
    assert session.settings.path is None
    assert app.window.panorama.targets[-1] is None


def test_turning_the_view_turns_the_sound(app, session):
    app.bridge.start()
    view = ViewOrientation(1.0, 0.1, 0.0)
    app.window.panorama.view_changed.emit(view)
    assert session.calls[-1] == ("set_view", view)


def test_picture_levels_and_health_reach_the_window(app, session, qtbot):
    app.bridge.start()
    app.bridge.open_film(FILM)
    picture = np.zeros((4, 8, 3), np.uint8)
    session.frames = [VideoFrame(0, 0.0, picture)]
    session.queue = [levels_at(0.0), EngineMetrics(EngineState.PLAYING, buffered_s=0.5, patch_ms=40.0)]
    qtbot.waitUntil(
        lambda: app.window.panorama.fields[-1] is not None and len(app.window.panorama.frames) > 1, timeout=2000
    )
    assert app.window.panorama.frames[-1] is picture
    assert app.window.meters.levels_db[0] == pytest.approx(-20.0, abs=3.0)
    assert app.window.engine.state.text() == "Playing"


def test_space_plays_and_pauses_the_film_but_types_in_the_prompt(app, session, qtbot):
    with qtbot.waitActive(app.window):
        app.window.show()
    app.bridge.start()
    app.bridge.open_film(FILM)
    qtbot.keyClick(app.window, Qt.Key.Key_Space)
    assert session.names()[-1] == "play"
    qtbot.keyClick(app.window, Qt.Key.Key_Space)
    assert session.names()[-1] == "pause"
    app.window.prompt.line.setFocus()
    qtbot.keyClicks(app.window.prompt.line, "a b")
    assert app.window.prompt.line.text() == "a b"
    assert session.names()[-1] == "pause"


def test_reading_the_film_in_another_way_opens_it_again_at_the_same_place(app, session, qtbot):
    chosen = FilmChoice(StereoLayout.TOP_BOTTOM, Projection.FISHEYE, 200.0)
    app.bridge.start()
    app.bridge.open_film(FILM)
    app.bridge.play()
    session.position_s = 7.0
    app.window.film_bar.choice_made.emit(chosen)
    qtbot.waitUntil(lambda: "seek" in session.names(), timeout=2000)
    assert session.calls[-3:] == [("open_film", FILM, chosen), ("seek", 7.0), ("play",)]


def test_a_way_of_reading_that_fails_is_not_shown_as_if_it_held(app, qtbot, monkeypatch):
    app.bridge.start()
    app.bridge.open_film(FILM)
    reading = app.window.film_bar.reading

    def gone(*_arguments):
        raise MediaError("There is no film at beach.mp4.")

    monkeypatch.setattr(app.wiring.opening, "_look", gone)
    reading.layouts.setCurrentIndex(reading.layouts.findData(StereoLayout.LEFT_RIGHT))
    reading.layouts.activated.emit(reading.layouts.currentIndex())
    qtbot.waitUntil(lambda: app.errors.open_dialogs != (), timeout=2000)
    assert reading.layouts.currentText() == "Mono (guessed)"
    app.errors.close_all()


def test_devices_are_listed_and_the_choice_is_kept(app, session, qtbot):
    app.bridge.start()
    app.wiring.look_for_devices()
    qtbot.waitUntil(lambda: app.window.output.devices.count() == 3, timeout=2000)
    app.window.output.device_chosen.emit("Headphones")
    assert session.calls[-1] == ("set_output_device", "Headphones")
    assert app.settings.device_name is None  # not before it has opened
    session.queue = [OutputDevice("Headphones", "Headphones", 44_100)]
    qtbot.waitUntil(lambda: app.settings.device_name == "Headphones", timeout=2000)


def test_an_engine_failure_offers_a_restart(app, session, qtbot):
    app.window.show()
    app.bridge.start()
    app.bridge.open_film(FILM)
    session.queue = [EngineFailure("The model stopped.", "Traceback ...")]
    qtbot.waitUntil(lambda: len(app.errors.open_dialogs) == 1, timeout=2000)
    box = app.errors.open_dialogs[0]
    session.calls.clear()
    next(button for button in box.buttons() if "Restart" in button.text()).click()
    assert session.names()[0] == "close"
    assert "open_film" in session.names()


def test_a_notice_is_a_bar_over_the_film_and_no_dialog(app, session, qtbot):
    app.window.show()
    app.bridge.start()
    app.bridge.open_film(FILM)
    app.bridge.play()
    before = app.window.stage.geometry()
    session.queue = [EngineNotice("The sound stays on 'pulse'.", lasts=True)]
    qtbot.waitUntil(app.window.notices.isVisible, timeout=2000)
    assert app.window.stage.geometry() == before
    assert before.contains(app.window.notices.geometry())
    assert app.errors.open_dialogs == ()
    assert app.bridge.playing
    app.wiring.restart_engine()
    assert not app.window.notices.isVisible()


def test_closing_ends_the_engine_and_keeps_the_settings(app, session, tmp_path):
    app.window.show()
    app.bridge.start()
    app.bridge.open_film(FILM)
    app.bridge.play()
    app.window.output.set_volume_percent(35)
    began = time.monotonic()
    app.window.close()
    assert session.closed
    assert time.monotonic() - began < 2.0
    assert "volume_percent=35" in (tmp_path / "settings.ini").read_text()


def test_the_list_of_keys_opens(app, qtbot):
    app.window.show()
    dialog = show_shortcuts(app.window)
    assert dialog.isVisible()
    dialog.close()


@pytest.fixture
def active(app, qtbot):
    with qtbot.waitActive(app.window):
        app.window.show()
    app.bridge.start()
    app.bridge.open_film(FILM)
    return app.window


CTRL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier


@pytest.mark.parametrize("text", ["", "rain on leaves"])
def test_the_keys_of_the_window_work_from_the_prompt_field(active, app, session, qtbot, text):
    active.prompt.set_text(text)
    active.prompt.line.setFocus()
    session.position_s = 20.0
    qtbot.waitUntil(lambda: active.transport.slider.position_s == 20.0, timeout=2000)
    qtbot.keyClick(active.prompt.line, Qt.Key.Key_Left, ALT)
    assert session.calls[-1] == ("seek", 15.0)
    qtbot.keyClick(active.prompt.line, Qt.Key.Key_Home, CTRL)
    assert session.calls[-1] == ("seek", 0.0)
    qtbot.keyClick(active.prompt.line, Qt.Key.Key_E, CTRL)
    assert app.wiring._exporting.dialog.isVisible()
    app.wiring._exporting.dialog.close()
    assert active.prompt.line.text() == text


def test_words_in_the_prompt_keep_their_own_keys(active, session, qtbot):
    line = active.prompt.line
    line.setFocus()
    qtbot.keyClicks(line, "rain r")
    qtbot.keyClick(line, Qt.Key.Key_Left, CTRL)
    assert line.cursorPosition() == len("rain ")
    qtbot.keyClick(line, Qt.Key.Key_A, CTRL)
    assert line.selectedText() == "rain r"
    qtbot.keyClick(line, Qt.Key.Key_Z, CTRL)
    assert line.text() != "rain r"
    assert "seek" not in session.names()
    line.clear()
    qtbot.keyClick(line, Qt.Key.Key_Right, CTRL)  # there is no word to go to
    assert session.calls[-1] == ("seek", 5.0)


def test_a_number_leaves_space_and_letters_to_the_window(active, session, qtbot):
    active.direction.automatic.setChecked(False)
    active.direction.azimuth.setFocus()
    qtbot.keyClick(active.direction.azimuth, Qt.Key.Key_Space)
    assert session.names()[-1] == "play"
    active.direction.azimuth.selectAll()
    qtbot.keyClicks(active.direction.azimuth, "45\r")
    assert active.direction.azimuth.value() == 45


def test_esc_brings_the_keyboard_back_to_the_film(active, qtbot):
    active.panorama.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    active.direction.automatic.setChecked(False)
    for control in (active.prompt.line, active.direction.azimuth, active.output.volume, active.transport.slider):
        control.setFocus()
        assert active.focusWidget() is control
        qtbot.keyClick(control, Qt.Key.Key_Escape)
        assert active.focusWidget() is active.panorama


def test_tab_goes_from_the_film_down_and_then_to_the_side(active):
    active.panorama.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    active.direction.automatic.setChecked(False)
    stops, widget = [], active.panorama.nextInFocusChain()
    while widget is not active.panorama:
        if widget.isVisible() and widget.isEnabled() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            stops.append(widget)
        widget = widget.nextInFocusChain()
    wanted = (
        active.transport.play_button, active.transport.slider, active.prompt.line, active.direction.automatic,
        active.direction.azimuth, active.direction.elevation, active.output.devices, active.output.volume,
        active.film_bar.reading.layouts,
    )  # fmt: skip
    places = [stops.index(widget) for widget in wanted]
    assert places == sorted(places)


@pytest.mark.parametrize("size", [(1024, 700), (960, 540)])
def test_a_small_screen_shows_every_part(active, app, qtbot, size):
    app.bridge.open_film(Path("/films/a film with a rather long name, taken on the beach.mp4"))
    active.resize(*size)
    assert (active.width(), active.height()) == size
    assert active.minimumSizeHint().width() <= 960
    assert active.minimumSizeHint().height() <= 500  # 540 less a title bar
    for part in (active.film_bar, active.stage, active.transport, active.prompt, active.intensity):
        place = part.rect().translated(part.mapTo(active, part.rect().topLeft()))
        assert active.rect().contains(place), part


def test_the_name_of_the_film_comes_before_its_facts(active, app, qtbot):
    app.bridge.open_film(Path("/films/valiant_overpass.mp4"))
    active.resize(1024, 700)
    qtbot.waitUntil(lambda: active.film_bar.title.text() == "valiant_overpass.mp4")


def test_the_usual_size_fits_the_screen(active):
    active.take_usual_size()
    room = active.screen().availableSize()
    assert active.width() <= max(room.width(), active.minimumSizeHint().width())
    assert active.height() <= max(room.height(), active.minimumSizeHint().height())


def test_what_the_film_leaves_open_is_told_until_another_film_opens(active, app, session, monkeypatch):
    assert active.notices.messages == []
    opened = session.open_video

    def doubtful(path, *choice):
        return replace(opened(path, *choice), notices=("It is flat.", "Its sound ends early."))

    monkeypatch.setattr(session, "open_video", doubtful)
    app.bridge.open_film(Path("/films/holiday.mp4"))
    assert active.notices.messages == ["holiday.mp4: It is flat. Its sound ends early."]
    assert active.notices.isVisible()
    monkeypatch.setattr(session, "open_video", opened)
    app.bridge.open_film(FILM)
    assert active.notices.messages == []


def test_the_marker_goes_at_the_end_of_the_film(active, app, session, qtbot):
    session.queue = [levels_at(0.0)]
    qtbot.waitUntil(lambda: active.panorama.fields[-1] is not None, timeout=2000)
    session.queue = [EngineMetrics(EngineState.ENDED)]
    qtbot.waitUntil(lambda: active.panorama.fields[-1] is None, timeout=2000)
