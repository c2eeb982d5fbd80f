"""Combines prompt, direction and seed into the one value that the engine takes."""

from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from app.bridge.session_bridge import SessionBridge
from engine.contract.control import DirectionPath, GenerationSettings, Prompt
from engine.contract.directions import Direction


class Steering(QObject):
    """`sent` carries the version under which the newest change went to the engine."""

    sent = Signal(int)

    def __init__(self, bridge: SessionBridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge

    @property
    def settings(self) -> GenerationSettings:
        """The settings that were sent last."""
        return self._bridge.settings

    def set_prompt(self, prompt: Prompt) -> None:
        """Send the settings with another prompt."""
        self._send(replace(self.settings, prompt=prompt))

    def set_direction(self, direction: Direction | None) -> None:
        """Send the settings with a fixed direction, or with None to let the model decide."""
        path = None if direction is None else DirectionPath.fixed(direction)
        self._send(replace(self.settings, path=path))

    def set_steps(self, steps: int | None) -> None:
        """Send the settings with other flow steps per patch, or with None to let the engine choose."""
        self._send(replace(self.settings, steps=steps))

    def _send(self, settings: GenerationSettings) -> None:
        version = self._bridge.set_settings(settings)
        if version is not None:
            self.sent.emit(version)
