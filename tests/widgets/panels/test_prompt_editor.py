import pytest
from PySide6.QtCore import Qt

from engine.contract.control import Prompt
from widgets.panels.prompt_editor import APPLY_AFTER_MS, PromptEditor


@pytest.fixture
def editor(qtbot):
    made = PromptEditor()
    qtbot.addWidget(made)
    return made


def test_enter_applies_at_once(editor, qtbot):
    qtbot.keyClicks(editor.line, "rain")
    with qtbot.waitSignal(editor.submitted, timeout=APPLY_AFTER_MS // 2) as sent:
        qtbot.keyClick(editor.line, Qt.Key.Key_Return)
    assert sent.args[0] == Prompt("rain")


def test_a_pause_applies_once_and_not_before(editor, qtbot):
    sent = []
    editor.submitted.connect(sent.append)
    qtbot.keyClicks(editor.line, "sea waves")
    qtbot.wait(APPLY_AFTER_MS // 3)
    assert sent == []
    qtbot.waitUntil(lambda: len(sent) == 1, timeout=3 * APPLY_AFTER_MS)
    qtbot.keyClick(editor.line, Qt.Key.Key_Return)
    qtbot.wait(20)
    assert sent == [Prompt("sea waves")]


def test_spaces_alone_are_no_prompt(editor, qtbot):
    with qtbot.assertNotEmitted(editor.submitted):
        editor.set_text("   ")


def test_it_says_when_the_change_will_be_heard(editor):
    editor.set_text("a dog barks")
    editor.mark_sent(3)
    assert "Sent" in editor.status.text()
    editor.set_position(12.0)
    editor.mark_taken_up(2, 12.1)  # an older change does not count
    assert "Sent" in editor.status.text()
    editor.mark_taken_up(3, 12.8)
    assert editor.status.text() == "Will be heard in 0.8 s, at 0:12.8"
    editor.set_position(12.5)
    assert "0.3 s" in editor.status.text()
    editor.set_position(13.0)
    assert editor.status.text() == "Heard from 0:12.8"


def test_a_seek_back_forgets_the_time(editor):
    editor.set_text("bells")
    editor.mark_sent(1)
    editor.mark_taken_up(1, 20.0)
    editor.set_position(21.0)
    editor.set_position(2.0)
    assert editor.status.text() == "Applied"


def test_emptying_the_line_tells_that_the_picture_is_listened_to(editor):
    editor.set_text("bells")
    editor.set_text("")
    assert "picture" in editor.status.text()


def test_it_says_where_a_prompt_places_its_sources(editor):
    editor.set_text("a dog barks on the left")
    editor.mark_sent(1)
    where = 'The prompt places "a dog barks" at 90,0.'
    editor.mark_taken_up(1, 2.0, where)
    assert editor.status.text() == "Will be heard in 2.0 s, at 0:02.0, in its place"
    assert editor.status.toolTip() == editor.status.accessibleDescription() == where
    editor.set_text("a dog barks")
    editor.mark_sent(2)
    editor.mark_taken_up(2, 3.0)
    assert editor.status.text() == "Will be heard in 3.0 s, at 0:03.0"
    assert editor.status.toolTip() == ""
