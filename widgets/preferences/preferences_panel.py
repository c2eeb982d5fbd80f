"""The preferences: sound, model and look. Every change is a signal; nothing is applied here."""

from dataclasses import replace
from pathlib import Path
from typing import Final

from PySide6.QtCore import QAbstractItemModel, QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QPushButton, QSpinBox, QVBoxLayout, QWidget

from engine.contract.engine_choice import BUFFER_MS, LATENCY_MS, MOST_STEPS, RUNTIMES, EngineChoice
from widgets.parts.describe import describe
from widgets.parts.elided_label import ElidedLabel
from widgets.parts.elided_list import ElidedList
from widgets.parts.panel import role_label
from widgets.preferences.head_row import HeadRow

SHIPPED: Final = "XS (shipped)"
_THEMES: Final = {"system": "As the system", "light": "Light", "dark": "Dark"}
_RUNTIME_NAMES: Final = {"auto": "Automatic: the quicker one", "torch": "PyTorch", "openvino": "Compiled (OpenVINO)"}
_COMPUTE: Final = ("cpu", "cuda", "mps")
_WIDTH: Final = 460
_ABOVE_TITLE_PX: Final = 10
_RESTART: Final = "The engine has to restart for this. The film and the take continue from the same position."


class PreferencesPanel(QWidget):
    """`choice_changed` carries an EngineChoice, `theme_changed` a name, `device_picked` the row of the device list."""

    choice_changed = Signal(object)
    theme_changed = Signal(str)
    device_picked = Signal(int)
    weights_wanted = Signal()
    restart_wanted = Signal()

    def __init__(self, devices: QAbstractItemModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._choice = EngineChoice()
        self.device = ElidedList()
        self.device.setModel(devices)
        describe(self.device, "Output device", "The device that plays the binaural sound; use headphones", "Alt+D")
        self.head = HeadRow()
        self.latency = _number(LATENCY_MS, 5, " ms")
        describe(
            self.latency, "Output latency", "Raise it if the device has gaps; lower it to follow the head", "Alt+L"
        )
        self.buffer = _number(BUFFER_MS, 10, " ms")
        describe(self.buffer, "Buffer", "Sound that is generated ahead; raise it if the sound drops out", "Alt+B")
        self.compute = QComboBox()
        self.compute.setEditable(True)
        self.compute.addItems(_COMPUTE)
        describe(
            self.compute,
            "Compute device",
            "The device that PyTorch uses, for example cpu, cuda, cuda:1 or mps",
            "Alt+P",
        )
        self.runtime = QComboBox()
        for runtime in RUNTIMES:
            self.runtime.addItem(_RUNTIME_NAMES[runtime], runtime)
        describe(self.runtime, "Runtime", "What computes the model on a CPU", "Alt+R")
        self.weights: ElidedLabel = ElidedLabel("value")
        self.weights.setAccessibleName("Weights")
        self.choose = QPushButton("Choose …")
        describe(self.choose, "Choose weights", "Choose a folder of weights", "Alt+W")
        self.shipped = QPushButton("Shipped")
        describe(self.shipped, "Shipped weights", "Use the weights that come with SwanSphere", "Alt+S")
        self.steps = _number((0, MOST_STEPS), 1, "")
        self.steps.setSpecialValueText("Automatic")
        describe(
            self.steps, "Flow steps", "Refinement steps for each 160 ms of sound; more of them sound better", "Alt+F"
        )
        self.theme = QComboBox()
        for theme, name in _THEMES.items():
            self.theme.addItem(name, theme)
        describe(self.theme, "Theme", "Dark, light, or that of the system", "Alt+T")
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.said.setFixedSize(_WIDTH, 2 * self.fontMetrics().lineSpacing() + 4)
        self.restart = QPushButton("Restart the engine")
        describe(self.restart, "Restart the engine", "Restart it with these preferences", "Alt+E")
        self._lay_out()
        self._connect()
        self.show_choice(self._choice, needs_restart=False)

    def show_choice(self, choice: EngineChoice, *, needs_restart: bool) -> None:
        """Show a choice, and whether the running engine has another one."""
        self._choice = choice
        for field, value in (
            (self.latency, choice.latency_ms),
            (self.buffer, choice.buffer_ms),
            (self.steps, choice.steps or 0),
        ):
            with QSignalBlocker(field):
                field.setValue(value)
        with QSignalBlocker(self.compute), QSignalBlocker(self.runtime):
            self.compute.setCurrentText(choice.compute)
            self.runtime.setCurrentIndex(RUNTIMES.index(choice.runtime))
        self.weights.set_whole_text(SHIPPED if choice.checkpoint is None else str(choice.checkpoint))
        self.shipped.setEnabled(choice.checkpoint is not None)
        self.said.setText(_RESTART if needs_restart else "")
        self.restart.setEnabled(needs_restart)

    def show_theme(self, theme: str) -> None:
        """Show the chosen theme."""
        with QSignalBlocker(self.theme):
            self.theme.setCurrentIndex(self.theme.findData(theme))

    def show_device(self, row: int) -> None:
        """Show the device in a row of the list."""
        with QSignalBlocker(self.device):
            self.device.setCurrentIndex(row)

    def choose_weights(self, folder: Path | None) -> None:
        """Choose a folder of weights, None for the shipped ones."""
        self._tell(replace(self._choice, checkpoint=folder))

    def _connect(self) -> None:
        self.device.activated.connect(self.device_picked)
        self.latency.valueChanged.connect(lambda value: self._tell(replace(self._choice, latency_ms=value)))
        self.buffer.valueChanged.connect(lambda value: self._tell(replace(self._choice, buffer_ms=value)))
        self.steps.valueChanged.connect(lambda value: self._tell(replace(self._choice, steps=value or None)))
        self.compute.activated.connect(self._take_compute)
        edit = self.compute.lineEdit()
        if edit is not None:
            edit.editingFinished.connect(self._take_compute)
        self.runtime.activated.connect(lambda row: self._tell(replace(self._choice, runtime=RUNTIMES[row])))
        self.theme.activated.connect(lambda _row: self.theme_changed.emit(self.theme.currentData()))
        self.choose.clicked.connect(self.weights_wanted)
        self.shipped.clicked.connect(lambda: self.choose_weights(None))
        self.restart.clicked.connect(self.restart_wanted)

    def _take_compute(self) -> None:
        name = self.compute.currentText().strip()[:40]
        self._tell(replace(self._choice, compute=name or "cpu"))

    def _tell(self, choice: EngineChoice) -> None:
        if choice != self._choice:
            self._choice = choice
            self.choice_changed.emit(choice)

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(8)
        grid.setColumnMinimumWidth(0, 130)
        grid.setColumnStretch(1, 1)
        rows: tuple[tuple[str, tuple[QWidget, ...]], ...] = (
            ("SOUND", ()),
            ("Device", (self.device,)),
            ("Head", (self.head,)),
            ("Latency", (self.latency,)),
            ("Buffer", (self.buffer,)),
            ("MODEL", ()),
            ("Compute on", (self.compute,)),
            ("Runtime", (self.runtime,)),
            ("Weights", (self.weights, self.choose, self.shipped)),
            ("Flow steps", (self.steps,)),
            ("WINDOW", ()),
            ("Theme", (self.theme,)),
        )
        for row, (name, parts) in enumerate(rows):
            label = role_label(name, "muted" if parts else "title")
            label.setContentsMargins(0, 0 if parts or row == 0 else _ABOVE_TITLE_PX, 0, 0)
            grid.addWidget(label, row, 0)
            for column, part in enumerate(parts, start=1):
                grid.addWidget(part, row, column, 1, 3 if len(parts) == 1 else 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(12)
        whole.addLayout(grid)
        whole.addWidget(self.said)
        whole.addWidget(self.restart)


def _number(bounds: tuple[int, int], step: int, suffix: str) -> QSpinBox:
    field = QSpinBox()
    field.setRange(*bounds)
    field.setSingleStep(step)
    field.setSuffix(suffix)
    field.setKeyboardTracking(False)
    return field
