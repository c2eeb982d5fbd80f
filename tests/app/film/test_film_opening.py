"""Opening films in the window: dropped, slow, bad, doubtful, read in another way."""

import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QPushButton,
)

from engine.contract.errors import CancelledError, MediaError
from engine.contract.video import NO_CHOICE, FilmChoice, Projection, StereoLayout
from engine.contract.view import ViewOrientation
from tests.app.fake_session import FILM, fake_look


def drop(window, *urls: QUrl) -> bool:
    data = QMimeData()
    data.setUrls(list(urls))
    where, buttons = QPointF(100, 100), Qt.MouseButton.LeftButton
    enter = QDragEnterEvent(where.toPoint(), Qt.DropAction.CopyAction, data, buttons, Qt.KeyboardModifier.NoModifier)
    enter.setAccepted(False)
    window.dragEnterEvent(enter)
    window.dropEvent(QDropEvent(where, Qt.DropAction.CopyAction, data, buttons, Qt.KeyboardModifier.NoModifier))
    return enter.isAccepted()


@pytest.mark.slow
def test_without_a_film_there_is_an_invitation(app, qtbot):
    app.window.show()
    assert app.window.empty.isVisible()
    app.bridge.start()
    app.bridge.open_film(FILM)
    assert app.window.panorama.isVisible()
    assert "beach.mp4" in app.window.windowTitle()


@pytest.mark.slow
def test_a_film_that_says_so_is_first_looked_at_from_there(app, session, monkeypatch):
    app.bridge.start()
    looks_left = ViewOrientation(0.5, 0.1, 0.0)
    as_it_is = session.open_video
    monkeypatch.setattr(session, "open_video", lambda *a: replace(as_it_is(*a), first_view=looks_left))
    app.bridge.open_film(FILM)
    assert app.window.panorama.views == [looks_left]
    assert ("set_view", looks_left) in session.calls
    # Who has looked elsewhere since then goes on looking there when the film is only read in another way.
    app.bridge.open_film(FILM, FilmChoice(StereoLayout.TOP_BOTTOM))
    assert app.window.panorama.views == [looks_left]


@pytest.mark.slow
def test_a_dropped_film_opens_and_plays(app, session, qtbot):
    app.bridge.start()
    assert drop(app.window, QUrl.fromLocalFile(str(FILM)))
    qtbot.waitUntil(lambda: session.names()[-1] == "play", timeout=2000)
    assert session.calls[-2] == ("open_film", FILM, NO_CHOICE)


@pytest.mark.slow
def test_what_is_odd_about_a_film_is_said_until_another_is_open(app, session, qtbot):
    app.window.show()
    app.bridge.start()
    app.wiring.opening.open(Path("/films/flat.mp4"))
    qtbot.waitUntil(lambda: app.window.notices.isVisible(), timeout=2000)
    assert app.window.notices.messages == ["flat.mp4: It does not look like a 360-degree film."]
    app.wiring.opening.open(FILM)
    qtbot.waitUntil(lambda: not app.window.notices.isVisible(), timeout=2000)
    assert app.errors.open_dialogs == ()


@pytest.mark.slow
def test_a_film_that_takes_long_is_opened_beside_the_window_and_can_be_cancelled(app, session, qtbot):
    asked, go_on = [], threading.Event()

    def slow_look(path, choice, cancelled):
        asked.append(path)
        while not (cancelled() or go_on.is_set()):
            time.sleep(0.01)
        if cancelled():
            raise CancelledError("cancelled")
        return fake_look(path, choice)

    opening = app.wiring.opening
    opening._look = slow_look
    app.window.show()
    app.bridge.start()
    app.bridge.open_film(FILM)
    session.calls.clear()
    opening.open(Path("/films/slow.mp4"))
    qtbot.waitUntil(lambda: opening.dialog is not None and opening.dialog.isVisible(), timeout=3000)
    assert "Opening slow.mp4" in opening.dialog.labelText()
    opening.dialog.findChild(QPushButton).click()
    assert opening.dialog is None
    opening.open(Path("/films/first.mp4"))
    opening.open(Path("/films/second.mp4"))
    go_on.set()
    qtbot.waitUntil(lambda: "open_film" in session.names(), timeout=2000)
    qtbot.wait(150)
    assert [call[1].name for call in session.calls if call[0] == "open_film"] == ["second.mp4"]
    assert [path.name for path in asked] == ["slow.mp4", "first.mp4", "second.mp4"]
    assert app.errors.open_dialogs == ()


@pytest.mark.slow
@pytest.mark.parametrize("urls", [[QUrl("https://example.org/a.mp4")], []])
def test_what_is_no_local_file_is_not_taken(app, session, urls, qtbot):
    app.bridge.start()
    assert not drop(app.window, *urls)
    qtbot.wait(100)
    assert "open_film" not in session.names()


def test_a_bad_film_is_a_dialog_that_says_what_to_do(app, qtbot):
    app.window.show()
    app.bridge.start()
    for _ in range(2):
        drop(app.window, QUrl.fromLocalFile("/films/bad.mp4"))
        qtbot.waitUntil(lambda: app.errors.open_dialogs != () and app.wiring.opening.dialog is None, timeout=2000)
    (box,) = app.errors.open_dialogs
    assert "choose another file" in box.informativeText()
    box.close()
    assert app.errors.open_dialogs == ()


def test_reading_the_film_in_another_way_opens_it_again_at_the_same_place(app, session, qtbot):
    chosen = FilmChoice(StereoLayout.TOP_BOTTOM, Projection.FISHEYE, 200.0)
    app.bridge.start()
    app.bridge.open_film(FILM)
    app.bridge.play()
    session.position_s = 7.0
    app.window.film_bar.choice_made.emit(chosen)
    qtbot.waitUntil(lambda: "seek" in session.names(), timeout=2000)
    assert session.calls[-3:] == [("open_film", FILM, chosen), ("seek", 7.0), ("play",)]


def test_a_way_of_reading_that_fails_is_not_shown_as_if_it_held(app, qtbot, monkeypatch):
    app.bridge.start()
    app.bridge.open_film(FILM)
    reading = app.window.film_bar.reading

    def gone(*_arguments):
        raise MediaError("There is no film at beach.mp4.")

    monkeypatch.setattr(app.wiring.opening, "_look", gone)
    reading.layouts.setCurrentIndex(reading.layouts.findData(StereoLayout.LEFT_RIGHT))
    reading.layouts.activated.emit(reading.layouts.currentIndex())
    qtbot.waitUntil(lambda: app.errors.open_dialogs != (), timeout=2000)
    assert reading.layouts.currentText() == "Mono (guessed)"
    app.errors.close_all()


def test_what_the_film_leaves_open_is_told_until_another_film_opens(active, app, session, monkeypatch):
    assert active.notices.messages == []
    opened = session.open_video

    def doubtful(path, *choice):
        return replace(opened(path, *choice), notices=("It is flat.", "Its sound ends early."))

    monkeypatch.setattr(session, "open_video", doubtful)
    app.bridge.open_film(Path("/films/holiday.mp4"))
    assert active.notices.messages == ["holiday.mp4: It is flat. Its sound ends early."]
    assert active.notices.isVisible()
    monkeypatch.setattr(session, "open_video", opened)
    app.bridge.open_film(FILM)
    assert active.notices.messages == []
