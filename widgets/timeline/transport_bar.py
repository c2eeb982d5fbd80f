"""Play, pause, seek, loop."""

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QFontDatabase, QIcon
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from widgets.parts.describe import describe
from widgets.parts.icons import loop_icon, pause_icon, play_icon, to_start_icon
from widgets.parts.text import clock_text, precise_clock_text
from widgets.timeline.seek_slider import SeekSlider

JUMP_S = 5.0


class TransportBar(QWidget):
    """The bar under the film. It only emits requests; `set_playing` and `set_position` report what plays."""

    play_requested = Signal()
    pause_requested = Signal()
    seek_requested = Signal(float)
    loop_changed = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAutoFillBackground(True)  # opaque: what lies under it is not painted again for each tick of the clock
        self._playing = False
        self._duration_s = 0.0
        self._play_icon, self._pause_icon = play_icon(), pause_icon()
        self.start_button = _button(to_start_icon())
        self.play_button = _button(self._play_icon)
        self.play_button.setIconSize(QSize(22, 22))
        self.loop_button = _button(loop_icon())
        self.loop_button.setCheckable(True)
        self.slider = SeekSlider()
        self.clock = QLabel()
        self.clock.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self._give_clock_room()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        for part in (self.start_button, self.play_button, self.loop_button):
            layout.addWidget(part)
        layout.addSpacing(4)
        layout.addWidget(self.clock)
        layout.addWidget(self.slider, 1)
        describe(self.start_button, "Back to the start", "Go to the start of the film", "Ctrl+Home")
        describe(self.loop_button, "Loop", "Restart when the film ends", "Ctrl+L")
        describe(
            self.slider,
            "Position in the film",
            "Click or drag to seek; each press of an arrow key moves 5 s",
            "Ctrl+T",
        )
        self.start_button.clicked.connect(self._go_to_start)
        self.play_button.clicked.connect(self.toggle)
        self.loop_button.toggled.connect(self.loop_changed)
        self.slider.sought.connect(self._seek)
        self.slider.previewed.connect(self._show_clock)
        self.set_playing(False)
        self.set_film(0.0)

    def set_film(self, duration_s: float) -> None:
        """Take a film of this length; 0 means no film and disables everything."""
        self._duration_s = duration_s
        self.slider.set_duration(duration_s)
        self._give_clock_room()
        for part in (self.start_button, self.play_button, self.loop_button, self.slider, self.clock):
            part.setEnabled(duration_s > 0.0)
        self._show_clock(0.0)

    def set_position(self, position_s: float) -> None:
        """Show a film time in seconds; a held handle does not move."""
        self.slider.set_position(position_s)
        if not self.slider.isSliderDown():
            self._show_clock(position_s)

    def set_playing(self, playing: bool) -> None:
        """Show whether the film plays."""
        self._playing = playing
        self.play_button.setIcon(self._pause_icon if playing else self._play_icon)
        describe(
            self.play_button, "Pause" if playing else "Play", "Pause the film" if playing else "Play the film", "Space"
        )

    def set_loop(self, on: bool) -> None:
        """Show whether the film starts again at its end."""
        self.loop_button.setChecked(on)

    def toggle(self) -> None:
        """Request pause while playing, and play while paused."""
        if self._duration_s > 0.0:
            (self.pause_requested if self._playing else self.play_requested).emit()

    def jump_back(self) -> None:
        """Request a seek 5 s back."""
        self._jump(-JUMP_S)

    def jump_forward(self) -> None:
        """Request a seek 5 s forward."""
        self._jump(JUMP_S)

    def _jump(self, by_s: float) -> None:
        if self._duration_s > 0.0:
            self._seek(min(self._duration_s, max(0.0, self.slider.position_s + by_s)))

    def _go_to_start(self) -> None:
        self._seek(0.0)

    def _seek(self, position_s: float) -> None:
        self.slider.set_position(position_s)
        self._show_clock(position_s)
        self.seek_requested.emit(position_s)

    def _show_clock(self, position_s: float) -> None:
        text = f"{precise_clock_text(position_s)} / {clock_text(self._duration_s)}"
        if text != self.clock.text():
            self.clock.setText(text)

    def _give_clock_room(self) -> None:
        """Fix the size of the clock: the window is laid out once per film, not ten times per second."""
        longest = f"{precise_clock_text(self._duration_s)} / {clock_text(self._duration_s)}"
        metrics = self.clock.fontMetrics()
        self.clock.setFixedSize(max(map(metrics.horizontalAdvance, (longest, "0:00.0 / 0:00"))) + 8, metrics.height())


def _button(icon: QIcon) -> QToolButton:
    button = QToolButton()
    button.setIcon(icon)
    button.setIconSize(QSize(18, 18))
    return button
