from dataclasses import dataclass

import pytest

from app.bridge.session_bridge import SessionBridge
from app.files.settings import AppSettings
from app.wiring.device_choice import DeviceChoice
from engine.contract.telemetry import EngineMetrics, EngineState, OutputDevice
from widgets.panels.output_panel import OutputPanel


@dataclass
class Desk:
    """A choice of devices with a session that opens what the test says."""

    panel: OutputPanel
    bridge: SessionBridge
    settings: AppSettings
    choice: DeviceChoice

    @property
    def shown(self) -> str | None:
        return self.panel.devices.currentData()

    def choose(self, name: str | None) -> None:
        self.panel.device_chosen.emit(name)

    def opens(self, chosen: str | None, name: str) -> None:
        self.bridge.output_changed.emit(OutputDevice(chosen, name, 48_000))


@pytest.fixture
def make(qtbot, session, tmp_path):
    bridges = []

    def made(remembered: str | None = None) -> Desk:
        settings = AppSettings(tmp_path / "settings.ini")
        settings.device_name = remembered
        panel = OutputPanel()
        qtbot.addWidget(panel)
        bridges.append(SessionBridge(lambda: session))
        bridges[-1].start()
        desk = Desk(panel, bridges[-1], settings, DeviceChoice(panel, bridges[-1], settings, panel))
        desk.choice.show_list(["Headphones", "Speakers"])
        return desk

    yield made
    for bridge in bridges:
        bridge.close()


def test_a_device_is_remembered_once_it_has_opened(make, session):
    desk = make()
    desk.choose("Headphones")
    assert session.calls[-1] == ("set_output_device", "Headphones")
    assert desk.settings.device_name is None
    desk.opens("Headphones", "Headphones")
    assert (desk.shown, desk.settings.device_name) == ("Headphones", "Headphones")
    desk.choose(None)
    desk.opens(None, "Speakers")
    assert (desk.shown, desk.settings.device_name) == (None, None)


def test_a_device_that_does_not_open_is_neither_kept_nor_shown_as_chosen(make):
    desk = make("Headphones")
    desk.opens("Headphones", "Headphones")
    desk.choose("Radio")
    desk.opens("Headphones", "Headphones")
    assert (desk.shown, desk.settings.device_name) == ("Headphones", "Headphones")


def test_a_remembered_device_that_is_not_there_today_is_tried_again_next_time(make):
    desk = make("Headphones")
    desk.opens(None, "Speakers")
    assert (desk.shown, desk.settings.device_name) == (None, "Headphones")
    desk.choice.show_list(["Speakers"])
    assert desk.shown is None


def test_a_device_that_is_pulled_out_stays_remembered(make):
    desk = make()
    desk.choose("Headphones")
    desk.opens("Headphones", "Headphones")
    desk.opens(None, "Speakers")
    assert (desk.shown, desk.settings.device_name) == (None, "Headphones")


def test_with_an_engine_that_has_failed_a_choice_is_for_the_next_start(make, session, qtbot):
    desk = make()
    session.queue = [EngineMetrics(EngineState.FAILED)]
    qtbot.waitUntil(lambda: not session.queue, timeout=2000)
    desk.choose("Speakers")
    assert desk.settings.device_name == "Speakers"
    assert "set_output_device" not in session.names()
