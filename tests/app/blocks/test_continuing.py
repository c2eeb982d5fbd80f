"""A block continues the end of a recording: chosen in the menu, undone in one step, told when it cannot be."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest
import soundfile

import app.blocks.continuing as module
from app.blocks.continuing import Continuing
from engine.contract.scene.edits.blocks import add_generated
from engine.contract.scene.edits.lanes import add_lane
from engine.contract.scene.recipe import Recipe
from engine.files.content import content_hash
from widgets.timeline.gestures.requests import EditRequest

pytestmark = pytest.mark.slow


@pytest.fixture
def continuing(app) -> Continuing:
    app.window.show()
    app.context.editor.make(EditRequest(partial(add_lane, name="Wind")))
    recipe = Recipe.of("wind")
    app.context.editor.make(
        EditRequest(partial(add_generated, lane_id=1, recipe=recipe, start_sample=0, length_samples=48_000))
    )
    return app.window.findChild(Continuing)


def continued(app):
    return app.context.editor.project.scene.block(2).recipe.continued


def test_a_recording_is_continued_and_no_longer_in_one_step_each(
    app, continuing, qtbot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "wind.wav"
    soundfile.write(path, 0.1 * np.random.default_rng(0).standard_normal(96_000), 48_000)
    monkeypatch.setattr(module, "ask_for_file", lambda *_: path)
    app.context.selected.choose_block(2)
    assert continuing.action.isEnabled()
    assert not continuing.none_action.isEnabled()
    continuing.action.trigger()
    qtbot.waitUntil(lambda: continued(app) is not None, timeout=5000)
    assert (continued(app).path, continued(app).content) == (str(path), content_hash(path))
    assert continuing.none_action.text() == "&No Longer Continue wind.wav"
    app.context.editor.undo()
    assert continued(app) is None
    assert not continuing.none_action.isEnabled()
    app.context.editor.redo()
    continuing.none_action.trigger()
    assert continued(app) is None


def test_a_silent_recording_is_refused_with_a_dialog(app, continuing, qtbot, tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "silence.wav"
    soundfile.write(path, np.zeros(96_000), 48_000)
    shown = []
    monkeypatch.setattr(type(app.context.errors), "show", lambda _self, *text: shown.append(text))
    continuing.take(2, path)
    qtbot.waitUntil(lambda: bool(shown), timeout=5000)
    assert shown[0][0] == "This sound cannot be continued"
    assert "is silent" in shown[0][1]
    assert continued(app) is None


def test_without_a_generated_block_nothing_can_be_continued(continuing) -> None:
    assert not continuing.action.isEnabled()
