import pytest

from engine.contract.telemetry import EngineMetrics, EngineState
from widgets.panels.engine_status import EngineStatus
from widgets.parts.theme import COLOURS


@pytest.fixture
def status(qtbot):
    made = EngineStatus()
    qtbot.addWidget(made)
    return made


@pytest.mark.slow
@pytest.mark.parametrize("state", list(EngineState))
def test_every_state_has_a_word(status, state):
    status.show_metrics(EngineMetrics(state))
    assert status.state.text()


def test_figures_are_shown(status):
    status.show_metrics(
        EngineMetrics(
            EngineState.PLAYING,
            buffered_s=0.5,
            buffer_goal_s=0.75,
            patch_ms=48.0,
            realtime_factor=0.31,
            flow_steps=8,
            device_name="x",
            checkpoint="XS",
        )
    )
    assert status.values["steps"].toolTip() == "8"
    assert status.values["underruns"].toolTip() == "none"
    assert status.values["device"].toolTip() == "x"
    assert status.buffer.share == pytest.approx(2 / 3)


def test_the_bar_is_filled_as_far_as_the_buffer(status, qtbot):
    status.resize(300, 260)
    status.show()
    status.show_metrics(EngineMetrics(EngineState.PAUSED, buffered_s=0.6, buffer_goal_s=1.2))
    image = status.buffer.grab().toImage()
    row = [image.pixelColor(x, image.height() // 2).name() for x in range(image.width())]
    assert row.count(COLOURS.accent) == pytest.approx(image.width() / 2, abs=3)
    assert row[-4] == COLOURS.window


@pytest.mark.parametrize(
    ("buffered_s", "goal_s", "share"), [(0.75, 0.75, 1.0), (0.88, 0.75, 1.0), (0.3, 0.6, 0.5), (0.3, 0.0, 0.0)]
)
def test_the_bar_is_full_when_the_buffer_is_what_the_engine_keeps(status, buffered_s, goal_s, share):
    status.show_metrics(EngineMetrics(EngineState.PLAYING, buffered_s=buffered_s, buffer_goal_s=goal_s))
    assert status.buffer.share == share


def test_a_low_buffer_is_marked_only_while_playing(status):
    status.show_metrics(EngineMetrics(EngineState.PRIMING, buffered_s=0.05))
    assert not status.buffer.is_low
    status.show_metrics(EngineMetrics(EngineState.PLAYING, buffered_s=0.05))
    assert status.buffer.is_low
    status.show_metrics(EngineMetrics(EngineState.PLAYING, buffered_s=0.7))
    assert not status.buffer.is_low


@pytest.mark.slow
@pytest.mark.parametrize(
    ("factor", "text", "is_bad"),
    [
        (0.0, "not measured yet", False),
        (0.04, "25x real time", False),
        (0.37, "2.7x real time", False),
        (1.0, "1.0x real time", False),
        (2.32, "Too slow: 0.43x real time", True),
    ],
)
def test_more_is_faster_and_too_slow_is_said(status, factor, text, is_bad):
    status.show_metrics(EngineMetrics(EngineState.PLAYING, realtime_factor=factor))
    assert status.values["speed"].toolTip() == text
    assert (status.values["speed"].palette().windowText().color().name() == COLOURS.bad) == is_bad


def test_dropouts_of_the_model_and_of_the_device_are_told_apart(status):
    status.show_metrics(EngineMetrics(EngineState.REBUFFERING, underruns=2, underrun_s=0.5))
    assert status.values["underruns"].toolTip() == "2 (0.50 s)"
    assert status.values["gaps"].toolTip() == "none"
    assert status.values["underruns"].palette().windowText().color().name() == COLOURS.bad
    status.show_metrics(EngineMetrics(EngineState.PLAYING, device_gaps=3))
    assert status.values["underruns"].toolTip() == "none"
    assert status.values["gaps"].toolTip() == "3"
    assert status.values["gaps"].palette().windowText().color().name() == COLOURS.bad


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rate_hz", "text"), [(48_000, "Jabra"), (44_100, "Jabra at 44.1 kHz"), (96_000, "Jabra at 96 kHz")]
)
def test_a_rate_that_is_resampled_to_is_named(status, rate_hz, text):
    status.show_metrics(EngineMetrics(EngineState.PLAYING, device_name="Jabra", device_rate_hz=rate_hz))
    assert status.values["device"].toolTip() == text


def test_reduced_quality_is_said_in_words_with_figures_on_demand(status):
    status.show_metrics(EngineMetrics(EngineState.PLAYING, realtime_factor=0.5, flow_steps=3, is_reduced=True))
    assert status.state.text() == "Reduced quality: the machine is busy"
    assert "3 flow steps, 2.0x real time" in status.state_row.toolTip()
    assert status.state.accessibleDescription() == status.state_row.toolTip()
    status.show_metrics(EngineMetrics(EngineState.PLAYING, realtime_factor=0.5, flow_steps=8))
    assert status.state.text() == "Playing"
    assert "fewer steps" not in status.state_row.toolTip()
