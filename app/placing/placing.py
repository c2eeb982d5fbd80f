"""Connects the places of lanes with the window. One thread: the window's."""

from PySide6.QtCore import QObject

from app.context import AppContext
from engine.contract.scene.scene import Scene
from engine.contract.video import ScreenFrame
from widgets.places.commands import PlaceCommands
from widgets.places.curve_hand import CurveHand
from widgets.places.film_hand import FilmHand
from widgets.places.place_hand import PlaceHand
from widgets.places.places_panel import PlacesPanel
from widgets.places.places_state import PlacesState


class Placing(QObject):
    """Adds the panels "Places" and "Path", and a hand on the film."""

    def __init__(self, context: AppContext) -> None:
        super().__init__(context.window)
        window, bridge = context.window, context.bridge
        self._window, self._has_lanes = window, False
        self.state = PlacesState(window.timeline.state)
        self.hand = PlaceHand(self.state)
        self.commands = PlaceCommands(self.state)
        self.film = FilmHand(self.state, self.hand, self.commands, window.panorama)
        self.panel = PlacesPanel(self.state, self.hand, self.commands, window.panorama.level_db_at)
        self.curves = CurveHand(self.state, self.hand, self.commands)
        window.add_panel(self.panel, "Places", "F9", "Where the lanes are: a map, and numbers to type")
        window.add_panel(self.curves, "Path", "F10", "The path of the selected lane over time", below=True)
        self.film.layer.viewed = self.panel.map.set_view
        bridge.position.connect(self.state.set_position)
        bridge.playing_changed.connect(self.state.set_playing)
        bridge.frame.connect(self._show_frame)
        context.editor.scene_changed.connect(self._show_scene)
        bridge.film_opened.connect(lambda _info: self.panel.map.set_frame(None))

    def _show_scene(self, scene: Scene) -> None:
        self.panel.map.set_horizon(scene.horizon)
        has_lanes = any(lane.blocks for lane in scene.lanes)  # from then on, the scene is heard and not the prompt
        if has_lanes is not self._has_lanes:
            self._has_lanes = has_lanes
            self._window.direction.show_lanes(has_lanes)
            if has_lanes and self._window.side.shown is self._window.direction:
                self._window.side.bring_forward(self.panel)

    def _show_frame(self, frame: ScreenFrame) -> None:
        self.panel.map.set_frame(frame.pixels)
