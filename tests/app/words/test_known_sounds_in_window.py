"""Under the words stands what they are read as; the panel of sounds plays and uses them."""

import pytest
from PySide6.QtCore import Qt

from app.words.browsing import SoundBrowsing
from app.words.understood import Understood
from engine.contract.known_sounds import KnownAs
from engine.contract.scene.blocks import GeneratedBlock
from engine.runtime.processes.messages import Failure
from engine.runtime.sounds.messages import AuditionState, WordsRead

DOG = KnownAs("a hound", ("dog barking",), 0.834, True)
FAR = KnownAs("a theremin", ("whistle",), 0.31, False)


@pytest.fixture
def browsing(app, qtbot) -> SoundBrowsing:
    app.window.show()
    found = app.window.findChild(SoundBrowsing)
    qtbot.waitUntil(lambda: found.panel.model.rowCount() > 0, timeout=10_000)
    return found


@pytest.mark.slow
def test_what_is_typed_is_read_and_an_old_answer_is_not_shown(app, sounds, qtbot) -> None:
    app.window.show()
    line = app.window.findChild(Understood).line
    qtbot.keyClicks(app.window.prompt.line, "a hound on the left")
    qtbot.waitUntil(lambda: len(sounds.asked) == 1, timeout=3_000)
    question = sounds.asked[0]
    assert (question.texts, question.may_place) == (("a hound on the left",), True)
    sounds.queue.append(WordsRead(question.number, ((DOG,),)))
    qtbot.waitUntil(lambda: line.toolTip() == "Read as dog barking, 0.83", timeout=3_000)
    app.window.prompt.line.setText("a theremin")
    sounds.queue.append(WordsRead(question.number, ((DOG, DOG),)))
    qtbot.waitUntil(lambda: len(sounds.asked) == 2, timeout=3_000)
    sounds.queue.append(WordsRead(sounds.asked[1].number, ((FAR,),)))
    qtbot.waitUntil(lambda: line.toolTip() == "Nothing like this was taught: nearest is whistle, 0.31", timeout=3_000)
    app.window.prompt.line.clear()
    assert line.toolTip() == ""


@pytest.mark.slow
def test_a_sound_is_searched_played_stopped_and_used(browsing: SoundBrowsing, app, sounds, qtbot) -> None:
    panel = browsing.panel
    app.window.side.show_panel(panel)
    panel.search.setText("dog barks")
    assert panel.chosen.name == "a dog barks"
    qtbot.keyClick(panel.list, Qt.Key.Key_Space)
    audition = sounds.played[-1]
    assert audition.words == "a dog barks"
    sounds.queue.append(AuditionState(audition.number, 0.5))
    qtbot.waitUntil(lambda: panel.progress.value() == 50)
    assert panel.about.text() == "Generating 4 s of a dog barks …"
    sounds.queue.append(AuditionState(audition.number, 1.0, is_playing=True))
    qtbot.waitUntil(lambda: panel.about.text() == "Playing a generated sound: a dog barks")
    panel.hear_button.click()
    assert sounds.played[-1].words == ""
    sounds.queue.append(AuditionState(audition.number, 1.0, has_ended=True))
    qtbot.waitUntil(lambda: panel.hear_button.text() == "Play")
    qtbot.keyClick(panel.list, Qt.Key.Key_Return)
    editor = app.context.editor
    (lane,) = editor.project.scene.lanes
    assert lane.name == "Dog barks"
    panel.search.setText("rain")
    panel.search.setText("drizzle")
    panel.use_button.click()
    (block,) = editor.project.scene.blocks()
    assert isinstance(block, GeneratedBlock)
    assert block.recipe.words == "drizzle", "the words go into the selected block"
    assert editor.undo_name != ""


@pytest.mark.slow
def test_a_process_that_failed_is_a_sentence_and_is_started_again(browsing: SoundBrowsing, sounds, qtbot) -> None:
    panel = browsing.panel
    panel.hear_button.click()
    sounds.queue.append(Failure("The weights are damaged: copy them again.", fatal=True))
    qtbot.waitUntil(lambda: panel.about.text() == "The weights are damaged: copy them again.")
    assert sounds.closed
    panel.hear_button.click()
    assert len(sounds.played) == 2
