"""No command: the window."""

import argparse
import os
import signal
import sys
from functools import partial

from app.command_line.arguments import existing_file
from app.command_line.film_choice import film_choice
from app.files.this_program import to_type
from engine.contract.camera import camera_source
from engine.contract.errors import InvalidInputError
from engine.contract.video import NO_CHOICE
from engine.files.stopping import stop, stopping_in_order
from engine.project.project_file import read_project


def run(arguments: argparse.Namespace) -> int:
    """Open the window and run until it is closed; returns the exit status."""
    if arguments.film is not None:
        if camera_source(arguments.film) is None:
            existing_file(arguments.film, "film")
    if arguments.project is not None:
        existing_file(arguments.project, "project")
        if arguments.film is not None:
            raise InvalidInputError("A project has its own film: give --project or a film, not both.")
        read_project(arguments.project)  # one that cannot be read is refused before a window opens
    _check_display()
    choice = film_choice(arguments)
    if arguments.film is None and choice != NO_CHOICE:
        raise InvalidInputError(
            "--layout, --projection, --fov and --still-seconds describe a film, and no film is given: specify one."
        )
    from app.bootstrap import AppOptions, build, make_application, make_panorama
    from app.bridge.qt_signals import signals_wake_qt
    from app.files.logs import catch_everything, start_logging
    from app.files.settings import AppSettings
    from app.preferences.preferred_model import PreferredModel
    from app.window.first_paint import AfterFirstPaint

    application = make_application()
    start_logging()
    options = AppOptions(source=PreferredModel(AppSettings(), arguments.checkpoint, arguments.device))
    app = build(options, partial(make_panorama, arguments.renderer))

    def show_uncaught(message: str) -> None:
        app.errors.show("Something did not work", message)

    catch_everything(show_uncaught)
    if not app.window.restoreGeometry(app.settings.geometry):
        app.window.take_usual_size()

    def begin() -> None:
        app.bridge.start()
        app.wiring.look_for_devices()
        app.wiring.kept.offer()
        app.saving.recovering.offer()
        app.first_steps.offer()
        if arguments.project is not None:
            app.saving.files.open(arguments.project)
        elif arguments.film is not None:
            if camera_source(arguments.film) is None:
                app.wiring.opening.open(arguments.film, choice)
            else:
                app.wiring.opening.open(arguments.film, choice, then=app.bridge.play)
        else:
            app.wiring.opening.open_demo()

    AfterFirstPaint(app.window, begin)
    app.window.show()
    signal.signal(signal.SIGINT, lambda _number, _frame: app.window.close_unasked())
    stopped: list[int] = []

    def leave(status: int) -> None:  # no question may delay this, so the window is not asked to close
        stopped.append(status)
        application.exit(status)

    with signals_wake_qt(), stopping_in_order(leave):
        try:
            status = int(application.exec())
        finally:
            app.destroy()
    if stopped:
        stop(stopped[0])
    return status


def _check_display() -> None:
    chosen = os.environ.get("QT_QPA_PLATFORM", "")
    has_screen = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if sys.platform.startswith("linux") and not chosen and not has_screen:
        raise InvalidInputError(
            f"There is no screen: run `{to_type()} headless` to play without one, "
            f"or `xvfb-run {to_type()}` for a virtual screen."
        )
