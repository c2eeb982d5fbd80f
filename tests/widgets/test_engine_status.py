import pytest

from engine.contract.telemetry import EngineMetrics, EngineState
from widgets.engine_status import EngineStatus
from widgets.theme import COLOURS


@pytest.fixture
def status(qtbot):
    made = EngineStatus()
    qtbot.addWidget(made)
    return made


@pytest.mark.parametrize("state", list(EngineState))
def test_every_state_has_a_word(status, state):
    status.show_metrics(EngineMetrics(state))
    assert status.state.text()


def test_figures_are_shown(status):
    status.show_metrics(EngineMetrics(EngineState.PLAYING, 1, 2, 0.5, 48.0, 0.31, 8, 2, 0.12, "x", "XS"))
    assert status.values["speed"].toolTip() == "0.31 x (48 ms a patch)"
    assert status.values["steps"].toolTip() == "8"
    assert status.values["underruns"].toolTip() == "2 (0.12 s)"
    assert status.values["underruns"].palette().windowText().color().name() == COLOURS.bad
    assert status.values["device"].toolTip() == "x"
    assert status.buffer.value() == 50


def test_a_low_buffer_is_marked_only_while_playing(status):
    status.show_metrics(EngineMetrics(EngineState.PRIMING, buffered_s=0.05))
    assert status.buffer.property("level") != "low"
    status.show_metrics(EngineMetrics(EngineState.PLAYING, buffered_s=0.05))
    assert status.buffer.property("level") == "low"
    status.show_metrics(EngineMetrics(EngineState.PLAYING, buffered_s=0.7))
    assert status.buffer.property("level") != "low"
