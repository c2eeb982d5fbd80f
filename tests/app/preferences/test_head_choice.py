"""Whose head listens: fitted, heard, remembered; refused files change nothing."""

import os
import time
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import pytest

from app.bootstrap import AppOptions, build
from app.preferences.head_choice import kept_head_file
from app.preferences.head_fit import fit_head
from engine.ambisonics.binaural import BinauralFilters
from engine.ambisonics.binaural_file import load_filters
from engine.ambisonics.stored_filters import read_filters
from engine.contract.errors import CancelledError, InvalidInputError
from tests.app.fake_panorama import FakePanorama
from tests.app.fake_session import FakeSession, fake_look
from tests.engine.ambisonics.sphere_head import sphere_head, spiral, write_sofa
from widgets.preferences.head_row import SHIPPED_HEAD

OTHER = BinauralFilters(np.full((2, 4, 8), 0.25, np.float32), source="mine")


def heads_set(session: FakeSession) -> list:
    return [call[1] for call in session.calls if call[0] == "set_head"]


def test_a_head_is_fitted_heard_and_remembered_and_the_shipped_one_comes_back(app, preferences, session, qtbot):
    app.bridge.start()
    row, heads = preferences.panel.head, preferences.heads
    shares = []

    def fit(_path, progress, _cancelled):
        progress(0.5)
        time.sleep(0.12)
        return OTHER

    heads._fit = fit
    row.show_progress = lambda share, show=row.show_progress: (shares.append(share), show(share))
    heads.choose(Path("/heads/mine.sofa"))
    assert row.choose.text() == "Cancel"
    qtbot.waitUntil(lambda: heads_set(session) == [OTHER])
    assert row.name.toolTip() == "/heads/mine.sofa"
    assert (row.choose.text(), row.shipped.isEnabled()) == ("Choose …", True)
    assert app.settings.head_file == "/heads/mine.sofa"
    np.testing.assert_array_equal(read_filters(kept_head_file("/heads/mine.sofa")).taps, OTHER.taps)
    app.bridge.restart()
    assert heads_set(session) == [OTHER, OTHER]
    row.shipped.click()
    assert heads_set(session)[-1] is None
    assert app.settings.head_file == ""
    assert row.name.toolTip() == SHIPPED_HEAD


def test_the_next_start_has_the_same_head(app, preferences, session, qtbot, tmp_path):
    preferences.heads._fit = lambda *_args: OTHER
    preferences.heads.choose(Path("/heads/gone.sofa"))
    qtbot.waitUntil(lambda: app.settings.head_file != "")
    app.settings.save()
    later = FakeSession()
    options = AppOptions(settings_file=tmp_path / "settings.ini", recovery_dir=tmp_path / "later")
    again = build(options, FakePanorama, lambda: later, fake_look)
    qtbot.addWidget(again.window)
    again.bridge.start()
    (head,) = heads_set(later)
    np.testing.assert_array_equal(head.taps, OTHER.taps)
    again.close()


def test_lost_filters_are_said_and_the_shipped_head_listens(qtbot, qapp, tmp_path):
    (tmp_path / "settings.ini").write_text("[output]\nhead=/heads/mine.sofa\n")
    kept = kept_head_file("/heads/mine.sofa")
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_bytes(b"nonsense")
    session = FakeSession()
    options = AppOptions(settings_file=tmp_path / "settings.ini", recovery_dir=tmp_path / "projects")
    app = build(options, FakePanorama, lambda: session, fake_look)
    qtbot.addWidget(app.window)
    (message,) = app.window.notices.messages
    assert "mine.sofa" in message
    app.bridge.start()
    assert heads_set(session) == []
    assert app.settings.head_file == ""
    app.close()


def test_a_fit_can_be_cancelled_and_nothing_changes(app, preferences, session, qtbot):
    app.bridge.start()

    def fit(_path, _progress, cancelled):
        while not cancelled():
            time.sleep(0.01)
        raise CancelledError("cancelled")

    preferences.heads._fit = fit
    preferences.heads.choose(Path("/heads/slow.sofa"))
    preferences.panel.head.choose.click()
    preferences.heads.end()
    qtbot.wait(80)
    assert heads_set(session) == []
    assert app.settings.head_file == ""
    assert preferences.panel.head.name.toolTip() == SHIPPED_HEAD
    assert not app.errors.open_dialogs


@pytest.mark.slow
def test_a_damaged_file_is_refused_with_a_sentence_and_nothing_changes(app, preferences, session, qtbot, tmp_path):
    app.bridge.start()
    whole = write_sofa(tmp_path / "half.sofa", sphere_head(spiral(60))).read_bytes()
    (tmp_path / "half.sofa").write_bytes(whole[: len(whole) // 2])
    preferences.heads.choose(tmp_path / "half.sofa")
    qtbot.waitUntil(lambda: bool(app.errors.open_dialogs), timeout=60_000)
    text = app.errors.open_dialogs[0].informativeText()
    assert "half.sofa is damaged" in text
    assert heads_set(session) == []
    assert app.settings.head_file == ""
    assert not kept_head_file(str(tmp_path / "half.sofa")).exists()


@pytest.mark.slow
def test_a_fit_in_a_child_gives_the_filters_of_the_file_and_tells_how_far_it_is(tmp_path):
    file = write_sofa(tmp_path / "head.sofa", sphere_head(spiral(60)))
    shares = []
    made = fit_head(file, shares.append, lambda: False)
    np.testing.assert_array_equal(made.taps, load_filters(file).taps)
    assert shares == sorted(shares) != []


def crash(_path: Path, _answers: Connection) -> None:
    os._exit(9)


def hang(_path: Path, _answers: Connection) -> None:
    time.sleep(60.0)


@pytest.mark.slow
def test_a_reader_that_crashes_or_hangs_is_a_sentence(tmp_path):
    with pytest.raises(InvalidInputError, match=r"x\.sofa is too damaged"):
        fit_head(tmp_path / "x.sofa", lambda _share: None, lambda: False, child=crash)
    with pytest.raises(InvalidInputError, match="took longer"):
        fit_head(tmp_path / "x.sofa", lambda _share: None, lambda: False, patience_s=0.3, child=hang)
