"""The user's recordings: listed by a child process, searched, heard as they are, added, dropped on the film."""

import threading
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import Qt

from app.words.library import Library
from app.words.library_index import index_folders, listed
from engine.contract.directions import Direction
from engine.contract.errors import CancelledError
from engine.contract.library import LibrarySound, SoundLibrary
from engine.contract.scene.blocks import RecordingBlock
from engine.contract.scene.place import LanePath
from engine.runtime.sounds.messages import AuditionState

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "sounds" / "animals"
    place.mkdir(parents=True)
    noise = np.random.default_rng(1).uniform(-0.2, 0.2, 24_000)
    soundfile.write(place / "Dog_bark.wav", noise, 48_000)
    soundfile.write(place.parent / "rain.flac", np.stack([noise, noise], 1), 48_000)
    with soundfile.SoundFile(place.parent / "take 7.wav", "w", 44_100, 1) as file:
        file.title = "creaking door"
        file.write(noise)
    (place / "damaged.wav").write_bytes(b"RIFF\xff\xff\xff\xffWAVEfmt ")
    soundfile.write(place / "three.wav", np.zeros((100, 3)), 48_000)
    soundfile.write(place / "six.wav", np.zeros((100, 6)), 48_000)
    (place / "loop").symlink_to(place.parent)
    (place / "again.wav").hardlink_to(place / "Dog_bark.wav")
    return place.parent


@pytest.fixture
def library(app, folder: Path, qtbot) -> Library:
    app.window.show()
    found = app.window.findChild(Library)
    assert "Add a folder" in found.panel.about.text()
    found.add_folder(folder)
    qtbot.waitUntil(lambda: found.panel.model.rowCount() == 4, timeout=20_000)
    app.window.side.show_panel(found.panel)
    return found


def test_folders_are_listed_once_per_file_with_tags(folder: Path) -> None:
    rows = [(sound.name, sound.folder, sound.channels) for sound in listed([folder, folder / "animals"])]
    assert rows == [
        ("rain", "sounds", 2),
        ("take 7", "sounds", 1),
        ("Dog_bark", "sounds / animals", 1),
        ("six", "sounds / animals", 4),
    ]
    assert index_folders([folder], lambda _share: None, lambda: False) == tuple(listed([folder]))
    with pytest.raises(CancelledError):
        index_folders([folder], lambda _share: None, lambda: True)


def test_a_recording_is_searched_heard_and_added_and_never_called_generated(library, app, sounds, qtbot) -> None:
    panel = library.panel
    panel.search.setText("doors")
    qtbot.waitUntil(lambda: [panel.model.rowCount(), panel.chosen.name] == [1, "take 7"])
    panel.search.setText("doo")
    panel.search.setText("dogs barking")
    qtbot.waitUntil(lambda: [panel.model.rowCount(), panel.chosen.name] == [1, "Dog_bark"])
    qtbot.keyClick(panel.list, Qt.Key.Key_Space)
    audition = sounds.played[-1]
    assert (audition.words, audition.file) == ("", Path(panel.chosen.path))
    sounds.queue.append(AuditionState(audition.number, 1.0, is_playing=True))
    qtbot.waitUntil(lambda: panel.about.text() == "Playing your recording Dog_bark.wav")
    panel.hear_button.click()
    sounds.queue.append(AuditionState(audition.number, 1.0, has_ended=True))
    qtbot.waitUntil(lambda: panel.hear_button.text() == "Play")
    qtbot.keyClick(panel.list, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: any(app.context.editor.project.scene.blocks()), timeout=5_000)
    block = next(app.context.editor.project.scene.blocks())
    assert isinstance(block, RecordingBlock)
    assert not block.is_generated
    urls = panel.model.mimeData([panel.model.index(0, 0)]).urls()
    assert urls[0].toLocalFile() == panel.chosen.path


def test_a_sound_that_is_dropped_on_the_film_is_placed_there(app, folder: Path, qtbot) -> None:
    app.window.files_dropped.emit([folder / "animals" / "Dog_bark.wav"], None, np.array([0.0, 1.0, 0.0]))
    qtbot.waitUntil(lambda: bool(app.context.editor.project.scene.lanes), timeout=5_000)
    assert app.context.editor.project.scene.lanes[0].path == LanePath.fixed(Direction(90.0))


def test_the_newest_search_wins_and_the_window_does_not_search(library, monkeypatch, qtbot) -> None:
    panel, texts, threads, may_go_on = library.panel, [], set(), threading.Event()
    found = SoundLibrary.found

    def slow(self: SoundLibrary, text: str) -> list[LibrarySound]:
        may_go_on.wait(5.0)
        texts.append(text)
        threads.add(threading.current_thread())
        return found(self, text)

    monkeypatch.setattr(SoundLibrary, "found", slow)
    for text in ("doors", "do", "dogs"):
        panel.search.setText(text)
    assert panel.model.rowCount() == 4
    may_go_on.set()
    qtbot.waitUntil(lambda: panel.model.rowCount() == 1)
    assert panel.chosen.name == "Dog_bark"
    assert texts == ["doors", "dogs"]
    assert threading.current_thread() not in threads


def test_the_folders_are_remembered_and_can_be_forgotten(library, app, folder: Path) -> None:
    assert app.settings.library == [folder]
    library.panel.clear_button.click()
    assert app.settings.library == []
    assert library.panel.model.rowCount() == 0
    assert (folder / "rain.flac").exists()
