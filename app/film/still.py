"""The length of a still panorama: chosen in the film bar, an edit of the scene with undo."""

from functools import partial
from typing import Final

from PySide6.QtCore import QObject

from app.context import AppContext
from app.film.opening import FilmOpening
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.scene.edits.whole import set_still_length
from engine.contract.scene.scene import Scene
from widgets.timeline.gestures.quick_steps import QuickSteps
from widgets.timeline.gestures.requests import EditRequest

_WHAT: Final = ("still",)


class StillLength(QObject):
    """Makes the edit, and lets the engine's film follow the scene, also at undo and redo."""

    def __init__(self, context: AppContext, opening: FilmOpening) -> None:
        super().__init__(context.window)
        self._editor, self._bridge, self._opening = context.editor, context.bridge, opening
        self._film_bar = context.window.film_bar
        self._steps = QuickSteps(self._editor.begin_gesture)
        self._film_bar.still_wanted.connect(self._set)
        self._editor.scene_changed.connect(self._follow)

    def _set(self, seconds: float) -> None:
        edit = partial(set_still_length, length_samples=round(seconds * SAMPLE_RATE_HZ))
        self._editor.make(EditRequest(edit, self._steps.gesture_of(_WHAT)))
        self._film_bar.show_film(self._bridge.film)  # as it is, if the edit was refused

    def _follow(self, scene: Scene) -> None:
        shown = self._bridge.film
        if scene.film is None or shown is None or shown.times != "still":
            return
        if scene.film.file.path == shown.path and scene.film.choice.still_s is not None:
            self._opening.show_still_for(scene.film.length_samples / SAMPLE_RATE_HZ)
