"""Stereo beside a mix is delivered as it is, checked, and refused if it is no stereo."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.contract.errors import CancelledError, ExportError, MediaError
from engine.export.delivery.order import Order
from engine.export.delivery.stereo import deliver_stereo

pytestmark = pytest.mark.slow
RATE = 48_000


@pytest.fixture
def order(tmp_path: Path) -> Order:
    rng = np.random.default_rng(3)
    soundfile.write(tmp_path / "music.wav", 0.1 * rng.standard_normal((RATE, 2)), RATE, subtype="FLOAT")
    return Order(tmp_path / "music.wav", tmp_path / "out.wav", "binaural", coding="float", watermark=False)


def test_float_stereo_comes_out_as_it_is(order: Order) -> None:
    delivery = deliver_stereo(order)
    assert all(check.passed for check in delivery.checks)
    np.testing.assert_array_equal(soundfile.read(order.out)[0], soundfile.read(order.take)[0])


def test_another_rate_keeps_length_and_level(order: Order) -> None:
    delivery = deliver_stereo(replace(order, rate_hz=44_100))
    sound, rate = soundfile.read(order.out)
    assert (rate, delivery.rate_hz) == (44_100, 44_100)
    assert len(sound) == pytest.approx(44_100, abs=2)


def test_four_channels_are_refused(order: Order) -> None:
    soundfile.write(order.take, np.zeros((480, 4)), RATE)
    with pytest.raises(MediaError, match="4 channels"):
        deliver_stereo(order)
    assert not order.out.exists()


def test_a_field_is_refused(order: Order) -> None:
    with pytest.raises(ExportError, match="cannot hold stereo"):
        deliver_stereo(replace(order, kind="wav"))


def test_cancelled_leaves_nothing(order: Order) -> None:
    with pytest.raises(CancelledError):
        deliver_stereo(order, cancelled=lambda: True)
    assert not order.out.exists()
