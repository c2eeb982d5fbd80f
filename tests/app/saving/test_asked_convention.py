"""A sound field that does not say what it is: the window asks before it is added."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from PySide6.QtWidgets import QDialog, QPushButton

from app.bootstrap import App
from engine.ambisonics.encoding import encode_point
from engine.ambisonics.normalisation import ambix_to_fuma
from engine.contract.directions import Direction
from engine.contract.scene.blocks import Convention


def question(app: App) -> QDialog | None:
    return next((d for d in app.window.findChildren(QDialog) if d.windowTitle().startswith("What are")), None)


@pytest.mark.slow
@pytest.mark.parametrize("chosen", ["FuMa", "Cancel"])
def test_an_unnamed_field_is_added_as_the_user_says(app: App, qtbot, tmp_path: Path, chosen: str) -> None:
    field = encode_point(0.1 * np.random.default_rng(0).standard_normal(96_000), Direction(60.0, 20.0))
    soundfile.write(tmp_path / "street.wav", ambix_to_fuma(field).T, 48_000, "FLOAT")
    with qtbot.waitExposed(app.window):
        app.window.show()
    app.saving.dropping.take([tmp_path / "street.wav"], 0.0)
    qtbot.waitUntil(lambda: question(app) is not None, timeout=5000)
    dialog = question(app)
    assert dialog is not None
    buttons = {button.text(): button for button in dialog.findChildren(QPushButton)}
    assert buttons["FuMa"].isDefault(), "it sounds like FuMa"
    assert not app.context.editor.project.scene.lanes
    buttons[chosen].click()
    added = [block.convention for block in app.context.editor.project.scene.blocks()]
    assert added == ([Convention.FUMA] if chosen == "FuMa" else [])


@pytest.mark.slow
def test_a_sound_that_was_read_for_another_project_is_not_added_to_this_one(app: App, qtbot, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "drip.wav", np.zeros((48_000, 1)), 48_000)
    with qtbot.waitExposed(app.window):
        app.window.show()
    said: list[str] = []
    app.context.bridge.noticed.connect(lambda notice: said.append(notice.message))
    app.saving.dropping.take([tmp_path / "drip.wav"], 0.0)
    app.saving.files.new()
    qtbot.waitUntil(lambda: any("drip.wav was not added" in sentence for sentence in said), timeout=5000)
    assert not app.context.editor.project.scene.lanes
