"""Space in a list of sounds lets a sound be heard; elsewhere in the window it plays the film."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from app.words.browsing import SoundBrowsing
from app.words.library import Library
from engine.contract.library import LibrarySound

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("kind", [SoundBrowsing, Library])
def test_space_in_a_list_is_heard_and_does_not_play_the_film(kind: type, app, active, session, sounds, qtbot) -> None:
    panel = app.window.findChild(kind).panel
    if kind is Library:
        panel.show_sounds([LibrarySound("/sounds/rain.wav", "rain")])
    qtbot.waitUntil(lambda: panel.chosen is not None, timeout=10_000)
    active.side.show_panel(panel)
    panel.list.setFocus()
    qtbot.keyClick(panel.list, Qt.Key.Key_Space)
    assert len(sounds.played) == 1
    assert sounds.played[0].file == (Path("/sounds/rain.wav") if kind is Library else None)
    assert "play" not in session.names()
    active.panorama.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    active.panorama.setFocus()
    qtbot.keyClick(active.panorama, Qt.Key.Key_Space)
    assert session.names()[-1] == "play"
