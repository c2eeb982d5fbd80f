"""The window's keys: one meaning each, from everywhere, and text fields keep theirs."""

from collections import Counter

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox

from app.window.shortcut_list import shortcut_rows, show_shortcuts
from tests.app.fake_session import FILM
from tests.app.window.controls import controls


@pytest.mark.slow
def test_no_key_does_two_things(app):
    keys = Counter(keys for keys, _ in shortcut_rows(app.window))
    assert not [key for key, count in keys.items() if count > 1]
    menus = {
        f"Alt+{text[text.index('&') + 1].upper()}"
        for action in app.window.menuBar().actions()
        if "&" in (text := action.text())
    }
    assert not menus & set(keys)


@pytest.mark.slow
def test_the_list_of_keys_opens(app, qtbot):
    app.window.show()
    dialog = show_shortcuts(app.window)
    assert dialog.isVisible()
    dialog.close()


@pytest.mark.slow
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


CTRL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier


@pytest.mark.slow
@pytest.mark.parametrize("text", ["", "rain on leaves"])
def test_the_keys_of_the_window_work_from_the_prompt_field(active, app, session, qtbot, text):
    active.prompt.set_text(text)
    active.prompt.line.setFocus()
    session.position_s = 20.0
    qtbot.waitUntil(lambda: active.transport.position_s == 20.0, timeout=2000)
    qtbot.keyClick(active.prompt.line, Qt.Key.Key_Left, ALT)
    assert session.calls[-1] == ("seek", 15.0)
    qtbot.keyClick(active.prompt.line, Qt.Key.Key_Home, CTRL)
    assert session.calls[-1] == ("seek", 0.0)
    qtbot.keyClick(active.prompt.line, Qt.Key.Key_E, CTRL)
    assert app.wiring._exporting.dialog.isVisible()
    app.wiring._exporting.dialog.close()
    assert active.prompt.line.text() == text


@pytest.mark.slow
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


@pytest.mark.slow
def test_a_number_leaves_space_and_letters_to_the_window(active, session, qtbot):
    active.direction.automatic.setChecked(False)
    active.direction.azimuth.setFocus()
    qtbot.keyClick(active.direction.azimuth, Qt.Key.Key_Space)
    assert session.names()[-1] == "play"
    active.direction.azimuth.selectAll()
    qtbot.keyClicks(active.direction.azimuth, "45\r")
    assert active.direction.azimuth.value() == 45


@pytest.mark.slow
def test_space_plays_from_every_button_and_presses_none(active, session, qtbot):
    pressed = []
    tried = 0
    for control in controls(active):
        takes_keys = control.isVisible() and control.isEnabled() and control.focusPolicy() & Qt.FocusPolicy.TabFocus
        if not takes_keys or not isinstance(control, QAbstractButton | QComboBox):
            continue
        if isinstance(control, QAbstractButton) and control is not active.transport.play_button:
            control.clicked.connect(lambda *_: pressed.append(1))
        control.setFocus()
        before = len(session.calls)
        qtbot.keyClick(control, Qt.Key.Key_Space)
        assert [call[0] for call in session.calls[before:]] in (["play"], ["pause"]), control.accessibleName()
        tried += 1
    assert tried > 15
    assert not pressed
    assert QApplication.activePopupWidget() is None


@pytest.mark.slow
@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter])
def test_enter_presses_the_button_that_has_the_keyboard_and_opens_a_list(active, session, qtbot, monkeypatch, key):
    for button in (active.direction.automatic, active.transport.loop_button, active.side.bar.tabs[1]):
        button.window().activateWindow()
        button.setFocus()
        was = button.isChecked()
        with qtbot.waitSignal(button.clicked, timeout=500):
            qtbot.keyClick(button, key)
        assert button.isChecked() is not was or button in active.side.bar.tabs
    assert "play" not in session.names()
    choices = active.film_bar.reading.layouts
    opened = []
    monkeypatch.setattr(choices, "showPopup", lambda: opened.append(key))
    choices.setFocus()
    qtbot.keyClick(choices, key)
    assert opened == [key]


def test_esc_brings_the_keyboard_back_to_the_film(active, qtbot):
    active.panorama.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    active.direction.automatic.setChecked(False)
    for control in (active.prompt.line, active.direction.azimuth, active.output.volume):
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
        active.prompt.line, active.transport.play_button, active.output.volume, active.timeline.area,
        active.direction.automatic, active.direction.azimuth, active.direction.elevation,
        active.film_bar.reading.layouts,
    )  # fmt: skip
    places = [stops.index(widget) for widget in wanted]
    assert places == sorted(places)


def test_the_keys_of_a_hidden_panel_act(active, session, qtbot):
    active.side.show_panel(active.direction)
    assert not active.channels.isVisible()
    qtbot.keyClick(active, Qt.Key.Key_5, CTRL)
    assert session.names()[-1] == "set_channels"
    assert active.side.shown is active.direction  # a button needs no keyboard: nothing moves


def test_a_control_that_gets_the_keyboard_is_brought_to_the_front(active, qtbot):
    active.side.show_panel(active.side._panels[-1])
    qtbot.keyClick(active, Qt.Key.Key_A, ALT)  # the azimuth is disabled: its key does nothing
    assert active.side.shown is not active.direction
    active.direction.automatic.setChecked(False)
    qtbot.keyClick(active, Qt.Key.Key_A, ALT)
    assert active.side.shown is active.direction
    assert active.focusWidget() is active.direction.azimuth
