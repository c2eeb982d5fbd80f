"""The transport over a film that fills the screen: it appears when the pointer moves, and fades when it rests."""

from typing import Final

from PySide6.QtCore import QEasingCurve, QEvent, QObject, QPropertyAnimation, QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QGraphicsOpacityEffect, QHBoxLayout, QLabel, QSlider, QWidget

from widgets.parts.describe import describe
from widgets.parts.text import clock_text
from widgets.parts.theme import COLOURS

REST_MS: Final = 2000
"""How long the pointer rests before the bar fades."""
_FADE_MS: Final = 300
_TICKS_PER_S: Final = 10
_WIDTH: Final = 640
_HEIGHT: Final = 56
_BELOW: Final = 24
_WAKING: Final = (QEvent.Type.MouseMove, QEvent.Type.MouseButtonPress, QEvent.Type.Wheel)


class FullScreenBar(QWidget):
    """Lies over a film while it is on. `seek_requested` carries a film time in seconds."""

    seek_requested = Signal(float)

    def __init__(self, film: QWidget) -> None:
        super().__init__(film)
        self._film = film
        self._duration_s = self._position_s = 0.0
        self._end = clock_text(0.0)
        self.position = QSlider(Qt.Orientation.Horizontal)
        self.position.setSingleStep(_TICKS_PER_S)
        self.position.setPageStep(5 * _TICKS_PER_S)
        describe(self.position, "Position in full screen", "The film time; arrow keys move it by 1 s", "Alt+Shift+G")
        self.time = QLabel()
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(16, 6, 16, 6)
        self._row.setSpacing(12)
        self._row.addWidget(self.position, 1)
        self._row.addWidget(self.time)
        self._opacity = QGraphicsOpacityEffect(self)
        self.setGraphicsEffect(self._opacity)
        self._fade = QPropertyAnimation(self._opacity, b"opacity", self)
        self._fade.setDuration(_FADE_MS)
        self._fade.setEasingCurve(QEasingCurve.Type.InQuad)
        self._fade.setStartValue(1.0)
        self._fade.setEndValue(0.0)
        self._fade.finished.connect(self._faded)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self._begin_to_fade)
        self.position.valueChanged.connect(self._moved)
        self._is_on = False
        self.hide()

    def set_film(self, duration_s: float, *, is_live: bool = False) -> None:
        """Take a film of this length; 0 disables the slider, and what is live does, too."""
        self._duration_s = duration_s
        self._end = "live" if is_live else clock_text(duration_s)
        with QSignalBlocker(self.position):
            self.position.setRange(0, round(duration_s * _TICKS_PER_S))
        self.position.setEnabled(duration_s > 0.0 and not is_live)
        self.set_position(0.0)

    def set_position(self, position_s: float) -> None:
        """Show a film time in seconds; nothing is drawn while the bar is hidden."""
        self._position_s = position_s
        if self.isHidden():
            return
        if not self.position.isSliderDown():
            with QSignalBlocker(self.position):
                self.position.setValue(round(position_s * _TICKS_PER_S))
        text = f"{clock_text(position_s)} / {self._end}"
        if text != self.time.text():
            self.time.setText(text)

    def begin(self, transport: QWidget) -> None:
        """Take the transport and follow the pointer."""
        self._is_on = True
        self._row.insertWidget(0, transport)
        for part in (self._film, *self._film.findChildren(QWidget)):
            part.setMouseTracking(True)
        application = QApplication.instance()
        if application is not None:
            application.installEventFilter(self)
        self.wake()

    def end(self) -> None:
        """Hide; the owner takes the transport back."""
        self._is_on = False
        application = QApplication.instance()
        if application is not None:
            application.removeEventFilter(self)
        self._rest.stop()
        self._fade.stop()
        self.hide()
        self._film.unsetCursor()

    def wake(self) -> None:
        """Show the bar, and begin to wait for rest."""
        self._fade.stop()
        self._opacity.setOpacity(1.0)
        self._place()
        self._film.unsetCursor()
        self.show()
        self.raise_()
        self.set_position(self._position_s)
        self._rest.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Wake when the pointer moves or presses over the film."""
        if event.type() in _WAKING and isinstance(watched, QWidget) and self._film.window().isAncestorOf(watched):
            self.wake()
        elif event.type() is QEvent.Type.Resize and watched is self._film:
            self._place()
        return False

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the ground."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = QColor(COLOURS.panel)
        ground.setAlphaF(0.9)
        painter.setBrush(ground)
        painter.setPen(QColor(COLOURS.border))
        painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), 10.0, 10.0)
        painter.end()

    def _place(self) -> None:
        width = min(_WIDTH, max(0, self._film.width() - 2 * _BELOW))
        self.setGeometry((self._film.width() - width) // 2, self._film.height() - _HEIGHT - _BELOW, width, _HEIGHT)

    def _begin_to_fade(self) -> None:
        if self.underMouse() or self.isAncestorOf(QApplication.focusWidget() or self._film):
            self._rest.start()  # the user is at it
        else:
            self._fade.start()

    def _faded(self) -> None:
        self.hide()
        if self._is_on:
            self._film.setCursor(Qt.CursorShape.BlankCursor)

    def _moved(self, ticks: int) -> None:
        self.seek_requested.emit(ticks / _TICKS_PER_S)
