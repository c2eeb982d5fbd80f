"""The dialog of preferences: kept at once, applied at once or when the engine restarts."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog

from app.context import AppContext
from app.preferences.head_choice import HeadChoice
from app.preferences.theme_choice import ThemeChoice
from app.window.dialogs import panel_dialog
from engine.contract.engine_choice import EngineChoice
from engine.contract.telemetry import EngineNotice
from widgets.preferences.preferences_panel import PreferencesPanel

_TOPIC = "preferences"


class Preferences(QObject):
    """Adds its entry to the menu Edit. `restart` restarts the engine; `take_steps` takes new flow steps at once."""

    def __init__(
        self,
        context: AppContext,
        themes: ThemeChoice,
        take_steps: Callable[[int | None], None],
        restart: Callable[[], None],
    ) -> None:
        super().__init__(context.window)
        self._context = context
        self._themes = themes
        self._take_steps = take_steps
        self._choice, problems = context.settings.engine_choice()
        self._running = self._choice
        devices = context.window.output.devices
        self.panel = PreferencesPanel(devices.model())
        self.dialog = panel_dialog(context.window, "Preferences", self.panel, "Close this dialog; everything is kept")
        self.heads = HeadChoice(context, self.panel.head)
        self.panel.device_picked.connect(self._pick_device)
        self.panel.choice_changed.connect(self._take)
        self.panel.theme_changed.connect(themes.choose)
        self.panel.weights_wanted.connect(self._ask_for_weights)
        self.panel.restart_wanted.connect(restart)
        menus = context.window.menus
        menus.edit.addSeparator()
        action = menus.add(menus.edit, "&Preferences …", "Ctrl+,", "Device, head, latency, model and theme")
        action.triggered.connect(self.show_dialog)
        action = menus.add(menus.playback, "&Head …", "Ctrl+Alt+H", "Listen with the head of a SOFA file")
        action.triggered.connect(self.heads.ask)
        if self._choice.steps is not None:
            take_steps(self._choice.steps)
        if problems:
            context.bridge.notice(EngineNotice(" ".join(problems), topic=_TOPIC))

    def show_dialog(self) -> None:
        """Open the dialog; the window stays usable."""
        self._show()
        self.dialog.show()
        self.dialog.activateWindow()

    def note_start(self) -> None:
        """Take note that the engine was restarted, with what is chosen now."""
        self._running = self._choice
        self._show()

    def _show(self) -> None:
        self.panel.show_choice(self._choice, needs_restart=self._choice.needs_restart_after(self._running))
        self.panel.show_theme(self._themes.theme)
        self.panel.show_device(self._context.window.output.devices.currentIndex())

    def _pick_device(self, row: int) -> None:
        devices = self._context.window.output.devices
        devices.setCurrentIndex(row)
        devices.activated.emit(row)

    def _take(self, choice: EngineChoice) -> None:
        if choice.steps != self._choice.steps:
            self._take_steps(choice.steps)
        self._choice = choice
        self._context.settings.keep_engine_choice(choice)
        self._show()

    def _ask_for_weights(self) -> None:
        settings = self._context.settings
        chosen = QFileDialog.getExistingDirectory(
            self.dialog, "Choose a folder of weights", str(settings.folder("weights"))
        )
        if not chosen:
            return
        folder = Path(chosen)
        if not any(folder.glob("*.safetensors")):
            self._context.errors.show(
                "These are no weights", f"{folder} holds no .safetensors file: choose the folder of a checkpoint."
            )
            return
        settings.remember_folder("weights", folder.parent)
        self.panel.choose_weights(folder)
