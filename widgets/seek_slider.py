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
    """A slider over seconds. `sought` fires when the person lets go, `previewed` while dragging."""

    sought = Signal(float)
    previewed = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setRange(0, 0)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def set_duration(self, duration_s: float) -> None:
        self.setRange(0, max(0, round(duration_s * 1000)))

    def set_position(self, position_s: float) -> None:
        """Follow the film, unless the person holds the handle."""
        if not self.isSliderDown():
            self.setValue(round(position_s * 1000))

    @property
    def position_s(self) -> float:
        return self.value() / 1000.0

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        self.setSliderDown(True)
        self._follow(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.isSliderDown():
            self._follow(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.isSliderDown():
            self._follow(event)
            self.setSliderDown(False)
            self.sought.emit(self.position_s)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in _STEPS:
            self._jump(self.position_s + _STEPS[key])
        elif key == Qt.Key.Key_Home:
            self._jump(0.0)
        else:
            event.ignore()

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def _jump(self, position_s: float) -> None:
        self.setValue(round(position_s * 1000))
        self.sought.emit(self.position_s)

    def _follow(self, event: QMouseEvent) -> None:
        handle = self.style().pixelMetric(QStyle.PixelMetric.PM_SliderLength, None, self)
        span = max(1, self.width() - handle)
        x = round(event.position().x() - handle / 2)
        self.setValue(QStyle.sliderValueFromPosition(self.minimum(), self.maximum(), x, span))
        self.previewed.emit(self.position_s)
