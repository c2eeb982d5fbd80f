"""Datagrams are untrusted: what is a message is read, everything else is nothing."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.osc.messages import MOST_BYTES, OscMessage, datagram, messages_in
from tests.app.osc.packets import bundle, osc, padded


def test_numbers_of_all_kinds_are_read() -> None:
    packet = padded("/a") + padded(",fdih") + struct.pack(">fdiq", 0.5, -2.25, 7, -9)
    assert messages_in(packet) == [OscMessage("/a", (0.5, -2.25, 7.0, -9.0))]


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), max_size=8))
def test_a_message_that_is_written_is_read_again(values: list[float]) -> None:
    packet = datagram("/MultiEncoder/azimuth0", *values)
    assert len(packet) % 4 == 0
    assert packet == osc("/MultiEncoder/azimuth0", *values)
    assert messages_in(packet) == [OscMessage("/MultiEncoder/azimuth0", tuple(values))]


def test_bundles_are_opened_in_order() -> None:
    packet = bundle(osc("/yaw", 1.0), bundle(osc("/pitch", 2.0)), osc("/roll", 3.0))
    assert {message.address: message.values[0] for message in messages_in(packet)} == {
        "/yaw": 1.0, "/pitch": 2.0, "/roll": 3.0,
    }  # fmt: skip


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_a_number_that_is_not_finite_is_no_message(value: float) -> None:
    assert messages_in(osc("/ypr", 1.0, value, 2.0)) == []


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b"/ypr",
        b"ypr\0,f\0\0\0\0\0\0",
        osc("/ypr", 1.0, 2.0, 3.0)[:-1],
        osc("/ypr", types="s"),
        osc("/ypr", types="f" * 20),
        b"/\xff\xfe\0,f\0\0\0\0\0\0",
        b"#bundle\0" + bytes(8) + struct.pack(">i", 2_000_000_000),
        b"#bundle\0" + bytes(8) + struct.pack(">i", -4) * 100,
        bytes(MOST_BYTES + 4),
    ],
)
def test_what_is_damaged_is_nothing(damaged: bytes) -> None:
    assert messages_in(damaged) == []


def test_bundles_in_bundles_end() -> None:
    packet = osc("/yaw", 1.0)
    while len(packet) < MOST_BYTES - 40:
        packet = bundle(packet)
    assert messages_in(packet) == [OscMessage("/yaw", (1.0,))]


@given(st.one_of(st.binary(max_size=MOST_BYTES + 8), st.binary(max_size=200).map(lambda raw: bundle(raw, raw))))
def test_no_datagram_raises(raw: bytes) -> None:
    assert len(messages_in(raw)) <= MOST_BYTES // 8


def test_the_last_of_many_messages_in_a_bundle_is_read() -> None:
    meters = [osc(f"/track/{number}/vu", 0.5) for number in range(1, 30)]
    assert messages_in(bundle(*meters, osc("/play", 1.0)))[-1] == OscMessage("/play", (1.0,))


@given(st.data())
def test_no_broken_message_raises_or_is_not_finite(data: st.DataObject) -> None:
    packet = bytearray(bundle(osc("/ypr", 10.0, 20.0, 30.0), osc("/quaternions", 1.0, 0.0, 0.0, 0.0)))
    for _ in range(data.draw(st.integers(1, 8))):
        packet[data.draw(st.integers(0, len(packet) - 1))] = data.draw(st.integers(0, 255))
    for message in messages_in(bytes(packet)):
        assert all(abs(value) < float("inf") for value in message.values)
