import pytest

from engine.contract.directions import Direction
from widgets.panels.direction_panel import DirectionPanel


@pytest.fixture
def panel(qtbot):
    made = DirectionPanel()
    qtbot.addWidget(made)
    return made


def test_the_model_decides_at_first(panel):
    assert panel.direction is None
    assert not panel.azimuth.isEnabled()


def test_unticking_sends_the_direction_and_ticking_takes_it_back(panel, qtbot):
    with qtbot.waitSignal(panel.changed) as told:
        panel.automatic.setChecked(False)
    assert told.args[0] == Direction(0.0, 0.0)
    assert panel.azimuth.isEnabled()
    with qtbot.waitSignal(panel.changed) as told:
        panel.automatic.setChecked(True)
    assert told.args[0] is None


def test_a_pick_in_the_film_is_told_once(panel):
    told = []
    panel.changed.connect(told.append)
    panel.set_direction(60.4, -20.0)
    assert told == [Direction(60.0, -20.0)]
    assert panel.azimuth_slider.value() == 60
    assert not panel.automatic.isChecked()


def test_slider_and_box_follow_each_other(panel):
    panel.automatic.setChecked(False)
    panel.azimuth_slider.setValue(-90)
    assert panel.azimuth.value() == -90
    panel.elevation.setValue(45)
    assert panel.elevation_slider.value() == 45
    assert panel.direction == Direction(-90.0, 45.0)


def test_left_on_the_slider_is_left_in_the_film(panel):
    assert panel.azimuth_slider.invertedAppearance()  # + is left
