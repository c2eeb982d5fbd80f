"""Every connection between the window and the engine, in one place."""

from functools import partial
from typing import Protocol

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMessageBox

from app.bridge.background_task import BackgroundTask
from app.context import AppContext
from app.export.exporting import Exporting
from app.film.opening import FilmOpening
from app.head.head_tracking import HeadTracking
from app.takes.kept_takes import KeptTakes
from app.window.dialogs import tell
from app.window.shortcut_list import show_shortcuts
from app.wiring.device_choice import DeviceChoice
from app.wiring.listening import Listening
from app.wiring.steering import Steering
from engine.contract.camera import shown_name
from engine.contract.directions import Direction
from engine.contract.errors import EngineError
from engine.contract.telemetry import EngineFailure, EngineMetrics, EngineNotice, EngineState, FoaLevels, PromptHeard
from engine.contract.version import VERSION
from engine.contract.video import ScreenFrame, VideoInfo

_EXPORT_END_S = 0.6
_SEARCH_END_S = 0.3
_OPENING_END_S = 0.3
_ABOUT = (
    "Plays a 360° film while a streaming model makes its spatial sound, live.\n\n"
    "Code: Apache-2.0. Weights: CC BY-NC 4.0, for non-commercial use; see the model card in resources."
)


class Ending(Protocol):
    """Something that runs in the background and ends with the window."""

    def ask_to_end(self) -> None:
        """Begin to end, without waiting."""

    def end(self) -> None:
        """End, within about 2 s. May be called twice."""


