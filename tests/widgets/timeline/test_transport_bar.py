"""The transport: it asks and shows, and does nothing by itself."""

import pytest
from PySide6.QtCore import Qt

from widgets.timeline.transport_bar import TransportBar


@pytest.fixture
def bar(qtbot):
    made = TransportBar()
    qtbot.addWidget(made)
    made.set_film(40.0)
    with qtbot.waitActive(made):
        made.show()
    return made


def test_without_a_film_nothing_can_be_pressed(qtbot):
    bar = TransportBar()
    qtbot.addWidget(bar)
    assert not bar.play_button.isEnabled()
    with qtbot.assertNotEmitted(bar.play_requested):
        bar.toggle()


def test_space_asks_for_the_other_of_play_and_pause(bar, qtbot):
    with qtbot.waitSignal(bar.play_requested, timeout=500):
        qtbot.keyClick(bar, Qt.Key.Key_Space)
    bar.set_playing(True)
    assert bar.play_button.accessibleName() == "Pause"
    with qtbot.waitSignal(bar.pause_requested, timeout=500):
        qtbot.keyClick(bar, Qt.Key.Key_Space)


def test_jumps_move_five_seconds_and_stay_in_the_film(bar, qtbot):
    bar.set_position(3.0)
    with qtbot.waitSignal(bar.seek_requested) as asked:
        bar.jump_back()
    assert asked.args[0] == 0.0
    with qtbot.waitSignal(bar.seek_requested) as asked:
        bar.jump_forward()
    assert asked.args[0] == pytest.approx(5.0)
    bar.set_position(38.0)
    with qtbot.waitSignal(bar.seek_requested) as asked:
        bar.jump_forward()
    assert asked.args[0] == 40.0


def test_play_and_then_onwards_and_pause_once(bar, qtbot):
    with qtbot.assertNotEmitted(bar.pause_requested):
        bar.pause()
    with qtbot.waitSignal(bar.play_requested):
        bar.play_or_jump()
    bar.set_playing(True)
    with qtbot.waitSignal(bar.seek_requested) as asked:
        bar.play_or_jump()
    assert asked.args[0] == 5.0
    with qtbot.waitSignal(bar.pause_requested):
        bar.pause()


@pytest.mark.parametrize("button", ["start_button", "play_button", "loop_button"])
def test_left_and_right_ask_for_a_frame_while_the_transport_has_the_keyboard(bar, qtbot, button):
    getattr(bar, button).setFocus()
    with qtbot.waitSignal(bar.step_back_requested, timeout=500):
        qtbot.keyClick(getattr(bar, button), Qt.Key.Key_Left)
    with qtbot.waitSignal(bar.step_on_requested, timeout=500):
        qtbot.keyClick(getattr(bar, button), Qt.Key.Key_Right)
    with qtbot.assertNotEmitted(bar.step_on_requested):
        qtbot.keyClick(getattr(bar, button), Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
