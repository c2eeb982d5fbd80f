"""Datagrams of head trackers: damaged in their bytes, and turned into a view."""

import math
import struct
from pathlib import Path

from tests.app.osc.packets import bundle, osc, padded
from tests.fuzz.mutations import mutated_bytes
from tests.fuzz.target import Target, apart


def _datagrams(folder: Path) -> list[Path]:
    ypr = osc("/SceneRotator/ypr", 10.0, -20.0, 30.0)
    return apart(
        folder,
        {
            "ypr.osc": ypr,
            "yaw.osc": osc("/yaw", 90.0),
            "double.osc": padded("/pitch") + padded(",d") + struct.pack(">d", 1e300),
            "quaternion.osc": osc("/SceneRotator/quaternions", 0.5, 0.5, 0.5, 0.5),
            "bundle.osc": bundle(ypr, bundle(osc("/roll", 1.0), ypr)),
        },
    )


def _follow(path: Path) -> None:
    from app.head.orientation import HeadOrientation
    from app.osc.messages import messages_in

    head = HeadOrientation()
    for message in messages_in(path.read_bytes()):
        head.take(message)
    view = head.view
    if not all(map(math.isfinite, (view.yaw_rad, view.pitch_rad, view.roll_rad))):
        raise ArithmeticError("a datagram turns the head to no direction")


DATAGRAMS = (Target("datagram of a head tracker (OSC)", mutated_bytes, _datagrams, _follow),)
