import pytest

from widgets.panels.output_panel import OutputPanel


@pytest.fixture
def panel(qtbot):
    made = OutputPanel()
    qtbot.addWidget(made)
    return made


@pytest.mark.slow
def test_half_way_is_a_quarter_of_the_amplitude(panel, qtbot):
    with qtbot.waitSignal(panel.volume_changed) as told:
        panel.set_volume_percent(50)
    assert told.args[0] == pytest.approx(0.25)


def test_mute_keeps_the_volume(panel, qtbot):
    with qtbot.waitSignal(panel.volume_changed) as told:
        panel.mute.click()
    assert told.args[0] == 0.0
    assert panel.volume.value() == 80
    panel.mute.click()
    assert panel.linear_volume == pytest.approx(0.64)


def test_a_device_that_was_unplugged_stays_listed(panel):
    panel.set_devices(["Speakers"], "Headphones")
    assert panel.devices.currentData() == "Headphones"
    assert "not connected" in panel.devices.currentText()
    panel.set_devices(["Speakers", "Headphones"], "Headphones")
    assert panel.devices.currentText() == "Headphones"


def test_what_plays_is_shown_under_its_own_name(panel):
    panel.set_devices(["Speakers"], "Headphones")
    panel.show_device("Headphones")
    assert panel.devices.currentText() == "Headphones"
    panel.show_device("New one")
    assert panel.devices.currentData() == "New one"
    panel.show_device(None)
    assert panel.devices.currentText() == "System default"
    assert panel.devices.count() == 4


def test_the_default_is_none(panel, qtbot):
    panel.set_devices(["Speakers"], None)
    assert panel.devices.currentData() is None
    with qtbot.waitSignal(panel.device_chosen) as told:
        panel.devices.activated.emit(0)
    assert told.args[0] is None


def test_steps_stop_at_the_ends(panel):
    for _ in range(30):
        panel.louder()
    assert panel.volume.value() == 100
    panel.quieter()
    assert panel.volume.value() == 95
