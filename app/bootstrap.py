"""Builds everything once, in order."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import shiboken6
from PySide6.QtWidgets import QApplication

from app.bridge.memory import keep_freed_memory
from app.bridge.patch_source import CheckpointSource, ModelSource
from app.bridge.scene_bridge import SceneBridge
from app.bridge.session_bridge import SessionBridge
from app.context import AppContext
from app.daw.daw import Daw
from app.editing.scene_editor import SceneEditor
from app.editing.selected import Selected
from app.editing.telling import Telling
from app.export.exporting import Exporting
from app.files.resources import demo_film
from app.files.settings import AppSettings
from app.film.av_offset import AvOffset
from app.film.camera import CameraOpening
from app.film.horizon import Horizon
from app.film.look import look_at_film
from app.film.opening import FilmOpening, LookAtFilm
from app.film.still import StillLength
from app.makers.other_generator import OtherGenerator
from app.placing.placing import Placing
from app.preferences.preferences import Preferences
from app.preferences.theme_choice import ThemeChoice
from app.project.open_project import OpenProject
from app.project.recovery import RecoveryStore
from app.saving.saving import Saving
from app.takes.kept_takes import KeptTakes
from app.viewing.first_steps import FirstSteps
from app.viewing.panel_layout import PanelLayout
from app.window.error_dialog import ErrorDialogs
from app.window.main_window import MainWindow
from app.wiring.scene_wiring import SceneWiring
from app.wiring.wiring import Wiring
from app.words.words import words_in
from engine.contract.scene.scene import Scene
from engine.runtime.takes.store import takes_folder
from widgets.parts.theme import apply_theme
from widgets.timeline.timeline_view import TimelineView

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engine.ambisonics.binaural import BinauralFilters
    from engine.contract.view import ViewOrientation
    from engine.runtime.making.maker import TakeMaker
    from engine.runtime.session.session import Session
    from engine.runtime.sounds.process import KnownSoundsProcess
    from widgets.film.panorama_view import PanoramaView

Renderer = Literal["auto", "gpu", "cpu"]

_SWITCH_INTERVAL_S: Final = 0.001
"""Threads that send edits to the engine do not wait 5 ms for a window that is being drawn."""


@dataclass(frozen=True)
class AppOptions:
    """How to start: which weights, on which device, and the destination of the sound."""

    source: ModelSource = field(default_factory=CheckpointSource)
    output: Literal["device", "null"] = "device"
    settings_file: Path | None = None
    capture_dir: Path | None = None
    takes_dir: Path | None = None
    recovery_dir: Path | None = None
    head: "BinauralFilters | None" = None


@dataclass(frozen=True, eq=False)
class App:
    """The parts that a command drives."""

    window: MainWindow
    bridge: SessionBridge
    scenes: SceneBridge
    wiring: Wiring
    scene_wiring: SceneWiring
    saving: Saving
    settings: AppSettings
    errors: ErrorDialogs
    context: AppContext
    first_steps: FirstSteps

    def close(self) -> None:
        """End everything; may be called twice."""
        self.wiring.shut_down()

    def destroy(self) -> None:
        """End everything and the window with it while Qt still exists: a GL context must not outlive it."""
        self.close()
        self.window.panorama.release()
        shiboken6.delete(self.window)


def make_application() -> QApplication:
    """Return the one QApplication, with the theme applied."""
    application = QApplication.instance()
    if not isinstance(application, QApplication):
        application = QApplication(sys.argv[:1])
    keep_freed_memory()
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    application.setApplicationName("SwanSphere")
    application.setOrganizationName("SwanSphere")
    apply_theme(application)
    return application


def make_panorama(renderer: Renderer = "auto") -> "PanoramaView":
    """Return the view of the film, with the projection injected: widgets know no picture code.

    The graphics card draws if there is one. "cpu" is for a driver that draws wrongly, "gpu" for a try.
    """
    from widgets.film.gl_probe import is_hardware, renderer_name
    from widgets.film.panorama_view import PanoramaView

    name = None if renderer == "cpu" else renderer_name()
    return PanoramaView(_screen_view, use_gl=name is not None if renderer == "gpu" else is_hardware(name))


def _screen_view(
    pixels: "NDArray[np.uint8]", view: "ViewOrientation", fov_rad: float, size_wh: tuple[int, int]
) -> "NDArray[np.uint8]":
    """Return the flat view of a picture; OpenCV is imported with the first one, when the window is there already."""
    from engine.video.projection import screen_view

    return screen_view(pixels, view, fov_rad, size_wh)


def session_maker(options: AppOptions, settings: AppSettings) -> "Callable[[], Session]":
    """Return what builds a session, with the device chosen at that moment."""

    def make() -> "Session":
        from engine.runtime.session.session import Session, SessionConfig

        choice, _ = settings.engine_choice()
        return Session(
            SessionConfig(
                source_factory=options.source,
                output=options.output,
                device_name=settings.device_name if options.output == "device" else None,
                device_latency_s=choice.latency_ms / 1000.0,
                buffer_s=choice.buffer_ms / 1000.0,
                checkpoint_label=options.source.label,
                capture_dir=options.capture_dir,
                takes_dir=options.takes_dir,
                head=options.head,
            )
        )

    return make


def build(
    options: AppOptions,
    panorama: "Callable[[], PanoramaView]" = make_panorama,
    make_session: "Callable[[], Session] | None" = None,
    look: LookAtFilm = look_at_film,
    make_maker: "Callable[[], TakeMaker] | None" = None,
    make_sounds: "Callable[[], KnownSoundsProcess] | None" = None,
) -> App:
    """Build the window and everything behind it; nothing runs until `bridge.start()`."""
    settings = AppSettings(options.settings_file)
    demo = demo_film()
    telling = Telling()
    store = RecoveryStore(options.recovery_dir)
    editor = SceneEditor(OpenProject.new(Scene(), store, telling.tell))
    window = MainWindow(panorama(), TimelineView(editor.begin_gesture), demo is not None)
    for part in (telling, editor):
        part.setParent(window)
    bridge = SessionBridge(make_session or session_maker(options, settings), window)
    scenes = SceneBridge(bridge, options.source, window, make_maker)
    errors = ErrorDialogs(window)
    context = AppContext(window, bridge, settings, errors, editor, Selected(editor, window.timeline))
    exporting = Exporting(context, options.source)
    opening = FilmOpening(context, demo, look)
    kept = KeptTakes(window, errors, exporting, takes_folder(options.takes_dir, options.capture_dir), bridge.notice)
    wiring = Wiring(context, exporting, opening, kept)
    telling.told.connect(bridge.notice)
    preferences = Preferences(context, ThemeChoice(settings, window), wiring.steering.set_steps, wiring.restart_engine)
    wiring.engine_restarted.connect(preferences.note_start)
    scene_wiring = SceneWiring(context, scenes)
    saving = Saving(context, opening, store, telling.tell)
    Placing(context)
    Horizon(context)
    AvOffset(context)
    StillLength(context, opening)
    wiring.ends.append(CameraOpening(context, opening))
    wiring.ends.append(Daw(context))
    wiring.ends += [scene_wiring, saving, preferences.heads, PanelLayout(context)]
    wiring.ends.append(OtherGenerator(context))
    wiring.ends += words_in(context, options.source, options.output, make_sounds)
    return App(window, bridge, scenes, wiring, scene_wiring, saving, settings, errors, context, FirstSteps(context))
