"""The selected block is made by a program of the user's: off until set up, one step of undo, stopped cleanly."""

import shlex
import sys
import time
from pathlib import Path

import pytest

from app.makers.other_generator import OtherGenerator
from engine.contract.scene.blocks import GeneratedBlock, RecordingBlock
from engine.contract.scene.edits.blocks import add_generated
from engine.contract.scene.edits.lanes import add_lane
from engine.contract.scene.recipe import Recipe
from tests.engine.runtime.makers import odd_maker
from widgets.panels.block_editor import BlockEditor
from widgets.timeline.gestures.requests import EditRequest

pytestmark = pytest.mark.slow


@pytest.fixture
def maker_of(app) -> OtherGenerator:
    app.window.show()
    app.context.editor.make(EditRequest(lambda scene: add_lane(scene, "Dog")))
    app.context.editor.make(EditRequest(lambda scene: add_generated(scene, 1, Recipe.of("a dog barks"), 0, 24_000)))
    app.context.selected.choose_block(2)
    found = app.window.findChild(OtherGenerator)
    found.action.trigger()
    return found


def set_up(found: OtherGenerator, mode: str, *rest: object) -> None:
    command = [sys.executable, str(Path(odd_maker.__file__)), mode, *map(str, rest)]
    found.dialog.name.setText("AMBIT")
    found.dialog.command.setText(shlex.join(command))


def block_of(app):
    return app.context.editor.project.scene.block(2)


def test_it_is_off_until_it_is_set_up(app, maker_of: OtherGenerator) -> None:
    dialog = maker_of.dialog
    assert not dialog.make_button.isEnabled()
    assert maker_of.action.text() == "Make with Another &Generator …"
    assert "'a dog barks', 0.5 s" in dialog.block.text()
    set_up(maker_of, "good")
    assert dialog.make_button.isEnabled()
    assert maker_of.action.text() == "Make with AMBIT …"
    assert app.settings.maker.name == "AMBIT"
    assert app.settings.maker.is_set_up


def test_a_block_is_made_in_one_step_of_undo_and_named(app, maker_of: OtherGenerator, qtbot) -> None:
    set_up(maker_of, "good")
    before = app.context.editor.project.scene
    maker_of.dialog.make_button.click()
    assert maker_of.dialog.stop_button.isEnabled()
    qtbot.waitUntil(lambda: not maker_of.is_running, timeout=20_000)
    made = block_of(app)
    assert isinstance(made, RecordingBlock)
    assert made.made_by == "AMBIT"
    assert Path(made.file.path).parent == app.context.editor.project.takes_folder
    assert maker_of.dialog.said.text() == "AMBIT made 'a dog barks'."
    assert app.context.editor.undo_name == "Make 'a dog barks' with AMBIT"
    assert app.window.findChild(BlockEditor).title.text() == "MADE BY AMBIT"
    app.context.editor.undo()
    assert app.context.editor.project.scene == before


def test_stop_ends_the_program_and_changes_nothing(app, maker_of: OtherGenerator, qtbot, tmp_path: Path) -> None:
    set_up(maker_of, "slow", tmp_path / "pids")
    maker_of.dialog.make_button.click()
    qtbot.waitUntil(lambda: (tmp_path / "pids").exists(), timeout=20_000)
    maker_of.dialog.stop_button.click()
    qtbot.waitUntil(lambda: not maker_of.is_running, timeout=20_000)
    assert "was stopped; nothing was changed" in maker_of.dialog.said.text()
    assert isinstance(block_of(app), GeneratedBlock)


def test_a_failure_is_a_sentence_in_the_dialog_or_a_notice(app, maker_of: OtherGenerator, qtbot) -> None:
    set_up(maker_of, "crash")
    maker_of.dialog.make_button.click()
    qtbot.waitUntil(lambda: not maker_of.is_running, timeout=20_000)
    assert "CUDA is out of memory" in maker_of.dialog.said.text()
    maker_of.dialog.make_button.click()
    maker_of.dialog.reject()
    qtbot.waitUntil(lambda: not maker_of.is_running, timeout=20_000)
    assert "CUDA is out of memory" in " ".join(app.window.notices.messages)
    assert isinstance(block_of(app), GeneratedBlock)


def test_a_sound_for_a_block_that_is_gone_is_not_kept(app, maker_of: OtherGenerator, qtbot) -> None:
    set_up(maker_of, "good")
    maker_of.dialog.make_button.click()
    app.context.editor.undo()
    qtbot.waitUntil(lambda: not maker_of.is_running, timeout=20_000)
    assert "was not used: the block no longer exists" in maker_of.dialog.said.text()
    folder = app.context.editor.project.takes_folder
    assert not list(folder.glob("made-*"))
    assert not maker_of.dialog.make_button.isEnabled()


def test_closing_the_window_ends_the_program(app, maker_of: OtherGenerator, qtbot, tmp_path: Path) -> None:
    set_up(maker_of, "slow", tmp_path / "pids")
    maker_of.dialog.make_button.click()
    qtbot.waitUntil(lambda: (tmp_path / "pids").exists(), timeout=20_000)
    app.close()
    pid = (tmp_path / "pids").read_text().split()[0]
    until = time.monotonic() + 3.0
    while Path(f"/proc/{pid}").exists() and time.monotonic() < until:
        time.sleep(0.02)
    assert not Path(f"/proc/{pid}").exists()
