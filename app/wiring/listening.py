"""Solo and mute of W, X, Y and Z: heard at once, and said for as long as they are on."""

from PySide6.QtCore import QObject

from app.bridge.session_bridge import SessionBridge
from engine.contract.heard_channels import HeardChannels
from engine.contract.telemetry import EngineNotice
from widgets.meters.channel_switches import ALL_KEY, ChannelSwitches

_TOPIC = "channels"


class Listening(QObject):
    """Connects the switches at the meters with the ear."""

    def __init__(self, switches: ChannelSwitches, bridge: SessionBridge, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._switches = switches
        switches.changed.connect(self._changed)

    def _changed(self, channels: HeardChannels) -> None:
        self._bridge.set_channels(channels)
        self.say()

    def say(self) -> None:
        """Show what is heard, if that is not the whole field."""
        sentence = self._switches.channels.sentence
        message = f"{sentence} {ALL_KEY} ends it." if sentence else ""
        self._bridge.notice(EngineNotice(message, topic=_TOPIC, lasts=True))
