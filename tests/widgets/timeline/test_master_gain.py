"""The master gain over the lanes: by the mouse, by keys, as numbers, and back to 0 dB."""

import itertools
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from engine.contract.scene.checks import HIGHEST_GAIN_DB, LOWEST_GAIN_DB
from tests.engine.contract.scene.scenes import whole_scene
from tests.widgets.timeline.timelines import ALT, CONTROL, NONE, Owner, double_click, drag, shown
from widgets.timeline.master_gain import gain_db_of, step_of


@pytest.fixture
def owner(qtbot) -> Owner:
    return shown(qtbot, Owner(replace(whole_scene(), master_gain_db=0.0)))


def wait(owner: Owner) -> None:
    """Let so much time pass that the next step is a new gesture."""
    owner.view.master._steps._last = ((), 0, 0.0)


def handle_at(owner: Owner, gain_db: float) -> QPointF:
    """Return the middle of the fader's handle at a gain."""
    fader = owner.view.master.fader
    room, all_steps = fader.width() - 14, fader.maximum() - fader.minimum()
    x = 7 + room * (step_of(gain_db) - fader.minimum()) / all_steps
    return QPointF(x, fader.height() / 2)


def test_a_drag_of_the_fader_is_heard_all_the_way_and_is_one_step(owner):
    heard = []
    owner.view.edit_requested.connect(lambda _request: heard.append(owner.scene.master_gain_db))
    drag(owner.view.master.fader, handle_at(owner, 0.0), handle_at(owner, -12.0))
    assert owner.scene.master_gain_db == pytest.approx(-12.0, abs=0.4)
    assert len(set(heard)) >= 3
    assert heard == sorted(heard, reverse=True)
    assert owner.steps == ["Set master gain"]
    assert owner.view.master.field.value() == owner.scene.master_gain_db
    drag(owner.view.master.fader, handle_at(owner, -12.0), handle_at(owner, 6.0))
    assert len(owner.steps) == 2
    owner.undo()
    assert owner.scene.master_gain_db == pytest.approx(-12.0, abs=0.4)
    assert gain_db_of(owner.view.master.fader.value()) == owner.view.master.field.value()
    owner.undo()
    assert (owner.scene.master_gain_db, owner.view.master.fader.value()) == (0.0, 0)


def test_a_double_click_on_the_fader_sets_0_db_in_one_step(owner):
    owner.view.master.ask_for(-7.3)
    wait(owner)
    double_click(owner.view.master.fader, handle_at(owner, -7.3))
    assert (owner.scene.master_gain_db, owner.view.master.field.value()) == (0.0, 0.0)
    assert len(owner.steps) == 2
    owner.undo()
    assert owner.scene.master_gain_db == -7.3


def test_keys_put_the_keyboard_on_it_and_turn_it_in_one_step(owner, qtbot):
    owner.key(qtbot, Qt.Key.Key_G, CONTROL)
    field = owner.view.master.field
    assert field.hasFocus()
    qtbot.keyClicks(field, "-9.5\r")
    assert owner.scene.master_gain_db == -9.5
    assert owner.view.area.hasFocus()
    wait(owner)
    owner.view.master.fader.setFocus()
    for _ in range(3):
        qtbot.keyClick(owner.view.master.fader, Qt.Key.Key_Right)
    assert owner.scene.master_gain_db == -8.0
    assert owner.steps == ["Set master gain"] * 2
    owner.key(qtbot, Qt.Key.Key_G, CONTROL | ALT)
    assert owner.scene.master_gain_db == 0.0


def test_a_refused_gain_shows_again_what_is(owner):
    owner.view.edit_requested.disconnect(owner.edit)
    owner.view.master.field.setValue(-3.0)
    owner.view.master.fader.setValue(step_of(6.0))
    assert (owner.view.master.field.value(), owner.view.master.fader.value()) == (0.0, 0)


def test_the_fader_reaches_every_gain_of_a_scene_and_is_finest_where_mixes_are():
    steps = range(step_of(LOWEST_GAIN_DB), step_of(HIGHEST_GAIN_DB) + 1)
    gains = [gain_db_of(step) for step in steps]
    assert (gains[0], gains[-1]) == (LOWEST_GAIN_DB, HIGHEST_GAIN_DB)
    assert gains == sorted(gains)
    assert [step_of(gain_db) for gain_db in gains] == list(steps)
    between = [b - a for a, b in itertools.pairwise(gains)]
    assert max(between[-300:]) == pytest.approx(0.1)
    assert max(between) == pytest.approx(0.4)


def test_a_gain_that_a_project_brings_is_shown_and_asks_for_nothing(owner):
    before = len(owner.requests)
    owner.view.set_scene(replace(owner.scene, master_gain_db=-33.33))
    assert owner.view.master.field.value() == -33.3
    assert gain_db_of(owner.view.master.fader.value()) == pytest.approx(-33.3, abs=0.2)
    assert len(owner.requests) == before


def test_the_wheel_turns_the_fader_only_while_it_has_the_keyboard(owner):
    fader = owner.view.master.fader

    def turn() -> None:
        at = QPointF(fader.rect().center())
        wheel = QWheelEvent(
            at, fader.mapToGlobal(at), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton, NONE,
            Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(fader, wheel)

    turn()
    assert owner.scene.master_gain_db == 0.0
    fader.setFocus()
    turn()
    assert owner.scene.master_gain_db > 0.0


def test_screen_readers_get_the_gain_and_not_the_steps_of_the_fader(owner):
    owner.view.master.ask_for(-24.0)
    assert owner.view.master.fader.accessibleDescription().startswith("-24.0 dB")


def test_tooltips_name_the_keys_and_what_is_heard(owner):
    for part in (owner.view.master.fader, owner.view.master.field):
        assert part.toolTip().endswith("(Ctrl+G)")
        assert "exported" in part.accessibleDescription()
    assert owner.view.master.fader.accessibleName() != owner.view.master.field.accessibleName()
