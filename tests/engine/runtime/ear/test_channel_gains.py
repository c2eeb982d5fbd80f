"""Solo and mute at the ear: the right channels, no click, and nothing else changes."""

import numpy as np
import pytest

from engine.contract.conventions import AcnChannel
from engine.contract.directions import Direction
from engine.runtime.ear.channel_gains import RAMP_SAMPLES, ChannelGains
from tests.engine.runtime.ear.playback_rig import AMPLITUDE, CLICK, Rig, roughness

WHOLE = np.ones(4)


def only(*channels: AcnChannel) -> np.ndarray:
    gains = np.zeros(4)
    gains[list(channels)] = 1.0
    return gains


@pytest.fixture
def rig():
    made = Rig()
    made.seek(0)
    made.feed(60, Direction(30.0))
    made.state.play = True
    made.listen(4)
    yield made
    made.close()


def test_the_whole_field_is_itself():
    gains = ChannelGains(512)
    foa = np.random.default_rng(0).standard_normal((4, 512)).astype(np.float32)
    assert gains.apply(foa, WHOLE) is foa
    for _ in range(3):
        gains.apply(foa, only(AcnChannel.Y))
    for _ in range(3):
        gains.apply(foa, WHOLE)
    assert gains.apply(foa, WHOLE) is foa


def test_the_field_itself_is_left_alone():
    gains = ChannelGains(512)
    foa = np.ones((4, 512), np.float32)
    gains.apply(foa, only(AcnChannel.W))
    assert np.all(foa == 1.0)


@pytest.mark.parametrize("size", [64, 333, 512])
def test_a_channel_goes_in_a_straight_line_however_the_blocks_are_cut(size):
    gains = ChannelGains(512)
    heard = [gains.apply(np.ones((4, size), np.float32), only(AcnChannel.X)).copy() for _ in range(2000 // size + 1)]
    y = np.concatenate(heard, axis=1)[AcnChannel.Y]
    line = np.clip(1.0 - np.arange(1, y.size + 1) / RAMP_SAMPLES, 0.0, 1.0)
    np.testing.assert_allclose(y, line, atol=1e-4)
    assert y[-1] == 0.0
    assert np.all(np.concatenate(heard, axis=1)[AcnChannel.X] == 1.0)


def test_y_alone_is_left_minus_right_and_w_alone_is_the_same_in_both_ears(rig):
    rig.state.channel_gains[:] = only(AcnChannel.Y)
    rig.listen(4)
    left, right = rig.listen(4)
    np.testing.assert_allclose(left, -right, atol=1e-6)
    assert np.abs(left).max() == pytest.approx(0.5 * AMPLITUDE * np.sin(np.deg2rad(30.0)), rel=1e-3)
    rig.state.channel_gains[:] = only(AcnChannel.W)
    rig.listen(4)
    left, right = rig.listen(4)
    np.testing.assert_allclose(left, right, atol=1e-6)
    assert np.abs(left).max() == pytest.approx(0.5 * AMPLITUDE, rel=1e-3)


def test_switching_makes_no_click_even_in_the_middle_of_a_ramp(rig):
    for channels in ((AcnChannel.W,), (AcnChannel.Y,), (), (AcnChannel.W, AcnChannel.Y), tuple(AcnChannel)):
        rig.state.channel_gains[:] = only(*channels)
        rig.listen(1)
        rig.state.channel_gains[:] = WHOLE
        rig.listen(1)
        rig.state.channel_gains[:] = only(*channels)
        rig.listen(5)
    assert roughness(rig.everything) < CLICK


def test_the_meter_of_w_shows_the_field_and_not_what_is_muted(rig):
    rig.state.channel_gains[:] = 0.0
    rig.listen(60)
    newest = None
    while (piece := rig.playback.heard.next_piece()) is not None:
        newest = piece
    assert np.abs(newest[0]).max() == 0.0
    assert np.abs(newest[2]).max() == pytest.approx(AMPLITUDE, rel=1e-3)
