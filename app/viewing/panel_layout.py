"""The panels: hidden and shown by the menu View, resized by hand, and as they were at the next start."""

from typing import Final

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from app.context import AppContext
from app.viewing.full_screen import FullScreen
from app.window.panel_tabs import PanelTabs

_SIDE, _BELOW = "side", "below"
_TITLES: Final = {
    _SIDE: ("Panels Beside the Film", "Ctrl+Alt+P", "Show or hide the panels beside the film"),
    _BELOW: ("Panels Below the Film", "Ctrl+Alt+B", "Show or hide the timeline and the panels beside it"),
}


class PanelLayout(QObject):
    """Restores the layout on construction and keeps it at the end; full screen leaves it as it was."""

    def __init__(self, context: AppContext) -> None:
        super().__init__(context.window)
        self._window = context.window
        self._settings = context.settings
        self.full_screen = FullScreen(context)
        self._tabs: dict[str, PanelTabs] = {_SIDE: self._window.side, _BELOW: self._window.below}
        self.actions: dict[str, QAction] = {}
        menus = self._window.menus
        menus.view.addSeparator()
        hidden = self._settings.hidden_panels
        for key, (title, keys, tip) in _TITLES.items():
            action = self.actions[key] = menus.add(menus.view, title, keys, tip)
            action.setCheckable(True)
            action.setChecked(key not in hidden)
            self._tabs[key].set_open(key not in hidden)
            action.toggled.connect(self._tabs[key].set_open)
            self._tabs[key].opened.connect(action.setChecked)
        for name, splitter in self._window.splitters.items():
            splitter.restoreState(self._settings.splitter(name))

    def ask_to_end(self) -> None:
        """Keep the layout, without waiting."""
        if self._window.isFullScreen():
            self.full_screen.leave()
            self._settings.geometry = self._window.saveGeometry()
        self._settings.hidden_panels = [key for key, action in self.actions.items() if not action.isChecked()]
        for name, splitter in self._window.splitters.items():
            self._settings.keep_splitter(name, splitter.saveState())
        self._settings.save()

    def end(self) -> None:
        """Nothing runs on."""
