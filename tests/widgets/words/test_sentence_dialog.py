"""The dialog of lanes: rows are shown, corrected, added and removed, by mouse and keyboard."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox

from engine.contract.directions import Direction
from engine.contract.planned_lane import PlannedLane
from engine.contract.scene.lane import LaneKind
from widgets.words.sentence_dialog import SentenceDialog

DOG = PlannedLane("a dog", "on the left", LaneKind.POINT, -3.0, (Direction(90.0),), "dog", key=1)
RAIN = PlannedLane("rain", "all around", LaneKind.BED, sound="rain", key=2)


@pytest.fixture
def dialog(qtbot) -> SentenceDialog:
    made = SentenceDialog()
    qtbot.addWidget(made)
    made.show()
    made.show_plan([DOG, RAIN], ["A remark."])
    return made


def shown(dialog: SentenceDialog) -> list[list[str]]:
    table = dialog.table
    rows = []
    for index in range(table.rowCount()):
        kind, level = table.cellWidget(index, 3), table.cellWidget(index, 4)
        assert isinstance(kind, QComboBox)
        assert isinstance(level, QDoubleSpinBox)
        rows.append([*(table.item(index, column).text() for column in range(3)), kind.currentText(), level.text()])
    return rows


def test_rows_say_words_place_direction_kind_and_level(dialog: SentenceDialog) -> None:
    assert shown(dialog) == [
        ["a dog", "on the left", "90° left", "Source", "-3.0 dB"],
        ["rain", "all around", "", "All around", "0.0 dB"],
    ]
    assert dialog.remarks.text() == "A remark."
    assert dialog.apply_button.text() == "Add 2 lanes"


def test_a_sentence_is_read_when_the_user_pauses_and_at_enter(dialog: SentenceDialog, qtbot) -> None:
    with qtbot.waitSignal(dialog.sentence_changed, timeout=2_000) as read:
        qtbot.keyClicks(dialog.line, "a  bell behind ")
    assert read.args == ["a bell behind"]
    with qtbot.waitSignal(dialog.sentence_changed, timeout=100):
        qtbot.keyClick(dialog.line, Qt.Key.Key_Return)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda table: table.item(0, 0).setText("a wolf"), PlannedLane("a wolf", key=1)),
        (lambda table: table.item(0, 1).setText(" behind  me "), PlannedLane("a dog", "behind me", key=1)),
        (lambda table: table.cellWidget(0, 3).setCurrentIndex(1), PlannedLane("a dog", kind=LaneKind.BED, key=1)),
        (lambda table: table.cellWidget(0, 4).setValue(-9.0), PlannedLane("a dog", gain_db=-9.0, key=1)),
    ],
)
def test_every_part_of_a_row_can_be_corrected(
    dialog: SentenceDialog, qtbot, change: Callable[[object], None], expected: PlannedLane
) -> None:
    with qtbot.waitSignal(dialog.rows_edited) as edited:
        change(dialog.table)
    row = edited.args[0][0]
    assert (row.words, row.key) == (expected.words, expected.key)
    assert row.place == (expected.place or DOG.place)
    assert row.kind is expected.kind
    assert row.gain_db == (expected.gain_db or DOG.gain_db)
    assert edited.args[0][1] == RAIN


def test_rows_are_removed_and_added_by_key(dialog: SentenceDialog, qtbot) -> None:
    dialog.table.setCurrentCell(0, 0)
    with qtbot.waitSignal(dialog.rows_edited) as edited:
        qtbot.keyClick(dialog.table, Qt.Key.Key_Delete)
    assert edited.args[0] == (RAIN,)
    dialog.add_button.click()
    assert len(dialog.table.rows) == 2
    dialog.show_plan(dialog.table.rows)
    assert not dialog.apply_button.isEnabled(), "a row without words is no lane"


def test_a_place_that_is_not_understood_is_said_and_cannot_be_applied(dialog: SentenceDialog) -> None:
    dialog.show_plan([DOG, PlannedLane("rain", "on Mars", problem='"on Mars" is not understood.')])
    assert shown(dialog)[1][2] == "not understood"
    assert '"on Mars" is not understood.' in dialog.remarks.text()
    assert not dialog.apply_button.isEnabled()


def test_a_model_is_asked_only_by_its_button(dialog: SentenceDialog, qtbot) -> None:
    reader = dialog.reader
    assert not reader.isVisible()
    dialog.reader_switch.click()
    assert reader.isVisible()
    assert not reader.button.isEnabled()
    reader.address.setText("http://127.0.0.1:1/v1")
    reader.model.setText("m")
    with qtbot.waitSignal(reader.asked) as asked:
        reader.button.click()
    assert asked.args == ["http://127.0.0.1:1/v1", "m"]
    reader.set_asking(True)
    with qtbot.waitSignal(reader.cancelled):
        reader.button.click()
