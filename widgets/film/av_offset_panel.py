"""The time between sound and picture: in milliseconds, and in frames of the film."""

from typing import Final

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QPushButton, QSlider, QVBoxLayout, QWidget

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.scene.scene import MOST_OFFSET_SAMPLES
from widgets.parts.describe import describe
from widgets.parts.panel import fill_column, role_label

_WIDTH: Final = 516
_PER_MS: Final = SAMPLE_RATE_HZ // 1_000
_MOST_MS: Final = MOST_OFFSET_SAMPLES / _PER_MS
_SLIDER_MS: Final = 500
_LONGEST: Final = "+1199.50 frames at 119.88 per second"
_TIP: Final = "Shift the sound against the picture; + makes the sound later, - earlier"
_HINT: Final = (
    "+ makes the sound later than the picture, - earlier. The scene plays like this. Exported films are shifted, too; "
    "exported sounds have the shift in their time reference. The live sound of a film without blocks is not shifted."
)


class AvOffsetPanel(QWidget):
    """`changed` carries an offset in samples at 48 kHz. Between `grabbed` and `let_go` the slider is held."""

    changed = Signal(int)
    grabbed = Signal()
    let_go = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._samples = 0
        self._fps: float | None = None
        self.box = QDoubleSpinBox()
        self.box.setRange(-_MOST_MS, _MOST_MS)
        self.box.setDecimals(1)
        self.box.setSingleStep(1.0)
        self.box.setSuffix(" ms")
        self.box.setKeyboardTracking(False)
        self.box.setAlignment(Qt.AlignmentFlag.AlignRight)
        describe(self.box, "A/V offset in milliseconds", _TIP, "Alt+M")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName("centred")
        self.slider.setRange(-_SLIDER_MS, _SLIDER_MS)
        self.slider.setPageStep(10)
        describe(self.slider, "A/V offset, slider", _TIP, "Alt+Shift+M")
        self.earlier, self.later = QPushButton("A frame earlier"), QPushButton("A frame later")
        describe(self.earlier, "Sound a frame earlier", "Make the sound earlier by a frame of the film", "Alt+E")
        describe(self.later, "Sound a frame later", "Make the sound later by a frame of the film", "Alt+L")
        self.reset = QPushButton("Reset")
        describe(self.reset, "Reset the A/V offset", "Play sound and picture together", "Alt+T")
        self.meaning = role_label("", "value")
        self.frames = role_label("", "muted")
        self.frames.setMinimumWidth(self.frames.fontMetrics().horizontalAdvance(_LONGEST))  # nothing beside it moves
        self._build()
        self.box.valueChanged.connect(lambda ms: self._ask(round(ms * _PER_MS)))
        self.slider.valueChanged.connect(lambda ms: self._ask(ms * _PER_MS))
        self.slider.sliderPressed.connect(self.grabbed)
        self.slider.sliderReleased.connect(self.let_go)
        self.earlier.clicked.connect(lambda: self._step(-1))
        self.later.clicked.connect(lambda: self._step(1))
        self.reset.clicked.connect(lambda: self._ask(0))
        self.show_offset(0)

    def show_offset(self, samples: int) -> None:
        """Show an offset in samples."""
        self._samples = samples
        ms = samples / _PER_MS
        with QSignalBlocker(self.box), QSignalBlocker(self.slider):
            if round(ms, 1) != self.box.value():
                self.box.setValue(ms)
            self.slider.setValue(round(ms))
        self.meaning.setText(meaning(samples))
        self.reset.setEnabled(samples != 0)
        self._show_frames()

    def set_rate(self, fps: float | None) -> None:
        """Take the frames per second of the film, None if there is none."""
        self._fps = fps
        for button in (self.earlier, self.later):
            button.setEnabled(fps is not None)
        self._show_frames()

    def _build(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(12)
        label = role_label("Offset", "muted")
        label.setBuddy(self.box)
        row.addWidget(label)
        row.addWidget(self.slider, 1)
        row.addWidget(self.box)
        steps = QHBoxLayout()
        steps.setSpacing(8)
        steps.addWidget(self.frames, 1)
        steps.addWidget(self.earlier)
        steps.addWidget(self.later)
        controls = QVBoxLayout()
        controls.setSpacing(10)
        controls.addLayout(row)
        controls.addWidget(self.meaning)
        controls.addLayout(steps)
        fill_column(self, controls, _HINT, _WIDTH, self.reset)
        self.set_rate(None)

    def _show_frames(self) -> None:
        if self._fps is None:
            self.frames.setText("No film is open")
        else:
            frames = self._samples / SAMPLE_RATE_HZ * self._fps
            count = f"{frames:+.2f}" if self._samples else "0"
            self.frames.setText(f"{count} frames at {self._fps:.5g} per second")

    def _step(self, frames: int) -> None:
        if self._fps is not None:
            samples = self._samples + round(frames * SAMPLE_RATE_HZ / self._fps)
            self._ask(min(max(samples, -MOST_OFFSET_SAMPLES), MOST_OFFSET_SAMPLES))

    def _ask(self, samples: int) -> None:
        if samples != self._samples:
            self.changed.emit(samples)
        self.show_offset(self._samples)


def meaning(samples: int) -> str:
    """Return what an offset in samples does, in words."""
    if samples == 0:
        return "Sound and picture are together."
    return f"The sound is {abs(samples) / _PER_MS:.1f} ms {'later' if samples > 0 else 'earlier'} than the picture."
