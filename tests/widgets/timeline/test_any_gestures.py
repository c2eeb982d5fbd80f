"""Whatever the user does, the scene stays one that can be saved, undo leads back, and nothing is left in the hand."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QMenu

from tests.engine.contract.scene.scenes import whole_scene
from tests.widgets.timeline.timelines import Owner, click, double_click, drag, move, press, release

MODIFIERS = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier)
POINTS = st.tuples(st.integers(-40, 900), st.integers(-20, 330)).map(lambda at: QPointF(*at))
PARTS = st.sampled_from(("area", "ruler"))
MOUSE = st.tuples(
    st.sampled_from((press, move, release, click, double_click)), PARTS, POINTS, st.sampled_from(MODIFIERS)
)
DRAGS = st.tuples(st.just(drag), PARTS, st.tuples(POINTS, POINTS), st.sampled_from(MODIFIERS))
STEPS = st.one_of(MOUSE, DRAGS, st.integers(0, 60), st.sampled_from(("an owl", "")), st.floats(0.0, 31.0))


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEPS, max_size=40))
def test_any_gestures(qtbot, monkeypatch, steps):
    monkeypatch.setattr(QMenu, "popup", lambda *_: None)
    owner = Owner(whole_scene())
    view = owner.view
    view.resize(1100, 380)
    view.set_rate(25.0)
    view.show()
    view.state.fit(0, view.state.end_sample)
    commands = sorted(view.actions_by_name)
    for step in steps:
        if isinstance(step, int):
            view.actions_by_name[commands[step % len(commands)]].trigger()
        elif isinstance(step, float):
            view.set_position(step)
        elif isinstance(step, str):
            field = view.typing.field
            if field is not None and not field.isHidden():
                field.setText(step)
                qtbot.keyClick(field, Qt.Key.Key_Return)
            view.typing.field = None
        else:
            act, part, at, modifiers = step
            widget = getattr(view, part)
            if act is drag:
                drag(widget, *at, modifiers)
            elif act is double_click:
                double_click(widget, at)
            else:
                act(widget, at, modifiers)
        assert view.state.scene is owner.scene
        numbers = {block.block_id for block in owner.scene.blocks()}
        assert view.state.selection.blocks <= numbers
        assert view.state.scale.scroll_px >= 0
        assert 0 <= view.state.playhead <= owner.scene.length_samples + 31 * 48_000
    for part in (view.area, view.ruler):
        release(part, QPointF(5, 5))
    view.grab()
    assert all(isinstance(sentence, str) and sentence.endswith(".") for sentence in owner.refused)
    while owner.history.past:
        owner.undo()
    assert owner.scene == whole_scene()
    view.close()
    view.deleteLater()
