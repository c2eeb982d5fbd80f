"""The theme: the chosen one, or the system's, also when the system changes."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from app.files.settings import AppSettings
from app.preferences.theme_choice import ThemeChoice
from widgets.parts.theme import COLOURS, DARK, apply_theme


class Hints:
    """What Qt says about the system, with the scheme of the test."""

    def __init__(self, scheme: Qt.ColorScheme) -> None:
        self.scheme = scheme
        self.slots = []
        self.colorSchemeChanged = self

    def connect(self, slot) -> None:
        self.slots.append(slot)

    def colorScheme(self) -> Qt.ColorScheme:
        return self.scheme

    def change(self, scheme: Qt.ColorScheme) -> None:
        self.scheme = scheme
        for slot in self.slots:
            slot()


@pytest.fixture
def hints(monkeypatch, qapp) -> Hints:
    apply_theme(qapp, DARK)
    made = Hints(Qt.ColorScheme.Light)
    monkeypatch.setattr(QApplication, "styleHints", lambda: made)
    yield made
    apply_theme(qapp, DARK)


def test_it_follows_the_system_until_one_is_chosen(hints, tmp_path):
    choice = ThemeChoice(AppSettings(tmp_path / "settings.ini"))
    assert COLOURS.name == "light"
    hints.change(Qt.ColorScheme.Dark)
    assert COLOURS.name == "dark"
    choice.choose("light")
    assert COLOURS.name == "light"
    hints.change(Qt.ColorScheme.Dark)
    assert COLOURS.name == "light"
    choice.choose("system")
    assert COLOURS.name == "dark"


def test_a_system_that_does_not_say_gets_the_dark_one(hints, tmp_path):
    hints.scheme = Qt.ColorScheme.Unknown
    ThemeChoice(AppSettings(tmp_path / "settings.ini"))
    assert COLOURS.name == "dark"
