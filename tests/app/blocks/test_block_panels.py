"""Words, takes and candidates of blocks in the window, with a fake maker of takes."""

from functools import partial

import pytest
from PySide6.QtCore import Qt

from app.bootstrap import App
from engine.contract.conventions import PATCH_SAMPLES
from engine.contract.making import BlockProgress, RankedTake
from engine.contract.scene.edits.blocks import add_generated, delete_blocks
from engine.contract.scene.edits.lanes import add_lane
from engine.contract.scene.edits.whole import set_loop
from engine.contract.scene.recipe import Recipe, SceneTake
from engine.contract.scene.scene import LoopRange
from engine.runtime.making.messages import CandidatesProgress, MakingProgress, NotMade, TakeFinished
from tests.app.fake_session import FILM
from widgets.timeline.geometry.coverage import Made
from widgets.timeline.gestures.requests import EditRequest

S = 48_000
RAIN = Recipe.of("rain", 1)


@pytest.fixture
def studio(app, active, qtbot) -> App:
    """Return the window with a film and a block of 8 s, number 2, in lane 1."""
    qtbot.waitUntil(lambda: app.context.editor.project.scene.film is not None, timeout=2000)
    make(app, partial(add_lane, name="Rain"))
    make(app, partial(add_generated, lane_id=1, recipe=RAIN, start_sample=2 * S, length_samples=8 * S))
    app.context.selected.choose_block(2)
    return app


def make(app: App, edit) -> None:
    app.context.editor.make(EditRequest(edit))


def block_of(app: App):
    return app.context.editor.project.scene.block(2)


def finish(app: App, take_id: str, seed: int = 1) -> None:
    """Let the maker finish a take of the block."""
    recipe = Recipe.of("rain", seed)
    app.scenes.take_finished.emit(TakeFinished(2, SceneTake(take_id, recipe)))


@pytest.mark.slow
def test_the_prompt_is_there_until_the_scene_has_a_block(app, qtbot):
    window = app.window
    assert window.words.currentWidget() is window.prompt
    make(app, partial(add_lane, name="Rain"))
    assert window.words.currentWidget() is window.prompt
    make(app, partial(add_generated, lane_id=1, recipe=RAIN, start_sample=0, length_samples=S))
    assert window.words.currentWidget() is window.block
    assert not window.block.line.isEnabled()
    app.context.editor.undo()
    assert window.words.currentWidget() is window.prompt


@pytest.mark.slow
def test_the_first_lane_takes_the_words_the_direction_and_the_whole_film(app, qtbot):
    window = app.window
    with qtbot.waitActive(window):
        window.show()
    qtbot.keyClick(window, Qt.Key.Key_A)
    assert app.context.editor.project.scene.lanes == ()
    assert any("Type words or open a film" in text for text in window.notices.messages)
    app.bridge.start()
    app.bridge.open_film(FILM)
    qtbot.waitUntil(lambda: app.context.editor.project.scene.film is not None, timeout=2000)
    window.prompt.set_text("a dog barks on the right")
    window.panorama.direction_picked.emit(60.0, 10.0)
    assert window.timeline.empty.isVisible()
    window.timeline.empty.button.click()
    (lane,) = app.context.editor.project.scene.lanes
    (block,) = lane.blocks
    assert (lane.name, block.recipe.words, block.recipe.film_sample) == ("Dog barks", "a dog barks", 0)
    assert (block.start_sample, block.length_samples) == (0, app.context.editor.project.scene.length_samples)
    assert lane.path.keyframes[0].direction.azimuth_deg == 60.0
    assert not window.timeline.empty.isVisible()
    assert app.context.selected.block is block
    app.context.editor.undo()
    assert app.context.editor.project.scene.lanes == ()


@pytest.mark.slow
def test_each_source_of_the_prompt_becomes_a_lane_at_its_place(app):
    app.window.prompt.set_text("a dog barks on the left and rain falls")
    app.window.timeline.empty.button.click()
    dog, rain = app.context.editor.project.scene.lanes
    assert dog.path.keyframes[0].direction.azimuth_deg == 90.0
    assert (rain.path, [block.recipe.words for block in rain.blocks]) == (None, ["rain falls"])
    assert app.context.editor.undo_name == "Add 2 lanes"


@pytest.mark.slow
def test_words_of_the_block_are_edited_and_undone_as_one_step(studio, qtbot):
    line = studio.window.block.line
    assert line.text() == "rain"
    line.setFocus()
    qtbot.keyClicks(line, " on")
    qtbot.waitUntil(lambda: block_of(studio).recipe.words == "rain on", timeout=2000)
    qtbot.keyClicks(line, " leaves")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert block_of(studio).recipe.words == "rain on leaves"
    studio.context.editor.undo()
    assert block_of(studio).recipe.words == "rain"
    assert line.text() == "rain"


