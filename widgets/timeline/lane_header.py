"""The head of a lane: its colour and number, name, place, words, gain, mute, solo, arm, and the die."""

import time
from typing import Final

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QColor,
    QFont,
    QFontMetrics,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractButton, QToolButton, QWidget

from engine.contract.scene.lane import Lane
from widgets.parts.gain_field import GAIN_PX, GainField
from widgets.parts.theme import Colours
from widgets.timeline.geometry.hits import ROW_PX
from widgets.timeline.icons import timeline_icon
from widgets.timeline.looks import mixed, readable_on

HEADER_PX: Final = 264
_BUTTON: Final = QSize(25, 24)
_GAIN_HEIGHT_PX: Final = 25
_SWATCH: Final = QRect(6, 6, 22, 22)
_TEXT_LEFT: Final = 36
_GAP: Final = 3
_SILENT: Final = "silent: not made yet"
_ONE_CHANGE_S: Final = 1.0
"""Steps of the gain that follow each other this fast are one gesture."""


class Swatch(QAbstractButton):
    """The lane's colour with its row's number: the number tells lanes apart without the colour."""

    def __init__(self, parent: QWidget, colours: Colours) -> None:
        super().__init__(parent)
        self.colour = colours.muted
        self._colours = colours
        self.setGeometry(_SWATCH)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the swatch."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._colours.text if self.hasFocus() else self._colours.border))
        painter.fillRect(self.rect().adjusted(1, 1, -1, -1), QColor(self.colour))
        font = QFont(self.font())
        font.setPixelSize(12)
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(readable_on(self.colour))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())
        painter.end()


