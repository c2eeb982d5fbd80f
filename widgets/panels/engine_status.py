"""The state of the engine at a glance: state, buffer, speed, dropouts."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QWidget

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.telemetry import EngineMetrics, EngineState
from widgets.parts.elided_label import ElidedLabel
from widgets.parts.fill_bar import FillBar
from widgets.parts.panel import Panel, role_label

_STATES = {
    EngineState.IDLE: ("Ready, no film", "muted"),
    EngineState.LOADING: ("Loading the model …", "warning"),
    EngineState.PRIMING: ("Filling the buffer …", "warning"),
    EngineState.PLAYING: ("Playing", "good"),
    EngineState.PAUSED: ("Paused", "accent"),
    EngineState.REBUFFERING: ("Catching up …", "bad"),
    EngineState.ENDED: ("End of the film", "muted"),
    EngineState.FAILED: ("Stopped by an error", "bad"),
}
_REDUCED = ("Reduced quality: the machine is busy", "warning")
_LOW_BUFFER_S = 0.2
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_ROWS = (
    ("speed", "Speed", "How fast the sound is made; below 1.0x real time the sound drops out"),
    ("steps", "Flow steps", "Refinement steps for each 160 ms of sound; fewer when the machine is busy"),
    ("underruns", "Dropouts", "How often the sound ran out since you pressed Play, and for how long in total"),
    (
        "gaps",
        "Device gaps",
        "How often the device itself had nothing to play since you pressed Play; the take is complete",
    ),
    ("model", "Model", "The weights of the model in use"),
    ("device", "Output", "Where the sound goes now"),
)


class EngineStatus(Panel):
    """Read-only. Receives EngineMetrics a few times per second.

    `state_row` is the state in words, small, which the window always shows.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Engine", parent)
        self.dot = QLabel("●")
        self.state: QLabel = role_label("", "muted")
        self.state.setAccessibleName("State of the engine")
        self.state_row = QWidget()
        head = QHBoxLayout(self.state_row)
        head.setContentsMargins(0, 0, 0, 0)
        head.setSpacing(6)
        head.addWidget(self.dot)
        head.addWidget(self.state)
        self.buffer = FillBar()
        self.buffer.setAccessibleName("Buffered sound")
        self.buffer.setToolTip("Sound that is ready to play")
        self.buffer_text: QLabel = _value_label()
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        grid.addWidget(role_label("Buffer", "muted"), 0, 0)
        grid.addWidget(self.buffer, 0, 1)
        grid.addWidget(self.buffer_text, 0, 2)
        self.values: dict[str, ElidedLabel] = {}
        for row, (key, text, tip) in enumerate(_ROWS, start=1):
            label, value = role_label(text, "muted"), ElidedLabel("value")
            value.setAlignment(_RIGHT)
            label.setToolTip(tip)
            value.setAccessibleDescription(tip)
            value.setAccessibleName(text)
            grid.addWidget(label, row, 0)
            grid.addWidget(value, row, 1, 1, 2)
            self.values[key] = value
        self.body.addLayout(grid)
        self.show_metrics(EngineMetrics(EngineState.LOADING))

    def show_metrics(self, metrics: EngineMetrics) -> None:
        """Show the engine's state, its buffer and its speed."""
        text, role = _REDUCED if metrics.is_reduced else _STATES[metrics.state]
        self._show_details(metrics)
        if self.state.text() != text:
            self.state.setText(text)
            self.dot.setProperty("role", role)
            self.dot.style().polish(self.dot)
        is_low = metrics.state is EngineState.PLAYING and metrics.buffered_s < _LOW_BUFFER_S
        goal_s = metrics.buffer_goal_s
        self.buffer.set_share(metrics.buffered_s / goal_s if goal_s > 0.0 else 0.0, is_low=is_low)
        ready = f"{metrics.buffered_s:.2f} s"
        if ready != self.buffer_text.text():
            self.buffer_text.setText(ready)
        self._show_speed(metrics)
        self.values["steps"].set_whole_text(str(metrics.flow_steps) if metrics.flow_steps else "not set yet")
        self._show_dropouts(metrics)
        self.values["model"].set_whole_text(metrics.checkpoint or "none loaded")
        self.values["device"].set_whole_text(_device_text(metrics))

    def _show_details(self, metrics: EngineMetrics) -> None:
        """Say under the mouse what the state means, in figures."""
        details = []
        if metrics.is_reduced:
            details.append("The sound is made in fewer steps so that it does not drop out. It gets better by itself.")
        if metrics.flow_steps and metrics.realtime_factor > 0.0:
            speed = 1.0 / metrics.realtime_factor
            details.append(f"{metrics.flow_steps} flow steps, {speed:.1f}x real time.")
        details.append(f"{metrics.buffered_s:.1f} s of sound is ready. Dropouts: {metrics.underruns}.")
        details.append("All figures are in the tab Levels (F7).")
        text = " ".join(details)
        if text != self.state_row.toolTip():
            self.state_row.setToolTip(text)
            self.state.setAccessibleDescription(text)

    def _show_speed(self, metrics: EngineMetrics) -> None:
        if metrics.realtime_factor <= 0.0:
            self.values["speed"].set_whole_text("not measured yet")
            self.values["speed"].set_bad(False)
            return
        too_slow = metrics.realtime_factor > 1.0
        times = 1.0 / metrics.realtime_factor
        figure = f"{times:.0f}" if times >= 10.0 else f"{times:.2f}" if too_slow else f"{times:.1f}"
        speed = f"{figure}x real time"
        self.values["speed"].set_whole_text(f"Too slow: {speed}" if too_slow else speed)
        self.values["speed"].set_bad(too_slow)

    def _show_dropouts(self, metrics: EngineMetrics) -> None:
        count, dry_s = metrics.underruns, metrics.underrun_s
        self.values["underruns"].set_whole_text(f"{count} ({dry_s:.2f} s)" if count else "none")
        self.values["underruns"].set_bad(count > 0)
        self.values["gaps"].set_whole_text(str(metrics.device_gaps) if metrics.device_gaps else "none")
        self.values["gaps"].set_bad(metrics.device_gaps > 0)


def _value_label() -> QLabel:
    label = role_label("", "value")
    label.setAlignment(_RIGHT)
    metrics = label.fontMetrics()
    label.setFixedSize(metrics.horizontalAdvance("00.00 s"), metrics.height())  # a new number moves nothing else
    return label


def _device_text(metrics: EngineMetrics) -> str:
    if not metrics.device_name:
        return "not open yet"
    if metrics.device_rate_hz in (0, SAMPLE_RATE_HZ):
        return metrics.device_name
    return f"{metrics.device_name} at {metrics.device_rate_hz / 1000:g} kHz"
