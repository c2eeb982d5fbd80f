"""Play, pause, back to the start, loop."""

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from widgets.parts.describe import describe
from widgets.parts.icons import loop_icon, pause_icon, play_icon, to_start_icon

JUMP_S = 5.0


class TransportBar(QWidget):
    """The buttons over the timeline. They only emit requests; `set_playing` and `set_position` report what plays.

    While one of them has the keyboard, Left and Right request a step by a frame.
    """

    play_requested = Signal()
    pause_requested = Signal()
    seek_requested = Signal(float)
    loop_changed = Signal(bool)
    step_back_requested = Signal()
    step_on_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._playing = False
        self._duration_s = 0.0
        self._position_s = 0.0
        self._play_icon, self._pause_icon = play_icon(), pause_icon()
        self.start_button = _button(to_start_icon())
        self.play_button = _button(self._play_icon)
        self.play_button.setIconSize(QSize(22, 22))
        self.loop_button = _button(loop_icon())
        self.loop_button.setCheckable(True)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        for part in (self.start_button, self.play_button, self.loop_button):
            layout.addWidget(part)
            part.installEventFilter(self)
        describe(self.start_button, "Back to the start", "Go to the start of the film", "Ctrl+Home")
        describe(
            self.loop_button, "Loop", "Repeat the film, or the range between loop in and loop out (I and O)", "Ctrl+L"
        )
        self.start_button.clicked.connect(self._go_to_start)
        self.play_button.clicked.connect(self.toggle)
        self.loop_button.toggled.connect(self.loop_changed)
        self.set_playing(False)
        self.set_film(0.0)

    @property
    def position_s(self) -> float:
        """The film time in seconds."""
        return self._position_s

    def set_film(self, duration_s: float, *, is_live: bool = False) -> None:
        """Take a film of this length, from its start; 0 means no film and disables everything."""
        self._position_s = 0.0
        self.set_length(duration_s, is_live)

    def set_length(self, duration_s: float, is_live: bool = False) -> None:
        """Take the length of what is played in seconds; 0 means that there is nothing and disables everything.

        What is live has no start to go to, and does not repeat.
        """
        self._duration_s = duration_s
        self.play_button.setEnabled(duration_s > 0.0)
        for part in (self.start_button, self.loop_button):
            part.setEnabled(duration_s > 0.0 and not is_live)

    def set_position(self, position_s: float) -> None:
        """Note a film time in seconds, from which jumps are counted."""
        self._position_s = position_s

    def set_playing(self, playing: bool) -> None:
        """Show whether the film plays."""
        self._playing = playing
        self.play_button.setIcon(self._pause_icon if playing else self._play_icon)
        describe(
            self.play_button, "Pause" if playing else "Play", "Pause the film" if playing else "Play the film", "Space"
        )

    def set_loop(self, on: bool) -> None:
        """Show whether the film, or a range of it, repeats."""
        self.loop_button.setChecked(on)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take Left and Right from the buttons, whose neighbours Tab reaches."""
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress and not event.modifiers():
            if event.key() == Qt.Key.Key_Left:
                self.step_back_requested.emit()
                return True
            if event.key() == Qt.Key.Key_Right:
                self.step_on_requested.emit()
                return True
        return super().eventFilter(watched, event)

    def toggle(self) -> None:
        """Request pause while playing, and play while paused."""
        if self._duration_s > 0.0:
            (self.pause_requested if self._playing else self.play_requested).emit()

    def play_or_jump(self) -> None:
        """Request play while paused, and a seek 5 s forward while playing."""
        if self._playing:
            self.jump_forward()
        else:
            self.toggle()

    def pause(self) -> None:
        """Request pause while playing."""
        if self._playing:
            self.pause_requested.emit()

    def jump_back(self) -> None:
        """Request a seek 5 s back."""
        self._jump(-JUMP_S)

    def jump_forward(self) -> None:
        """Request a seek 5 s forward."""
        self._jump(JUMP_S)

    def _jump(self, by_s: float) -> None:
        if self._duration_s > 0.0:
            self._seek(min(self._duration_s, max(0.0, self._position_s + by_s)))

    def _go_to_start(self) -> None:
        self._seek(0.0)

    def _seek(self, position_s: float) -> None:
        self._position_s = position_s
        self.seek_requested.emit(position_s)


def _button(icon: QIcon) -> QToolButton:
    button = QToolButton()
    button.setIcon(icon)
    button.setIconSize(QSize(18, 18))
    return button
