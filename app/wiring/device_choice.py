"""Which sound device is chosen, shown and remembered."""

from PySide6.QtCore import QObject

from app.bridge.session_bridge import SessionBridge
from app.files.settings import AppSettings
from engine.contract.telemetry import OutputDevice
from widgets.panels.output_panel import OutputPanel


class DeviceChoice(QObject):
    """Shows the device that plays. Remembers a choice once the device has opened, so a bad one is tried only once."""

    def __init__(self, panel: OutputPanel, bridge: SessionBridge, settings: AppSettings, parent: QObject) -> None:
        super().__init__(parent)
        self._panel = panel
        self._bridge = bridge
        self._settings = settings
        self._asked: str | None = settings.device_name
        self._plays: str | None = settings.device_name
        panel.set_devices([], self._plays)
        panel.device_chosen.connect(self._chosen)
        bridge.output_changed.connect(self._output_changed)

    def show_list(self, names: list[str]) -> None:
        """List the devices that are connected now."""
        self._panel.set_devices(names, self._plays)

    def _chosen(self, name: str | None) -> None:
        self._asked = name
        if not self._bridge.set_output_device(name):
            self._settings.device_name = self._plays = name  # no engine to try it: the next start does

    def _output_changed(self, output: OutputDevice) -> None:
        self._plays = output.chosen
        if output.chosen == self._asked:
            self._settings.device_name = output.chosen
        self._panel.show_device(output.chosen)
