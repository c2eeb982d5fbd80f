"""The gain of the whole mix: a fader and a number, over the lanes."""

from functools import partial
from typing import Final

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QAction, QColor, QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QSlider, QStyle, QStyleOptionSlider, QWidget

from engine.contract.scene.checks import HIGHEST_GAIN_DB, LOWEST_GAIN_DB
from engine.contract.scene.edits.whole import set_master_gain
from widgets.parts.gain_field import GAIN_PX, GainField
from widgets.parts.panel import role_label
from widgets.parts.theme import Colours
from widgets.timeline.gestures.quick_steps import QuickSteps
from widgets.timeline.state import TimelineState

_FADER_PX: Final = 140
_FADER_HEIGHT_PX: Final = 24
_GAP_PX: Final = 8
_MARK_PX: Final = 4
_FINE_FROM_DB: Final = -20.0
_PER_DB: Final = 10
"""Steps of the fader per dB in its fine part; a step below is four times as much."""
_COARSE: Final = 4.0
_TIP: Final = "The gain of all lanes together, at your ears and in exported files"


class Fader(QSlider):
    """A gain in steps: even in dB from -20 to 20 dB, and faster below. `reset_wanted`: a double click for 0 dB."""

    reset_wanted = Signal()

    def __init__(self, colours: Colours) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._colours = colours
        self.setRange(step_of(LOWEST_GAIN_DB), step_of(HIGHEST_GAIN_DB))
        self.setSingleStep(_PER_DB // 2)
        self.setPageStep(3 * _PER_DB)
        self.setFixedSize(_FADER_PX, _FADER_HEIGHT_PX)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Ask for 0 dB."""
        self.reset_wanted.emit()
        event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Turn only with the keyboard here: a wheel in passing must not change the mix."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the fader with a mark at 0 dB."""
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        handle = self.style().subControlRect(
            QStyle.ComplexControl.CC_Slider, option, QStyle.SubControl.SC_SliderHandle, self
        )
        room = self.width() - handle.width()
        x = handle.width() // 2 + QStyle.sliderPositionFromValue(self.minimum(), self.maximum(), 0, room)
        painter = QPainter(self)
        for top in (handle.top() - _MARK_PX, handle.bottom() + 1):
            painter.fillRect(x, top, 1, _MARK_PX, QColor(self._colours.muted))
        painter.end()
        super().paintEvent(event)


class MasterGain(QWidget):
    """Shows the master gain of the scene and asks for edits of it; a drag is one step of undo.

    In little room it is the number alone.
    """

    def __init__(self, state: TimelineState) -> None:
        super().__init__()
        self._state = state
        self._steps = QuickSteps(state.begin_gesture)
        self._held = 0
        self.fader, self.field = Fader(state.colours), GainField()
        self._label = role_label("Master", "muted")
        self._label.setBuddy(self.field)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(_GAP_PX)
        layout.addStretch(1)
        for part in (self._label, self.fader, self.field):
            layout.addWidget(part)
        self.fader.sliderPressed.connect(self._grab)
        self.fader.sliderReleased.connect(self._let_go)
        self.fader.valueChanged.connect(lambda step: self.ask_for(gain_db_of(step)))
        self.fader.reset_wanted.connect(lambda: self.ask_for(0.0))
        self.field.valueChanged.connect(self.ask_for)
        state.scene_changed.connect(self._show)
        self._show()

    def minimumSizeHint(self) -> QSize:
        """Return the least size, in pixels: the number."""
        return QSize(GAIN_PX, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out the fader, then the label, if there is no room for them."""
        with_label = self._label.sizeHint().width() + _GAP_PX + GAIN_PX
        self._label.setVisible(self.width() >= with_label)
        self.fader.setVisible(self.width() >= with_label + _GAP_PX + _FADER_PX)

    def take_action(self, action: QAction) -> None:
        """Take the action whose keys the tooltips name."""
        keys = action.shortcut().toString()
        self.fader.setAccessibleName("Master gain, fader")
        self.fader.setToolTip(f"{_TIP}; double-click for 0 dB ({keys})")
        self.field.setAccessibleName("Master gain in dB")
        self.field.setAccessibleDescription(_TIP)
        self.field.setToolTip(f"{_TIP} ({keys})")

    def ask_for(self, gain_db: float) -> None:
        """Ask for a gain in dB; if it is refused, the controls show again what is."""
        gesture = self._held or self._steps.gesture_of(())
        self._state.request(partial(set_master_gain, gain_db=gain_db), gesture)
        self._show()

    def _grab(self) -> None:
        self._held = self._state.begin_gesture()

    def _let_go(self) -> None:
        self._held = 0

    def _show(self, _old: object = None) -> None:
        gain_db = self._state.scene.master_gain_db
        self.field.show_gain(gain_db)
        with QSignalBlocker(self.fader):
            self.fader.setValue(step_of(gain_db))
        self.fader.setAccessibleDescription(f"{gain_db:.1f} dB. {_TIP}")  # its own value is a count of steps
        self.fader.update()


def step_of(gain_db: float) -> int:
    """Return the step of the fader that is nearest to a gain in dB."""
    fine = max(gain_db, _FINE_FROM_DB)
    return round(_PER_DB * (fine + (gain_db - fine) / _COARSE))


def gain_db_of(step: int) -> float:
    """Return the gain in dB of a step of the fader."""
    fine = max(step, round(_PER_DB * _FINE_FROM_DB))
    return round((fine + _COARSE * (step - fine)) / _PER_DB, 1)
