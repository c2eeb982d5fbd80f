"""A sentence in the window becomes lanes: read, corrected, applied as one step of undo, or read by an endpoint."""

import json
import subprocess
import sys
import time

import pytest
from PySide6.QtCore import Qt

from app.words.asking import Question, ask_endpoint
from app.words.sentence_lanes import SentenceLanes
from engine.annotation.chat_endpoint import EndpointError
from engine.contract.directions import Direction
from engine.contract.errors import CancelledError, InvalidInputError
from engine.contract.scene.lane import LaneKind
from engine.contract.scene.place import LanePath
from tests.chat_endpoint import serving
from widgets.words.sentence_dialog import SentenceDialog

SENTENCE = "a dog barks on the left while rain falls behind me"


@pytest.fixture
def lanes(app) -> SentenceLanes:
    app.window.show()
    found = app.window.findChild(SentenceLanes)
    found.action.trigger()
    return found


def dialog_of(lanes: SentenceLanes) -> SentenceDialog:
    assert lanes.dialog is not None
    return lanes.dialog


@pytest.mark.slow
def test_a_corrected_sentence_is_one_step_of_undo(app, lanes: SentenceLanes, qtbot) -> None:
    dialog = dialog_of(lanes)
    qtbot.keyClicks(dialog.line, SENTENCE)
    qtbot.waitUntil(lambda: len(dialog.table.rows) == 2)
    dialog.table.item(1, 1).setText("above")
    dialog.table.item(0, 0).setText("a wolf howls")
    assert [row.sound for row in dialog.table.rows] == ["wolf or fox", "rain"]
    before = app.context.editor.project.scene
    dialog.apply_button.click()
    scene = app.context.editor.project.scene
    wolf, rain = scene.lanes[-2:]
    assert (wolf.name, wolf.kind, wolf.path) == ("Wolf howls", LaneKind.POINT, LanePath.fixed(Direction(90.0)))
    assert (rain.kind, rain.path) == (LaneKind.BED, LanePath.fixed(Direction(0.0, 90.0)))
    assert {block.end_sample for block in scene.blocks()} == {scene.length_samples}
    assert not dialog.isVisible()
    assert app.context.editor.undo_name == "Add 2 lanes"
    app.context.editor.undo()
    assert app.context.editor.project.scene == before


@pytest.mark.slow
def test_a_place_that_is_not_understood_waits_for_a_better_one(lanes: SentenceLanes, qtbot) -> None:
    dialog = dialog_of(lanes)
    dialog.line.setText("a dog on the left")
    qtbot.keyClick(dialog.line, Qt.Key.Key_Return)
    dialog.table.item(0, 1).setText("on Mars")
    assert "not understood as a place" in dialog.remarks.text()
    assert not dialog.apply_button.isEnabled()
    dialog.table.item(0, 1).setText("on the right")
    assert dialog.table.rows[0].directions == (Direction(-90.0),)
    assert dialog.apply_button.isEnabled()
    dialog.line.setText("...")
    qtbot.keyClick(dialog.line, Qt.Key.Key_Return)
    assert dialog.table.rows == ()
    assert dialog.remarks.text() == "The sentence names no sound: write what should be heard, and where."


@pytest.mark.slow
def test_an_endpoint_reads_when_asked_and_the_rules_stay_if_it_cannot(lanes: SentenceLanes, qtbot, app) -> None:
    dialog = dialog_of(lanes)
    dialog.line.setText(SENTENCE)
    qtbot.keyClick(dialog.line, Qt.Key.Key_Return)
    with serving() as endpoint:
        good = json.dumps({"sounds": [{"words": "a fox", "place": "behind"}]})
        for content in ('{"sounds": "none"}', good):
            endpoint.will_say((200, {"choices": [{"message": {"content": content}}]}))
        assert endpoint.seen == [], "nothing is sent before the user asks"
        dialog.reader.address.setText(endpoint.url)
        dialog.reader.model.setText("m")
        dialog.reader.button.click()
        assert dialog.reader.button.text() == "Stop asking"
        qtbot.waitUntil(lambda: dialog.reader.button.text() == "Ask this model", timeout=30_000)
        assert dialog.remarks.text().endswith("The reading by rules is kept.")
        assert [row.words for row in dialog.table.rows] == ["a dog barks", "rain falls"]
        dialog.reader.button.click()
        qtbot.waitUntil(lambda: [row.words for row in dialog.table.rows] == ["a fox"], timeout=30_000)
    assert app.context.settings.reader_model == "m"


@pytest.mark.slow
def test_a_server_that_says_nothing_is_given_up_at_once() -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        question = Question(f"http://127.0.0.1:{silent.getsockname()[1]}/v1", "m", "a dog")
        began = time.monotonic()
        with pytest.raises(EndpointError, match="did not answer within 2 s"):
            ask_endpoint(question, lambda: False, patience_s=2.0)
        with pytest.raises(CancelledError):
            ask_endpoint(question, lambda: True)
        assert time.monotonic() - began < 15.0
    with pytest.raises(InvalidInputError, match="is not an address"):
        ask_endpoint(Question("somewhere", "m", "a dog"), lambda: False)


@pytest.mark.slow
def test_reading_a_sentence_imports_neither_torch_nor_scipy() -> None:
    code = (
        "import sys\n"
        "from engine.annotation.sentence.corrections import planned\n"
        "from engine.annotation.sentence.ideas import lane_ideas\n"
        "from engine.annotation.sentence.lanes import add_ideas\n"
        "planned(lane_ideas('a dog on the left').lanes[0])\n"
        "print([name for name in ('torch', 'scipy', 'tokenizers') if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
