import pytest
from PySide6.QtCore import QPoint, Qt

from widgets.timeline.transport_bar import TransportBar


@pytest.fixture
def bar(qtbot):
    made = TransportBar()
    qtbot.addWidget(made)
    made.resize(800, 40)
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
    with qtbot.waitSignal(bar.pause_requested, timeout=500):
        qtbot.keyClick(bar, Qt.Key.Key_Space)


def test_a_click_in_the_middle_seeks_to_the_middle(bar, qtbot):
    middle = QPoint(bar.slider.width() // 2, bar.slider.height() // 2)
    with qtbot.waitSignal(bar.seek_requested) as asked:
        qtbot.mouseClick(bar.slider, Qt.MouseButton.LeftButton, pos=middle)
    assert asked.args[0] == pytest.approx(20.0, abs=0.5)


def test_the_film_does_not_pull_the_handle_out_of_the_hand(bar, qtbot):
    start = QPoint(bar.slider.width() // 4, bar.slider.height() // 2)
    qtbot.mousePress(bar.slider, Qt.MouseButton.LeftButton, pos=start)
    held = bar.slider.position_s
    bar.set_position(39.0)
    assert bar.slider.position_s == held
    qtbot.mouseRelease(bar.slider, Qt.MouseButton.LeftButton, pos=start)
    bar.set_position(39.0)
    assert bar.slider.position_s == pytest.approx(39.0)


def test_arrow_keys_move_five_seconds_and_stay_in_the_film(bar, qtbot):
    bar.set_position(3.0)
    with qtbot.waitSignal(bar.seek_requested) as asked:
        qtbot.keyClick(bar.slider, Qt.Key.Key_Left)
    assert asked.args[0] == 0.0
    with qtbot.waitSignal(bar.seek_requested) as asked:
        bar.jump_forward()
    assert asked.args[0] == pytest.approx(5.0)


def test_the_clock_follows(bar):
    bar.set_position(12.34)
    assert bar.clock.text() == "0:12.3 / 0:40"
    assert bar.play_button.accessibleName() == "Play"
    bar.set_playing(True)
    assert bar.play_button.accessibleName() == "Pause"


def test_the_handle_is_drawn_again_only_when_it_moves_by_a_pixel(bar, qtbot):
    bar.set_film(400.0)
    bar.set_position(100.0)
    with qtbot.assertNotEmitted(bar.slider.valueChanged):
        bar.set_position(100.05)
    assert bar.slider.position_s == 100.05
    with qtbot.waitSignal(bar.slider.valueChanged):
        bar.set_position(103.0)


def test_the_clock_has_room_for_a_film_of_hours_and_keeps_its_size(bar):
    bar.set_film(3.5 * 3600)
    size = bar.clock.size()
    bar.set_position(3.25 * 3600)
    assert bar.clock.text() == "3:15:00.0 / 3:30:00"
    assert bar.clock.minimumWidth() >= bar.clock.fontMetrics().horizontalAdvance(bar.clock.text())
    assert bar.clock.size() == size