@pytest.mark.slow
def test_what_is_typed_belongs_to_the_block_in_which_it_was_typed(studio, qtbot):
    make(studio, partial(add_generated, lane_id=1, recipe=Recipe.of("dog"), start_sample=12 * S, length_samples=S))
    line = studio.window.block.line
    line.setFocus()
    qtbot.keyClicks(line, " falls")
    studio.context.selected.choose_block(3)
    assert block_of(studio).recipe.words == "rain falls"
    assert studio.context.editor.project.scene.block(3).recipe.words == "dog"
    assert line.text() == "dog"


@pytest.mark.slow
def test_seed_steps_and_the_film_are_edits(studio):
    panel = studio.window.block
    panel.seed.setValue(7)
    panel.steps.setValue(9)
    assert (block_of(studio).recipe.seed, block_of(studio).recipe.steps) == (7, 9)
    panel.steps.setValue(0)
    assert block_of(studio).recipe.steps is None
    panel.follows.click()
    assert block_of(studio).recipe.film_sample == 2 * S
    panel.die.click()
    assert block_of(studio).recipe.seed != 7
    assert panel.seed.value() == block_of(studio).recipe.seed


@pytest.mark.slow
def test_the_engine_gets_the_scene_and_its_takes_come_back_without_a_step_of_undo(studio, maker, qtbot):
    qtbot.waitUntil(lambda: maker.of("make") != [], timeout=3000)
    scene, folder = maker.of("make")[-1][1:]
    assert scene == studio.context.editor.project.scene
    assert folder == studio.context.editor.project.takes_folder
    ruler = studio.window.timeline.ruler
    assert [stretch.made for stretch in ruler.stretches] == [Made.HOLE, Made.MISSING, Made.HOLE]
    studio.scenes.progress.emit(MakingProgress(1, (BlockProgress(2, "t1", 25, 50),), 2))
    assert studio.window.block.status.toolTip() == "Being made: 50 %" or "50 %" in studio.window.block.status.text()
    ready = [stretch for stretch in ruler.stretches if stretch.made is Made.READY]
    assert (ready[0].start_sample, ready[0].end_sample) == (2 * S, 2 * S + 25 * PATCH_SAMPLES)
    step = studio.context.editor.undo_name
    finish(studio, "t1")
    assert block_of(studio).current == "t1"
    assert studio.context.editor.undo_name == step
    assert [stretch.made for stretch in ruler.stretches] == [Made.HOLE, Made.READY, Made.HOLE]


@pytest.mark.slow
def test_silent_lanes_and_what_cannot_be_made_are_said(studio, qtbot):
    notices = studio.window.notices
    studio.scenes.missing.emit((1,))
    assert "'Rain' is silent here until the sound is made." in notices.messages
    assert studio.window.timeline.state.silent == {1}
    studio.scenes.missing.emit(())
    studio.scenes.not_made.emit(NotMade(2, "The model cannot make this block."))
    assert notices.messages == ["The model cannot make this block."]
    finish(studio, "t1")
    assert notices.messages == []


@pytest.mark.slow
def test_takes_are_listed_used_kept_named_and_deleted(studio, qtbot):
    panel = studio.scene_wiring.takes.panel
    finish(studio, "t1")
    studio.window.block.seed.setValue(5)
    finish(studio, "t2", 5)
    assert [row.title for row in panel._rows] == ["Take 2", "Take 1"]
    assert block_of(studio).current == "t2"
    panel.list.setCurrentRow(1)
    panel.hear.click()
    assert (block_of(studio).current, block_of(studio).recipe.seed) == ("t1", 1)
    panel.keep.click()
    assert block_of(studio).take("t1").is_kept
    panel.list.item(1).setText("The soft one")
    assert block_of(studio).take("t1").name == "The soft one"
    panel.list.setCurrentRow(0)
    panel.delete.click()
    assert [take.take_id for take in block_of(studio).takes] == ["t1"]
    studio.context.editor.undo()
    assert [take.take_id for take in block_of(studio).takes] == ["t1", "t2"]


