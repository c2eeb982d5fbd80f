"""Where the sound goes: device and volume."""

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSlider, QToolButton, QWidget

from widgets.parts.describe import describe
from widgets.parts.elided_list import ElidedList
from widgets.parts.icons import muted_icon, sound_icon
from widgets.parts.panel import Panel, role_label

SYSTEM_DEFAULT = "System default"
VOLUME_STEP_PERCENT = 5
_VOLUME_PX = 96


class OutputPanel(Panel):
    """`device_chosen` carries a name, or None for the system's default; `volume_changed` a linear factor 0..1.

    `volume_row` is the volume, small, which the window always shows.
    """

    device_chosen = Signal(object)
    volume_changed = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Output", parent)
        self.devices = ElidedList()
        self.devices.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.devices.setMinimumContentsLength(12)
        self.devices.addItem(SYSTEM_DEFAULT, None)
        describe(self.devices, "Output device", "The device that plays the binaural sound; use headphones", "Alt+D")
        self.volume = QSlider(Qt.Orientation.Horizontal)
        self.volume.setRange(0, 100)
        self.volume.setPageStep(10)
        self.volume.setValue(80)
        describe(self.volume, "Volume", "How loud you hear the sound; does not affect exports", "Alt+U")
        self.mute = QToolButton()
        self.mute.setCheckable(True)
        self._sound_icon, self._muted_icon = sound_icon(), muted_icon()
        self.mute.setIcon(self._sound_icon)
        self.mute.setIconSize(QSize(18, 18))
        describe(self.mute, "Mute", "Silence the sound and keep the volume setting", "Ctrl+M")
        self.percent: QLabel = role_label("", "muted")
        self.percent.setMinimumWidth(self.percent.fontMetrics().horizontalAdvance("100 %  "))
        self.percent.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.volume.setFixedWidth(_VOLUME_PX)
        self.volume_row = QWidget()
        row = QHBoxLayout(self.volume_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for part in (self.mute, self.volume, self.percent):
            row.addWidget(part)
        self.body.addWidget(self.devices)
        self.devices.activated.connect(self._device_chosen)
        self.volume.valueChanged.connect(self._volume_moved)
        self.mute.toggled.connect(self._volume_moved)
        self._show_volume()

    @property
    def linear_volume(self) -> float:
        """The factor on the samples: the square of the slider, which sounds even along its range."""
        return 0.0 if self.mute.isChecked() else (self.volume.value() / 100.0) ** 2

    def set_devices(self, names: Sequence[str], chosen: str | None) -> None:
        """List the devices. A chosen one that was unplugged stays listed, marked, so that the choice is not lost."""
        with QSignalBlocker(self.devices):
            self.devices.clear()
            self.devices.addItem(SYSTEM_DEFAULT, None)
            for name in names:
                self.devices.addItem(name, name)
            if chosen is not None and chosen not in names:
                self.devices.addItem(f"{chosen} (not connected)", chosen)
            self.devices.setCurrentIndex(max(0, self.devices.findData(chosen)) if chosen is not None else 0)

    def show_device(self, chosen: str | None) -> None:
        """Show which device plays."""
        with QSignalBlocker(self.devices):
            index = self.devices.findData(chosen) if chosen is not None else 0
            if chosen is not None and index < 0:
                self.devices.addItem(chosen, chosen)
                index = self.devices.count() - 1
            self.devices.setItemText(index, chosen or SYSTEM_DEFAULT)  # without "not connected"
            self.devices.setCurrentIndex(index)

    def set_volume_percent(self, percent: int) -> None:
        """Set the volume, 0 to 100."""
        self.volume.setValue(percent)

    def louder(self) -> None:
        """Raise the volume by one step."""
        self.volume.setValue(self.volume.value() + VOLUME_STEP_PERCENT)

    def quieter(self) -> None:
        """Lower the volume by one step."""
        self.volume.setValue(self.volume.value() - VOLUME_STEP_PERCENT)

    def _device_chosen(self) -> None:
        self.device_chosen.emit(self.devices.currentData())

    def _volume_moved(self) -> None:
        self._show_volume()
        self.volume_changed.emit(self.linear_volume)

    def _show_volume(self) -> None:
        muted = self.mute.isChecked()
        self.mute.setIcon(self._muted_icon if muted else self._sound_icon)
        self.percent.setText("Muted" if muted else f"{self.volume.value()} %")
