"""Solo and mute of W, X, Y and Z, under their meters: for listening only."""

from functools import partial
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QToolButton, QWidget

from engine.contract.conventions import DISPLAY_ORDER, AcnChannel
from engine.contract.heard_channels import EVERY_CHANNEL, HeardChannels
from widgets.meters.channel_meters import SCALE_WIDTH
from widgets.parts.describe import describe

ALL_KEY: Final = "Ctrl+0"
_DIGITS: Final = "5678"
_HEIGHT: Final = 22
_WIDTH: Final = 27
_GAP: Final = 3


class ChannelSwitches(QWidget):
    """Two rows of buttons in the columns of the meters, and one that hears everything again while any is on."""

    changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.channels = EVERY_CHANNEL
        self.solo = {channel: _switch("S") for channel in DISPLAY_ORDER}
        self.mute = {channel: _switch("M") for channel in DISPLAY_ORDER}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(0)
        grid.setVerticalSpacing(_GAP)
        for column, (channel, digit) in enumerate(zip(DISPLAY_ORDER, _DIGITS, strict=True), start=1):
            solo, mute, name = self.solo[channel], self.mute[channel], channel.name
            describe(solo, f"Solo {name}", f"Hear {name} alone; files get every channel", f"Ctrl+{digit}")
            describe(mute, f"Mute {name}", f"Do not hear {name}; files get every channel", f"Alt+{digit}")
            solo.toggled.connect(partial(self._set_solo, channel))
            mute.toggled.connect(partial(self._set_mute, channel))
            for row, button in enumerate((solo, mute)):
                grid.addWidget(button, row, column, Qt.AlignmentFlag.AlignHCenter)
            grid.setColumnStretch(column, 1)
        self.all = QToolButton()
        self.all.setText("All")
        self.all.setProperty("role", "alert")
        describe(self.all, "Hear every channel", "End every solo and mute of W, X, Y and Z", ALL_KEY)
        self.all.setFixedSize(round(SCALE_WIDTH) - 2, 2 * _HEIGHT + _GAP)
        self.all.setEnabled(False)
        self.all.clicked.connect(self.hear_all)
        grid.addWidget(self.all, 0, 0, 2, 1)
        grid.setColumnMinimumWidth(0, round(SCALE_WIDTH))

    def hear_all(self) -> None:
        """End every solo and mute."""
        self._take(EVERY_CHANNEL)

    def _set_solo(self, channel: AcnChannel, on: bool) -> None:
        self._take(self.channels.with_solo(channel, on))

    def _set_mute(self, channel: AcnChannel, on: bool) -> None:
        self._take(self.channels.with_mute(channel, on))

    def _take(self, channels: HeardChannels) -> None:
        if channels == self.channels:
            return
        self.channels = channels
        for channel in DISPLAY_ORDER:  # their signals come back here and find nothing new
            self.solo[channel].setChecked(channel in channels.soloed)
            self.mute[channel].setChecked(channel in channels.muted)
        self.all.setEnabled(channels != EVERY_CHANNEL)
        self.changed.emit(channels)


def _switch(text: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setCheckable(True)
    button.setProperty("role", "lane")
    button.setFixedSize(_WIDTH, _HEIGHT)
    return button