@pytest.mark.slow
def test_a_and_b_are_heard_in_turn_equally_loud_until_an_edit(studio, qtbot, monkeypatch):
    monkeypatch.setattr("app.blocks.takes._gains", lambda _folder, _ids: (0.0, -2.1))
    heard = []
    monkeypatch.setattr(studio.scenes, "audition", heard.append)
    panel = studio.scene_wiring.takes.panel
    finish(studio, "t1")
    studio.window.block.seed.setValue(5)
    finish(studio, "t2", 5)
    heard.clear()
    panel.list.setCurrentRow(1)
    qtbot.keyClick(studio.window, Qt.Key.Key_X)
    qtbot.waitUntil(lambda: len(heard) == 1, timeout=2000)
    assert (heard[0].block(2).current, heard[0].block(2).gain_db) == ("t1", -2.1)
    assert "2.1 dB lower" in panel.compared.text()
    qtbot.keyClick(studio.window, Qt.Key.Key_X)
    assert (heard[1].block(2).current, heard[1].block(2).gain_db) == ("t2", 0.0)
    assert block_of(studio).current == "t2"
    assert studio.bridge.playing
    make(studio, partial(add_lane, name="Dog"))
    assert heard[-1] is None
    assert panel.compared.text() == ""


@pytest.mark.slow
def test_six_candidates_are_made_ranked_heard_by_a_key_and_one_is_chosen(studio, maker, qtbot, monkeypatch):
    ranking = (RankedTake("c2", 0.9, ("Very like 'rain'.",)), RankedTake("c1", 0.4, ("Clicks at 1.2 s.",)))
    monkeypatch.setattr("app.blocks.candidates.ranked_takes", lambda _folder, _takes, _cancelled: ranking)
    heard = []
    monkeypatch.setattr(studio.scenes, "audition", heard.append)
    finish(studio, "t1")
    heard.clear()
    qtbot.keyClick(studio.window, Qt.Key.Key_6)
    dialog = studio.scene_wiring.candidates.dialog
    assert dialog.isVisible()
    qtbot.waitUntil(lambda: maker.of("candidates") != [], timeout=3000)
    seeds = maker.of("candidates")[0][1]
    assert len(set(seeds)) == 6
    first = SceneTake("c1", Recipe.of("rain", seeds[0]))
    second = SceneTake("c2", Recipe.of("rain", seeds[1]))
    maker.said.append(CandidatesProgress(1, (first,), 0.2))
    qtbot.waitUntil(lambda: len(dialog.rows) == 1, timeout=2000)
    maker.said.append(CandidatesProgress(1, (first, second), 1.0))
    qtbot.waitUntil(lambda: [row.take_id for row in dialog.rows] == ["c2", "c1"], timeout=2000)
    assert dialog.rows[1].reasons.text() == "Clicks at 1.2 s."
    qtbot.keyClick(dialog, Qt.Key.Key_2)
    assert heard[-1].block(2).current == "c1"
    qtbot.keyClick(dialog, Qt.Key.Key_1)
    assert heard[-1].block(2).current == "c2"
    dialog.use.click()
    assert block_of(studio).current == "c2"
    assert [take.take_id for take in block_of(studio).takes] == ["t1", "c2"]
    studio.context.editor.undo()
    assert block_of(studio).current == "t1"
    assert block_of(studio).take("c2") is not None


@pytest.mark.slow
def test_closing_the_candidates_cancels_them(studio, maker, qtbot):
    qtbot.keyClick(studio.window, Qt.Key.Key_6)
    qtbot.waitUntil(lambda: maker.of("candidates") != [], timeout=3000)
    studio.scene_wiring.candidates.dialog.leave.click()
    assert maker.of("cancel") == [("cancel", 1)]
    assert studio.scene_wiring.candidates.dialog is None


@pytest.mark.slow
def test_a_range_is_rolled_again_with_cross_fades(studio, qtbot):
    panel = studio.scene_wiring.takes.panel
    panel.reroll.click()
    assert any("Set loop in and loop out" in text for text in studio.window.notices.messages)
    make(studio, partial(set_loop, loop=LoopRange(4 * S, 6 * S)))
    panel.reroll.click()
    blocks = list(studio.context.editor.project.scene.blocks())
    assert [(b.start_sample / S, b.end_sample / S) for b in blocks] == [(2.0, 4.1), (4.0, 6.0), (5.9, 10.0)]
    assert blocks[1].recipe.seed != blocks[0].recipe.seed


@pytest.mark.slow
def test_a_deleted_block_leaves_its_panels_empty(studio):
    make(studio, partial(delete_blocks, block_ids=[2]))
    assert studio.context.selected.block is None
    assert studio.window.words.currentWidget() is studio.window.prompt
    assert not studio.scene_wiring.takes.panel.candidates.isEnabled()
