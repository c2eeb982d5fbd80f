"""The timeline of the film: click anywhere, drag, or use the arrow keys."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QSlider, QStyle, QWidget

_KEY_STEP_S = 5.0
_STEPS = {
    Qt.Key.Key_Left: -_KEY_STEP_S,
    Qt.Key.Key_Right: _KEY_STEP_S,
    Qt.Key.Key_PageUp: -4 * _KEY_STEP_S,
    Qt.Key.Key_PageDown: 4 * _KEY_STEP_S,
}


class SeekSlider(QSlider):
    """A slider over seconds. `sought` fires when the user lets go, `previewed` while dragging.

    The handle is redrawn only when it moves by a pixel.
    """

    sought = Signal(float)
    previewed = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setRange(0, 0)
        self._position_s = 0.0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def set_duration(self, duration_s: float) -> None:
        """Take a film of this length, and go to its start."""
        self.setRange(0, max(0, round(duration_s * 1000)))
        self._position_s = 0.0
        self.setValue(0)

    def set_position(self, position_s: float) -> None:
        """Follow the film, unless the user holds the handle."""
        if self.isSliderDown():
            return
        self._position_s = position_s
        value, span = round(position_s * 1000), self._span()
        if self._pixel(value, span) != self._pixel(self.value(), span):
            self.setValue(value)

    @property
    def position_s(self) -> float:
        """The film time of the handle in seconds."""
        return self._position_s

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Move the handle to the pointer."""
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        self.setSliderDown(True)
        self._follow(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the held handle."""
        if self.isSliderDown():
            self._follow(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Seek to where the handle was released."""
        if event.button() == Qt.MouseButton.LeftButton and self.isSliderDown():
            self._follow(event)
            self.setSliderDown(False)
            self.sought.emit(self.position_s)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Seek by a step, or to the start or the end."""
        key = Qt.Key(event.key())
        if key in _STEPS:
            self._jump(self.position_s + _STEPS[key])
        elif key == Qt.Key.Key_Home:
            self._jump(0.0)
        else:
            event.ignore()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to what is around the slider."""
        event.ignore()

    def _jump(self, position_s: float) -> None:
        self._take(round(position_s * 1000))
        self.sought.emit(self.position_s)

    def _follow(self, event: QMouseEvent) -> None:
        x = round(event.position().x() - self._handle_width() / 2)
        self._take(QStyle.sliderValueFromPosition(self.minimum(), self.maximum(), x, self._span()))
        self.previewed.emit(self.position_s)

    def _take(self, value: int) -> None:
        self.setValue(value)
        self._position_s = self.value() / 1000.0

    def _pixel(self, value: int, span: int) -> int:
        return QStyle.sliderPositionFromValue(self.minimum(), self.maximum(), value, span)

    def _span(self) -> int:
        return max(1, self.width() - self._handle_width())

    def _handle_width(self) -> int:
        return self.style().pixelMetric(QStyle.PixelMetric.PM_SliderLength, None, self)
