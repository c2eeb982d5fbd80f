"""Datagrams of head trackers: damaged in their bytes, and turned into a view."""

import math
import struct
from pathlib import Path

from tests.fuzz.mutations import mutated_bytes
from tests.fuzz.target import Target, apart


def _padded(text: str) -> bytes:
    raw = text.encode() + b"\0"
    return raw + b"\0" * (-len(raw) % 4)


def _message(address: str, *values: float) -> bytes:
    return _padded(address) + _padded("," + "f" * len(values)) + struct.pack(f">{len(values)}f", *values)


def _bundle(*elements: bytes) -> bytes:
    return b"#bundle\0" + bytes(8) + b"".join(struct.pack(">i", len(each)) + each for each in elements)


def _datagrams(folder: Path) -> list[Path]:
    ypr = _message("/SceneRotator/ypr", 10.0, -20.0, 30.0)
    return apart(
        folder,
        {
            "ypr.osc": ypr,
            "yaw.osc": _message("/yaw", 90.0),
            "double.osc": _padded("/pitch") + _padded(",d") + struct.pack(">d", 1e300),
            "quaternion.osc": _message("/SceneRotator/quaternions", 0.5, 0.5, 0.5, 0.5),
            "bundle.osc": _bundle(ypr, _bundle(_message("/roll", 1.0), ypr)),
        },
    )


def _follow(path: Path) -> None:
    from app.head.orientation import HeadOrientation
    from app.head.osc import messages_in

    head = HeadOrientation()
    for message in messages_in(path.read_bytes()):
        head.take(message)
    view = head.view
    if not all(map(math.isfinite, (view.yaw_rad, view.pitch_rad, view.roll_rad))):
        raise ArithmeticError("a datagram turns the head to no direction")


DATAGRAMS = (Target("datagram of a head tracker (OSC)", mutated_bytes, _datagrams, _follow),)
