"""A timeline with an owner that makes edits as the application does, and a mouse."""

import itertools
from collections import Counter
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QPointF, QRect, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

from engine.contract.errors import SceneError
from engine.contract.scene.history import History
from engine.contract.scene.scene import Scene
from tests.engine.contract.scene.scenes import S
from widgets.timeline.geometry.hits import ROW_PX
from widgets.timeline.gestures.requests import EditRequest
from widgets.timeline.timeline_view import TimelineView

NONE = Qt.KeyboardModifier.NoModifier
SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier
SEED = 4711
DOG, FILM, RAIN, MUSIC = 10, 11, 12, 13  # the blocks of `whole_scene`


class Owner:
    """Makes the edits that a timeline asks for: those of a drag on the scene before it."""

    def __init__(self, scene: Scene, **values: object) -> None:
        self._numbers: Iterator[int] = itertools.count(1)
        self.view = TimelineView(lambda: next(self._numbers), roll=lambda: SEED, **values)
        self.history = History(scene)
        self.requests: list[EditRequest] = []
        self.refused: list[str] = []
        self.sought: list[float] = []
        self.view.edit_requested.connect(self.edit)
        self.view.refused.connect(self.refused.append)
        self.view.seek_requested.connect(self.sought.append)
        self.view.set_scene(scene)

    @property
    def scene(self) -> Scene:
        return self.history.scene

    @property
    def steps(self) -> list[str]:
        """The names of the edits that undo would take back, the first first."""
        return [step.name for step in self.history.past]

    def edit(self, request: EditRequest) -> None:
        self.requests.append(request)
        past = self.history.past
        base = past[-1].scene if request.gesture and past and past[-1].gesture == request.gesture else self.scene
        try:
            self.history = self.history.done(request.edit(base), request.gesture)
        except SceneError as error:
            self.refused.append(str(error))
        self.view.set_scene(self.scene)

    def undo(self) -> None:
        self.history = self.history.undone()
        self.view.set_scene(self.scene)

    def at(self, sample: int, row: int, y: int = ROW_PX // 2) -> QPointF:
        """Return the point of the lanes at a time and a row."""
        return QPointF(self.view.state.scale.x_of(sample), self.view.area.row_top(row) + y)

    def key(self, qtbot, key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE) -> None:
        qtbot.keyClick(self.view.area, key, modifiers)

    def type(self, qtbot, text: str, end: Qt.Key = Qt.Key.Key_Return) -> None:
        """Type into the field that is open."""
        field = self.view.typing.field
        assert field is not None
        assert field.isVisible()
        assert field.selectedText() == field.text()  # what is typed replaces it
        if not text:
            field.clear()
        qtbot.keyClicks(field, text)
        qtbot.keyClick(field, end)


def mouse(kind: QEvent.Type, widget: QWidget, at: QPointF, modifiers: Qt.KeyboardModifier = NONE) -> None:
    left = Qt.MouseButton.LeftButton
    held = Qt.MouseButton.NoButton if kind is QEvent.Type.MouseButtonRelease else left
    button = Qt.MouseButton.NoButton if kind is QEvent.Type.MouseMove else left
    QApplication.sendEvent(widget, QMouseEvent(kind, at, widget.mapToGlobal(at), button, held, modifiers))


def press(widget: QWidget, at: QPointF, modifiers: Qt.KeyboardModifier = NONE) -> None:
    mouse(QEvent.Type.MouseButtonPress, widget, at, modifiers)


def move(widget: QWidget, at: QPointF, modifiers: Qt.KeyboardModifier = NONE) -> None:
    mouse(QEvent.Type.MouseMove, widget, at, modifiers)


def release(widget: QWidget, at: QPointF, modifiers: Qt.KeyboardModifier = NONE) -> None:
    mouse(QEvent.Type.MouseButtonRelease, widget, at, modifiers)


def drag(widget: QWidget, start: QPointF, end: QPointF, modifiers: Qt.KeyboardModifier = NONE) -> None:
    """Drag in four steps, as a hand does."""
    press(widget, start)
    for step in range(1, 5):
        move(widget, start + (end - start) * step / 4.0, modifiers)
    release(widget, end, modifiers)


def click(widget: QWidget, at: QPointF, modifiers: Qt.KeyboardModifier = NONE) -> None:
    press(widget, at, modifiers)
    release(widget, at, modifiers)


def double_click(widget: QWidget, at: QPointF) -> None:
    click(widget, at)
    mouse(QEvent.Type.MouseButtonDblClick, widget, at)
    release(widget, at)


def shown(qtbot, made: Owner, size: tuple[int, int] = (1100, 420)) -> Owner:
    """Show the timeline of an owner at 25 frames/s, with 30 s in view and the keyboard in its lanes."""
    qtbot.addWidget(made.view)
    made.view.resize(*size)
    made.view.set_rate(25.0)
    with qtbot.waitActive(made.view):
        made.view.show()
    made.view.area.setFocus()
    made.view.state.fit(0, 30 * S)
    return made


def near(owner, samples):
    """What a pixel covers, and a frame that it snaps to."""
    return pytest.approx(samples, abs=1.5 * owner.view.state.scale.samples_per_px + S / 25)


def colours_in(widget: QWidget, rect: QRect) -> Counter[str]:
    image = widget.grab(rect).toImage()
    return Counter(image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height()))
