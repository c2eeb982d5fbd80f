"""The page of first steps: shown once, and again from the menu Help."""

from typing import Final

from PySide6.QtCore import QObject

from app.context import AppContext
from app.window.dialogs import panel_dialog
from engine.contract.telemetry import EngineMetrics, EngineState
from widgets.panels.first_steps_page import FirstStepsPage

_SAID: Final = {
    EngineState.LOADING: "The model is loading. This takes some seconds.",
    EngineState.FAILED: "The sound engine has stopped: Playback, Restart the Engine.",
}


class FirstSteps(QObject):
    """Adds its entry to the menu Help. `offer` opens the page at the first start."""

    def __init__(self, context: AppContext) -> None:
        super().__init__(context.window)
        self._settings = context.settings
        self.page = FirstStepsPage()
        self.dialog = panel_dialog(
            context.window, "First steps", self.page, "Close this page; Help, First Steps opens it again"
        )
        menus = context.window.menus
        action = menus.add(menus.help, "&First Steps", "Ctrl+F1", "From a film to its sound in five steps")
        action.triggered.connect(self.show_page)
        context.bridge.metrics.connect(self._show_engine)

    def offer(self) -> None:
        """Open the page, unless it was open at an earlier start."""
        if not self._settings.first_steps_seen:
            self.show_page()

    def show_page(self) -> None:
        """Open the page; the window stays usable."""
        self._settings.first_steps_seen = True
        self.dialog.show()
        self.dialog.activateWindow()

    def _show_engine(self, metrics: EngineMetrics) -> None:
        if self.dialog.isVisible():
            self.page.show_engine(_SAID.get(metrics.state, "The model is ready."))
