"""The dialog of what moves in a film: rows are shown, chosen and given words."""

import pytest

from engine.contract.control import DirectionPath, PathPoint
from engine.contract.directions import Direction
from engine.contract.seen import SeenThing
from widgets.words.seen_dialog import SeenDialog

PASSES = SeenThing(1.0, 3.5, DirectionPath((PathPoint(1.0, Direction(60.0)), PathPoint(3.5, Direction(-30.0)))))
STAYS = SeenThing(61.0, 70.0, DirectionPath.fixed(Direction(180.0)))


@pytest.fixture
def dialog(qtbot) -> SeenDialog:
    made = SeenDialog()
    qtbot.addWidget(made)
    made.show()
    made.show_things([PASSES, STAYS], "Two things.")
    return made


def test_rows_say_when_and_where_something_moves(dialog: SeenDialog) -> None:
    texts = [[dialog.table.item(row, column).text() for column in range(3)] for row in range(2)]
    assert texts == [
        ["0:01.0 to 0:03.5", "from 60° left to 30° right", ""],
        ["1:01.0 to 1:10.0", "behind", ""],
    ]
    assert dialog.state.text() == "Two things."
    assert not dialog.apply_button.isEnabled()


def test_a_chosen_row_is_shown_in_the_film(dialog: SeenDialog, qtbot) -> None:
    with qtbot.waitSignal(dialog.chosen) as chosen:
        dialog.table.setCurrentCell(1, 2)
    assert chosen.args == [STAYS]


def test_rows_with_words_are_applied_and_others_are_not(dialog: SeenDialog, qtbot) -> None:
    dialog.table.item(1, 2).setText("  a flag   flaps ")
    assert dialog.apply_button.text() == "Add lane"
    with qtbot.waitSignal(dialog.apply_requested) as applied:
        dialog.apply_button.click()
    assert applied.args == [((STAYS, "a flag flaps"),)]
    dialog.table.item(0, 2).setText("a dog barks")
    assert dialog.apply_button.text() == "Add 2 lanes"


def test_the_search_has_progress_and_can_be_stopped(dialog: SeenDialog, qtbot) -> None:
    dialog.show_search(0.42)
    assert dialog.progress.isVisible()
    assert dialog.progress.value() == 42
    with qtbot.waitSignal(dialog.stop_requested):
        dialog.stop_button.click()
    dialog.show_things([], "Nothing.")
    assert not dialog.progress.isVisible()
    assert not dialog.stop_button.isVisible()
    assert dialog.named == ()
