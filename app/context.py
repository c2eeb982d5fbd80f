"""What every part of the window's process is built with."""

from dataclasses import dataclass

from app.bridge.session_bridge import SessionBridge
from app.files.settings import AppSettings
from app.window.error_dialog import ErrorDialogs
from app.window.main_window import MainWindow


@dataclass(frozen=True, eq=False)
class AppContext:
    """The window, the engine behind it, the settings of the program, and where errors are shown."""

    window: MainWindow
    bridge: SessionBridge
    settings: AppSettings
    errors: ErrorDialogs