class Wiring(QObject):
    """Connects on construction; `shut_down` ends everything."""

    engine_restarted = Signal()

    def __init__(
        self,
        context: AppContext,
        exporting: Exporting,
        opening: FilmOpening,
        kept: KeptTakes,
    ) -> None:
        super().__init__(context.window)
        self._window, self._bridge = context.window, context.bridge
        self._settings, self._errors = context.settings, context.errors
        self._editor = context.editor
        self._exporting = exporting
        self._film_path: str | None = None
        self._is_restarting = False
        self.ends: list[Ending] = []
        """More parts that end with the window: first all are asked to, then all are waited for."""
        self.opening = opening
        self.kept = kept
        self.steering = Steering(context.bridge, self)
        self._devices = DeviceChoice(context.window.output, context.bridge, context.settings, self)
        self.listening = Listening(context.window.channels, context.bridge, self)
        self.head = HeadTracking(context.window, context.settings)
        self._device_search: BackgroundTask | None = None
        self._connect_engine()
        self._connect_controls()
        self._connect_menus()
        context.window.sound.set_view(context.settings.sound_view)
        context.window.map.set_up(context.settings.map_is_on, context.settings.map_percent)
        context.window.output.set_volume_percent(context.settings.volume_percent)
        context.bridge.set_volume(context.window.output.linear_volume)

    def look_for_devices(self) -> None:
        """List the output devices in the background: asking the system may take a second."""
        session = self._bridge.session
        if session is None or (self._device_search is not None and self._device_search.running):
            return
        self._device_search = BackgroundTask("devices", lambda _progress, _cancelled: session.output_devices(), self)
        self._device_search.succeeded.connect(self._devices.show_list)
        self._device_search.failed.connect(partial(self._show_error, "Output devices cannot be listed"))
        self._device_search.start()

    def shut_down(self) -> None:
        """End every thread and process. May be called twice."""
        self._settings.volume_percent = self._window.output.volume.value()
        self.head.close()
        self._settings.map_is_on = self._window.map.is_on
        self._settings.map_percent = self._window.map.percent
        self._settings.sound_view = self._window.sound.view
        self._settings.geometry = self._window.saveGeometry()
        self._settings.save()
        self._errors.close_all()
        self._editor.close(keep=True)
        for ending in self.ends:
            ending.ask_to_end()
        self.opening.cancel()
        self._exporting.cancel()  # it ends together with the engine: both have 2 s
        self._bridge.close()
        self._exporting.wait(_EXPORT_END_S)
        self.opening.wait(_OPENING_END_S)
        if self._device_search is not None:
            self._device_search.wait(_SEARCH_END_S)
        self.kept.wait(_SEARCH_END_S)
        for ending in self.ends:
            ending.end()

    def _connect_engine(self) -> None:
        window, bridge = self._window, self._bridge
        bridge.levels.connect(self._show_levels)
        bridge.loudness.connect(window.loudness.show_loudness)
        bridge.metrics.connect(window.engine.show_metrics)
        bridge.metrics.connect(self._note_metrics)
        bridge.prompt_heard.connect(self._prompt_heard)
        bridge.noticed.connect(window.notices.show_notice)
        bridge.failed.connect(self._engine_failed)
        bridge.frame.connect(self._show_frame)
        bridge.position.connect(window.transport.set_position)
        bridge.position.connect(window.prompt.set_position)
        bridge.position.connect(window.sound.set_position)
        bridge.playing_changed.connect(window.transport.set_playing)
        bridge.film_opened.connect(self._film_opened)
        self.steering.sent.connect(window.prompt.mark_sent)

    def _connect_controls(self) -> None:
        window, bridge = self._window, self._bridge
        window.transport.play_requested.connect(bridge.play)
        window.transport.pause_requested.connect(bridge.pause)
        window.transport.seek_requested.connect(bridge.seek)
        window.sound.seek_requested.connect(bridge.seek)
        window.prompt.submitted.connect(self.steering.set_prompt)
        window.direction.changed.connect(self._direction_changed)
        window.loudness.clicked.connect(bridge.reset_loudness)
        window.output.volume_changed.connect(bridge.set_volume)
        window.film_bar.choice_made.connect(self.opening.change_choice)
        window.map.opacity_changed.connect(window.panorama.set_map_opacity)
        window.panorama.view_changed.connect(bridge.set_view)
        window.panorama.direction_picked.connect(window.direction.set_direction)
        window.empty.open_requested.connect(self.opening.ask)
        window.empty.demo_requested.connect(self.opening.play_demo)
        window.closing.connect(self.shut_down)

    def _connect_menus(self) -> None:
        window = self._window
        actions = (
            (window.menus.open_action, self.opening.ask),
            (window.menus.demo_action, self.opening.open_demo),
            (window.menus.export_foa_action, self._exporting.ask_for_field),
            (window.menus.export_binaural_action, self._exporting.ask_for_binaural),
            (window.menus.exports_action, self._exporting.show_queue),
            (window.menus.takes_action, self.kept.show_all),
            (window.menus.quit_action, window.close),
            (window.menus.back_action, window.transport.jump_back),
            (window.menus.forward_action, window.transport.jump_forward),
            (window.menus.pause_action, window.transport.pause),
            (window.menus.play_action, window.transport.play_or_jump),
            (window.menus.timeline_action, window.focus_timeline),
            (window.menus.louder_action, window.output.louder),
            (window.menus.quieter_action, window.output.quieter),
            (window.menus.devices_action, self.look_for_devices),
            (window.menus.restart_action, self.restart_engine),
            (window.menus.recentre_action, window.panorama.recentre),
            (window.menus.zoom_in_action, window.sound.zoom_in),
            (window.menus.zoom_out_action, window.sound.zoom_out),
            (window.menus.head_action, self.head.show_dialog),
            (window.menus.shortcuts_action, self._show_shortcuts),
            (window.menus.about_action, self._show_about),
        )
        for action, slot in actions:
            action.triggered.connect(slot)

    def restart_engine(self) -> None:
        """Restart the engine with the same film."""
        self._window.notices.clear()  # they concerned the old engine
        self.listening.say()
        self._is_restarting = True
        try:
            self._bridge.restart()
        except EngineError as error:
            self._errors.show("The engine could not be restarted", str(error))
        finally:
            self._is_restarting = False
        self.engine_restarted.emit()

    def _film_opened(self, info: VideoInfo) -> None:
        window = self._window
        window.film_bar.show_film(info)
        if info.first_view is not None and info.path != self._film_path:
            window.panorama.set_view(info.first_view)
        is_same_still = info.times == "still" and info.path == self._film_path
        self._film_path = info.path
        window.transport.set_film(info.duration_s, is_live=info.is_live)
        if not self._is_restarting:  # then the same take continues
            window.sound.begin(info.duration_s, is_live=info.is_live)
        if not is_same_still:  # with another length it shows the same
            window.panorama.set_frame(None)
        window.panorama.set_field(None)
        window.loudest.clear_field()
        window.show_film_area(True)
        name = shown_name(info.path)
        about_film = f"{name}: {' '.join(info.notices)}" if info.notices else ""
        window.notices.show_notice(EngineNotice(about_film, topic="film", lasts=True))

    def _show_frame(self, frame: ScreenFrame) -> None:
        self._window.panorama.set_frame(frame.pixels)

    def _note_metrics(self, metrics: EngineMetrics) -> None:
        if metrics.state is EngineState.ENDED:  # no sound from anywhere any more
            self._window.panorama.set_field(None)
            self._window.loudest.clear_field()

    def _show_levels(self, levels: FoaLevels) -> None:
        window = self._window  # one connection for all: they come 25 times per second
        window.sound.add(levels)
        window.meters.show_levels(levels)
        window.loudest.show_levels(levels)
        window.panorama.set_field(levels)

    def _prompt_heard(self, heard: PromptHeard) -> None:
        self._window.prompt.mark_taken_up(heard.version, heard.heard_at_s, heard.read_as)

    def _direction_changed(self, direction: Direction | None) -> None:
        self.steering.set_direction(direction)
        self._window.panorama.set_target(None if direction is None else direction.unit_vector())

    def _engine_failed(self, failure: EngineFailure) -> None:
        box = self._errors.show("The sound has stopped", failure.message, failure.detail)
        if not box.property("has_restart"):
            box.setProperty("has_restart", True)
            button = box.addButton("Restart the engine", QMessageBox.ButtonRole.ActionRole)
            button.clicked.connect(self.restart_engine)

    def _show_error(self, title: str, error: Exception) -> None:
        self._errors.show(title, str(error))

    def _show_shortcuts(self) -> None:
        show_shortcuts(self._window)

    def _show_about(self) -> None:
        tell(self._window, f"SwanSphere {VERSION}", _ABOUT)