class LaneHeader(QWidget):
    """Draws a lane's head; it only sends requests. `gain_changed` sends dB and whether it continues a gesture."""

    pressed = Signal(int)
    rename_wanted = Signal(int)
    colour_wanted = Signal(int)
    mute_wanted = Signal(int, bool)
    solo_wanted = Signal(int, bool)
    arm_wanted = Signal(int, bool)
    die_wanted = Signal(int)
    gain_changed = Signal(int, float, bool)

    def __init__(self, colours: Colours, actions: dict[str, QAction], parent: QWidget) -> None:
        super().__init__(parent)
        self._colours = colours
        self._actions = actions
        self._lane: Lane | None = None
        self._words, self._place, self._is_selected, self._is_silent = "", "", False, False
        self._last_change_s = 0.0
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.swatch = Swatch(self, colours)
        self.mute, self.solo, self.arm = (self._switch(text) for text in ("M", "S", "A"))
        self.die = self._button()
        icon = timeline_icon("die")
        if icon is not None:
            self.die.setIcon(icon)
        self.gain = GainField(self)
        self.gain.setFixedHeight(_GAIN_HEIGHT_PX)
        self.swatch.clicked.connect(lambda: self.colour_wanted.emit(self.lane_id))
        self.mute.clicked.connect(lambda on: self.mute_wanted.emit(self.lane_id, on))
        self.solo.clicked.connect(lambda on: self.solo_wanted.emit(self.lane_id, on))
        self.arm.clicked.connect(lambda on: self.arm_wanted.emit(self.lane_id, on))
        self.die.clicked.connect(lambda: self.die_wanted.emit(self.lane_id))
        self.gain.valueChanged.connect(self._change_gain)

    @property
    def lane_id(self) -> int:
        """The number of the lane on display, 0 without one."""
        return 0 if self._lane is None else self._lane.lane_id

    def show_lane(self, lane: Lane, number: int) -> None:
        """Show a lane, in the row of a number counted from 1."""
        if lane is not self._lane or self.swatch.text() != str(number):
            self.show_again(lane, number)

    def show_again(self, lane: Lane, number: int) -> None:
        """Show a lane whatever the controls show, as after an edit that was refused."""
        is_new_name = self._lane is None or self._lane.name != lane.name
        self._lane = lane
        self.swatch.colour = lane.colour
        self.swatch.setText(str(number))
        for button in (self.arm, self.die):
            button.setVisible(lane.has_place)  # the film's own sound and head-locked sound are never generated
        for button, on in ((self.mute, lane.mute), (self.solo, lane.solo), (self.arm, lane.armed)):
            if button.isChecked() != on:
                button.setChecked(on)
        self.gain.show_gain(lane.gain_db)
        if is_new_name:
            self._say(lane.name)
        self.update()

    def show_words(self, words: str, place: str) -> None:
        """Show the words of the lane and its place."""
        if (words, place) != (self._words, self._place):
            self._words, self._place = words, place
            told = ". ".join(filter(None, (words, place)))
            self.setAccessibleDescription(told)
            self.setToolTip(told)
            self.update()

    def show_selected(self, is_selected: bool) -> None:
        """Show whether keys act on the lane."""
        if is_selected != self._is_selected:
            self._is_selected = is_selected
            self.update()

    def show_silent(self, is_silent: bool) -> None:
        """Show whether the lane is silent now because its sound is not made in time."""
        if is_silent != self._is_silent:
            self._is_silent = is_silent
            self.update()

    def name_rect(self) -> QRect:
        """Return the rectangle of the name."""
        return QRect(_TEXT_LEFT, 5, self.mute.x() - _TEXT_LEFT - 6, 24)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Place the controls."""
        x = self.width() - 6
        for button in (self.die, self.arm, self.solo, self.mute):
            x -= _BUTTON.width()
            button.move(x, 5)
            x -= _GAP
        self.gain.move(self.width() - 6 - GAIN_PX, 31)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the ground, the name and the words."""
        colours = self._colours
        painter = QPainter(self)
        ground = mixed(colours.raised, colours.panel, 0.7) if self._is_selected else QColor(colours.panel)
        painter.fillRect(self.rect(), ground)
        painter.fillRect(0, ROW_PX - 1, self.width(), 1, QColor(colours.window))
        if self._lane is not None:
            painter.fillRect(0, 0, 3, ROW_PX - 1, QColor(self._lane.colour))
            words = QRect(_TEXT_LEFT, 31, self.gain.x() - _TEXT_LEFT - 6, 24)
            name = self.name_rect()
            name_px = _paint_text(painter, name, self._lane.name, QColor(colours.text), 13)
            if self._is_silent:
                _paint_text(painter, words, _SILENT, QColor(colours.warning), 12)
            else:
                _paint_text(painter, words, self._words, QColor(colours.muted), 12)
            rest = name.adjusted(name_px + 8, 1, 0, 1)
            if QFontMetrics(painter.font()).horizontalAdvance(self._place) <= rest.width():
                _paint_text(painter, rest, self._place, QColor(colours.muted), 12)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select the lane."""
        self.pressed.emit(self.lane_id)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Rename the lane."""
        if event.button() is Qt.MouseButton.LeftButton:
            self.rename_wanted.emit(self.lane_id)

    def _change_gain(self, gain_db: float) -> None:
        now_s = time.monotonic()
        continues, self._last_change_s = now_s - self._last_change_s < _ONE_CHANGE_S, now_s
        self.gain_changed.emit(self.lane_id, gain_db, continues)

    def _switch(self, text: str) -> QToolButton:
        button = self._button()
        button.setText(text)
        button.setCheckable(True)
        return button

    def _button(self) -> QToolButton:
        button = QToolButton(self)
        button.setProperty("role", "lane")
        button.setFixedSize(_BUTTON)
        button.setIconSize(QSize(16, 16))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keyboard with the lanes
        return button

    def _say(self, name: str) -> None:
        """Give every control a name and a tooltip with the key that does the same to the selected lane."""
        self.setAccessibleName(f"Lane {name}")
        for control, command, what, tip in (
            (self.swatch, "colour", "Colour", "Choose the colour; its marker in the film has the same"),
            (self.mute, "mute", "Mute", "Mute the lane"),
            (self.solo, "solo", "Solo", "Hear only the soloed lanes"),
            (self.arm, "arm", "Arm", "Generate the lane while the film plays"),
            (self.die, "die", "Another take", "Make another take of the same words"),
            (self.gain, "gain", "Gain", "The gain of the lane"),
        ):
            control.setAccessibleName(f"{what}, lane {name}")
            control.setAccessibleDescription(tip)
            control.setToolTip(f"{tip} ({self._actions[command].shortcut().toString()} for the selected lane)")


def _paint_text(painter: QPainter, rect: QRect, text: str, colour: QColor, size_px: int) -> int:
    """Paint a text, cut to a rectangle; returns its width."""
    font = QFont(painter.font())
    font.setPixelSize(size_px)
    painter.setFont(font)
    painter.setPen(colour)
    metrics = QFontMetrics(font)
    shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
    painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
    return metrics.horizontalAdvance(shown)
