"""A head that turns left turns the view left, whichever way a tracker says it."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.head.orientation import HeadOrientation, Inverted, view_of
from app.osc.messages import OscMessage
from engine.contract.view import ViewOrientation, head_axes


def quaternion(axes: np.ndarray) -> tuple[float, ...]:
    """Return w, x, y, z of a rotation, by scipy."""
    from scipy.spatial.transform import Rotation

    x, y, z, w = Rotation.from_matrix(axes).as_quat()
    return (w, x, y, z)


def after(*messages: tuple[str, tuple[float, ...]], head: HeadOrientation | None = None) -> ViewOrientation:
    head = head or HeadOrientation()
    for address, values in messages:
        assert head.take(OscMessage(address, values))
    return head.view


def degrees(view: ViewOrientation) -> tuple[float, float, float]:
    return tuple(math.degrees(angle) for angle in (view.yaw_rad, view.pitch_rad, view.roll_rad))  # type: ignore[return-value]


@pytest.mark.parametrize("prefix", ["", "/SceneRotator"])
def test_all_address_forms_say_the_same(prefix: str) -> None:
    wanted = (40.0, -20.0, 10.0)
    axes = head_axes(ViewOrientation(*map(math.radians, wanted)))
    assert degrees(after((f"{prefix}/ypr", wanted))) == pytest.approx(wanted)
    assert degrees(after((f"{prefix}/quaternions", quaternion(axes)))) == pytest.approx(wanted)
    apart = [(f"{prefix}/{name}", (value,)) for name, value in zip(("yaw", "pitch", "roll"), wanted, strict=True)]
    assert degrees(after(*apart)) == pytest.approx(wanted)


@given(st.floats(-3.1, 3.1), st.floats(-1.5, 1.5), st.floats(-3.1, 3.1))
def test_a_view_comes_back_from_its_axes(yaw: float, pitch: float, roll: float) -> None:
    back = view_of(head_axes(ViewOrientation(yaw, pitch, roll)))
    assert (back.yaw_rad, back.pitch_rad, back.roll_rad) == pytest.approx((yaw, pitch, roll), abs=1e-9)


def test_the_front_is_where_the_head_looked_and_yaw_wraps() -> None:
    head = HeadOrientation()
    after(("/ypr", (170.0, 0.0, 0.0)), head=head)
    head.recentre()
    assert degrees(head.view) == pytest.approx((0.0, 0.0, 0.0), abs=1e-6)
    assert degrees(after(("/ypr", (-160.0, 0.0, 0.0)), head=head)) == pytest.approx((30.0, 0.0, 0.0))
    assert degrees(after(("/ypr", (170.0, 25.0, 0.0)), head=head)) == pytest.approx((0.0, 25.0, 0.0))


def test_a_tracker_that_sits_askew_turns_the_view_upright() -> None:
    """After recentring, a turn of the head to the left is a turn of the view to the left and nothing else."""
    askew = head_axes(ViewOrientation(0.0, 0.4, -0.3))
    for turned_deg in (0.0, 35.0, -100.0):
        head = HeadOrientation()
        turn_before = head_axes(ViewOrientation(math.radians(20.0)))
        assert head.take(OscMessage("/quaternions", quaternion(turn_before @ askew)))
        head.recentre()
        turn_now = head_axes(ViewOrientation(math.radians(20.0 + turned_deg)))
        view = after(("/quaternions", quaternion(turn_now @ askew)), head=head)
        # How far the tracker is twisted about the vertical cannot be known: the tilt of its mount takes part in it.
        assert degrees(view) == pytest.approx((turned_deg, 0.0, 0.0), abs=1e-6)


def test_each_axis_is_inverted_alone() -> None:
    for place, inverted in enumerate((Inverted(yaw=True), Inverted(pitch=True), Inverted(roll=True))):
        head = HeadOrientation()
        head.inverted = inverted
        wanted = [10.0, 20.0, 30.0]
        wanted[place] *= -1.0
        assert degrees(after(("/ypr", (10.0, 20.0, 30.0)), head=head)) == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("address", "values"),
    [
        ("/ypr", (1.0, 2.0)),
        ("/ypr", (1e9, 0.0, 0.0)),
        ("/yaw", ()),
        ("/yaw", (-4000.0,)),
        ("/quaternions", (0.0, 0.0, 0.0, 0.0)),
        ("/quaternions", (1e30, 0.0, 0.0, 1e30)),
        ("/gain", (1.0,)),
    ],
)
def test_senseless_messages_change_nothing(address: str, values: tuple[float, ...]) -> None:
    head = HeadOrientation()
    after(("/ypr", (5.0, 6.0, 7.0)), head=head)
    before = head.view
    assert not head.take(OscMessage(address, values))
    assert head.view == before
