"""What every part of the window's process is built with."""

from dataclasses import dataclass

from app.bridge.session_bridge import SessionBridge
from app.editing.scene_editor import SceneEditor
from app.editing.selected import Selected
from app.files.settings import AppSettings
from app.window.error_dialog import ErrorDialogs
from app.window.main_window import MainWindow


@dataclass(frozen=True, eq=False)
class AppContext:
    """The window, the engine behind it, the settings of the program, where errors are shown, and the scene.

    `editor` makes the edits of the open project; `selected` is the lane and the block that the user has chosen.
    """

    window: MainWindow
    bridge: SessionBridge
    settings: AppSettings
    errors: ErrorDialogs
    editor: SceneEditor
    selected: Selected
