"""Which theme the window has: the chosen one, or the system's, which may change at any time."""

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QApplication

from app.files.settings import AppSettings
from widgets.parts.theme import COLOURS, DARK, LIGHT, Colours, apply_theme


class ThemeChoice(QObject):
    """Applies the remembered theme on construction."""

    def __init__(self, settings: AppSettings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        QApplication.styleHints().colorSchemeChanged.connect(self._apply)
        self._apply()

    @property
    def theme(self) -> str:
        """The choice: "system", "light" or "dark"."""
        return self._settings.theme

    def choose(self, theme: str) -> None:
        """Change the theme of every window at once, and remember it."""
        self._settings.theme = theme
        self._apply()

    def _apply(self) -> None:
        wanted = self._colours()
        if COLOURS.name != wanted.name:
            application = QApplication.instance()
            if isinstance(application, QApplication):
                apply_theme(application, wanted)

    def _colours(self) -> Colours:
        match self._settings.theme:
            case "light":
                return LIGHT
            case "dark":
                return DARK
        # A system that does not say gets the dark one.
        return LIGHT if QApplication.styleHints().colorScheme() is Qt.ColorScheme.Light else DARK
