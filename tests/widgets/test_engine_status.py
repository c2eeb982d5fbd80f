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
    status.show_metrics(
        EngineMetrics(
            EngineState.PLAYING,
            buffered_s=0.5,
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
    assert status.buffer.share == 0.5


def test_the_bar_is_filled_as_far_as_the_buffer(status, qtbot):
    status.resize(300, 260)
    status.show()
    status.show_metrics(EngineMetrics(EngineState.PAUSED, buffered_s=0.5))
    image = status.buffer.grab().toImage()
    row = [image.pixelColor(x, image.height() // 2).name() for x in range(image.width())]
    assert row.count(COLOURS.accent) == pytest.approx(image.width() / 2, abs=3)
    assert row[-4] == COLOURS.window


def test_a_low_buffer_is_marked_only_while_playing(status):
    status.show_metrics(EngineMetrics(EngineState.PRIMING, buffered_s=0.05))
    assert not status.buffer.is_low
    status.show_metrics(EngineMetrics(EngineState.PLAYING, buffered_s=0.05))
    assert status.buffer.is_low
    status.show_metrics(EngineMetrics(EngineState.PLAYING, buffered_s=0.7))
    assert not status.buffer.is_low


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


def test_dropouts_count_from_play_on(status):
    def dropouts(state, count, dry_s):
        status.show_metrics(EngineMetrics(state, underruns=count, underrun_s=dry_s))
        return status.values["underruns"].toolTip()

    assert dropouts(EngineState.PAUSED, 0, 0.0) == "none"
    assert dropouts(EngineState.PLAYING, 0, 0.0) == "none"
    assert dropouts(EngineState.REBUFFERING, 2, 0.5) == "2 (0.50 s)"
    assert status.values["underruns"].palette().windowText().color().name() == COLOURS.bad
    assert dropouts(EngineState.PRIMING, 2, 0.5) == "2 (0.50 s)"  # a seek is no new playing
    assert dropouts(EngineState.PAUSED, 3, 0.75) == "3 (0.75 s)"  # still to be read
    assert dropouts(EngineState.PLAYING, 3, 0.75) == "none"
    assert dropouts(EngineState.PLAYING, 4, 0.875) == "1 (0.12 s)"
    assert dropouts(EngineState.PLAYING, 0, 0.0) == "none"  # the engine was started afresh
