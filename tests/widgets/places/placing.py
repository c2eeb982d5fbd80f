"""Places with an owner that makes edits as the application does, a film and a clock that stands until it is moved."""

import numpy as np
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from engine.contract.scene.edits.placing import place_at
from engine.contract.scene.lane import Lane
from engine.contract.scene.scene import Scene
from engine.video.projection import screen_view
from tests.engine.contract.scene.scenes import S
from tests.widgets.timeline.timelines import Owner
from widgets.film.panorama_view import PanoramaView
from widgets.places.commands import PlaceCommands
from widgets.places.film_clock import FilmClock
from widgets.places.film_hand import FilmHand
from widgets.places.place_hand import PlaceHand
from widgets.places.places_state import PlacesState

GREY = np.dstack([np.full((180, 360, 3), 90, np.uint8), np.full((180, 360), 255, np.uint8)])


class Placing:
    """A scene with its timeline, the film and a hand on it. `now_s` is the clock's time."""

    def __init__(self, qtbot, scene: Scene) -> None:
        self.now_s = 0.0
        self.owner = Owner(scene)
        self.state = PlacesState(self.owner.view.state, FilmClock(lambda: self.now_s))
        self.hand = PlaceHand(self.state, lambda: self.now_s)
        self.film = PanoramaView(screen_view)
        for widget in (self.owner.view, self.film):
            qtbot.addWidget(widget)
        self.film.resize(640, 360)
        self.film.set_frame(GREY)
        self.film.show()
        self.commands = PlaceCommands(self.state)
        self.over = FilmHand(self.state, self.hand, self.commands, self.film)

    def lane(self, lane_id: int = 1) -> Lane:
        return self.owner.scene.lane(lane_id)

    def place(self, lane_id: int = 1, seconds: float | None = None) -> tuple[float, float]:
        """Return azimuth and elevation of a lane now, or at a time."""
        found = place_at(self.lane(lane_id), self.state.now if seconds is None else round(seconds * S))
        assert found is not None
        return found.direction.azimuth_deg, found.direction.elevation_deg

    def point(self, lane_id: int = 1) -> QPointF:
        """Return where the film shows a lane."""
        mark = next(mark for mark in self.state.marks() if mark.lane_id == lane_id)
        x, y, _ = self.film.flat_view().to_pixels(mark.vector)
        return QPointF(x, y)

    def play(self, position_s: float = 0.0) -> None:
        self.state.set_position(position_s)
        self.state.set_playing(True)

    def wait(self, seconds: float) -> None:
        """Let the film go on, with the reports of a player."""
        for _ in range(round(seconds / 0.02)):
            position_s = self.state.clock.sample / S
            self.now_s += 0.02
            self.state.set_position(position_s + 0.02)


def wheel(widget: QWidget, at: QPointF, steps: float, modifiers: Qt.KeyboardModifier) -> None:
    turn = (QPoint(), QPoint(0, round(120 * steps)), Qt.MouseButton.NoButton, modifiers)
    QApplication.sendEvent(widget, QWheelEvent(at, at, *turn, Qt.ScrollPhase.NoScrollPhase, False))
