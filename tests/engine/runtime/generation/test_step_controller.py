import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.contract.conventions import PATCH_S
from engine.runtime.generation.step_controller import StepController, StepLimits

BUFFER_S = 0.75


def play(overhead_ms, step_ms, patches, controller=None, noise=lambda index: 1.0):
    """Simulate playing: returns the steps taken, the buffer after each patch, and how often it ran dry."""
    controller = controller or StepController(BUFFER_S)
    buffered_s, dry, taken, levels = BUFFER_S, 0, [], []
    for index in range(patches):
        buffered_s = min(buffered_s, BUFFER_S)  # a full buffer is waited out
        steps = controller.choose(buffered_s, sounding=True)
        spent_ms = (overhead_ms + steps * step_ms) * noise(index)
        controller.learn(steps, spent_ms)
        buffered_s -= spent_ms / 1000.0
        if buffered_s < 0.0:
            dry, buffered_s = dry + 1, 0.0
        buffered_s += PATCH_S
        taken.append(steps)
        levels.append(buffered_s)
    return taken, levels, dry


def test_a_fast_machine_takes_all_steps():
    taken, _, dry = play(20.0, 5.0, 50)
    assert taken[-1] == StepLimits().most
    assert dry == 0


def test_a_slow_machine_takes_fewer_and_never_runs_dry():
    taken, levels, dry = play(50.0, 20.0, 200)
    assert StepLimits().fewest <= taken[-1] < StepLimits().most
    assert dry == 0
    assert min(levels[20:]) > 0.3


@settings(max_examples=60, deadline=None)
@given(
    overhead_ms=st.floats(1.0, 60.0),
    step_ms=st.floats(0.5, 40.0),
    slow_from=st.integers(10, 60),
    slower=st.floats(1.0, 2.0),
)
def test_it_never_runs_dry_where_the_fewest_steps_can_keep_up(overhead_ms, step_ms, slow_from, slower):
    fewest = StepLimits().fewest
    if (overhead_ms + fewest * step_ms) * slower > 0.75 * 1000.0 * PATCH_S:
        return
    _, _, dry = play(overhead_ms, step_ms, 200, noise=lambda index: slower if index >= slow_from else 1.0)
    assert dry == 0


def test_it_learns_what_a_step_costs():
    controller = StepController(BUFFER_S)
    for index in range(60):
        steps = 2 + index % 7
        controller.learn(steps, 30.0 + 9.0 * steps)
    assert controller.predicted_ms(8) == pytest.approx(102.0, rel=0.1)
    assert controller.predicted_ms(2) == pytest.approx(48.0, rel=0.2)


def test_an_almost_empty_buffer_asks_for_the_fewest_at_once():
    controller = StepController(BUFFER_S)
    controller.learn(4, 60.0)
    assert controller.choose(0.7, sounding=True) > StepLimits().fewest
    assert controller.choose(0.1, sounding=True) == StepLimits().fewest


def test_steps_rise_one_by_one():
    controller = StepController(BUFFER_S)
    controller.learn(4, 20.0)
    controller.choose(0.05, sounding=True)
    rising = [controller.choose(BUFFER_S, sounding=True) for _ in range(6)]
    assert rising == [3, 4, 5, 6, 7, 8]


def test_an_empty_buffer_before_the_first_sound_is_no_hurry():
    controller = StepController(BUFFER_S)
    controller.learn(4, 40.0)
    assert controller.choose(0.0, sounding=False) > StepLimits().fewest


def test_limits_are_checked():
    with pytest.raises(ValueError, match="ordered"):
        StepLimits(fewest=5, first=4)
    with pytest.raises(ValueError, match="buffer"):
        StepController(0.0)
