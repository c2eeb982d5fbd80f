"""The gains with which a sound enters the field: a point, a pair, or a field that is turned; width and distance."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.ambisonics.encoding import sn3d_gains
from engine.ambisonics.turning.quaternions import Vector
from engine.contract.conventions import AcnChannel
from engine.contract.scene.place import USUAL_DISTANCE_M
from engine.contract.view import ViewOrientation, head_axes

FRONT: Final = np.array([1.0, 0.0, 0.0])
PAIR_WIDTH_DEG: Final = 60.0
"""A stereo recording spans this much if its width is not chosen: 30 degrees to each side."""
_WIDEST_PAIR_DEG: Final = 180.0
_MOST_NEARNESS: Final = 4.0
"""Nearer than half a metre nothing becomes louder: 12 dB."""
_TO_ACN: Final = np.ix_([1, 2, 0], [1, 2, 0])
"""From x, y, z to Y, Z, X."""


def spread_share(width_deg: float) -> float:
    """Return the share of a source's energy that flows in its direction, for a source 0 to 360 degrees wide.

    It is that of a cap of the sphere which sounds evenly: (1 + cos(width / 2)) / 2.
    """
    return float(0.5 * (1.0 + np.cos(np.deg2rad(0.5 * width_deg))))


def distance_gain(distance_m: float) -> float:
    """Return the linear gain of a distance: half for twice as far, 1 at the usual distance."""
    return min(USUAL_DISTANCE_M / distance_m, _MOST_NEARNESS)


def point_gains(direction: Vector, width_deg: float | None) -> NDArray[np.float32]:
    """Return the gains (4, 1) of a mono sound at a unit vector (3,)."""
    gains = sn3d_gains(direction)
    gains[1:] *= spread_share(width_deg or 0.0)
    return gains[:, None].astype(np.float32)


def pair_gains(direction: Vector, width_deg: float | None) -> NDArray[np.float32]:
    """Return the gains (4, 2) of a stereo sound around a unit vector (3,).

    The two channels stand half the width to each side, at most 90 degrees; each is wider itself beyond that. Each
    enters with -3 dB, so that W is as loud as one of two unrelated channels.
    """
    width_deg = PAIR_WIDTH_DEG if width_deg is None else width_deg
    half_rad = np.deg2rad(0.5 * min(width_deg, _WIDEST_PAIR_DEG))
    level = np.hypot(direction[0], direction[1])
    to_left = np.array([-direction[1], direction[0], 0.0]) / level if level > 1e-9 else np.array([0.0, 1.0, 0.0])
    own_width_deg = max(0.0, width_deg - _WIDEST_PAIR_DEG)
    sides = [np.cos(half_rad) * direction + sign * np.sin(half_rad) * to_left for sign in (1.0, -1.0)]
    gains = np.concatenate([point_gains(side, own_width_deg) for side in sides], axis=1)
    pair: NDArray[np.float32] = (np.sqrt(0.5) * gains).astype(np.float32)
    return pair


def field_gains(
    turn: NDArray[np.float64], direction: Vector | None, width_deg: float | None, share: float
) -> NDArray[np.float32]:
    """Return the gains (4, 4) of a field that is turned by a rotation (3, 3) of x, y, z.

    With a width its first-order channels are mixed so that the share of energy that flows in one direction becomes
    that of the width: `share` is its own. A narrower field is drawn together at `direction`, a unit vector (3,); a
    wider one loses direction. W stays.
    """
    gains = np.eye(4)
    gains[1:, 1:] = turn[_TO_ACN]
    if width_deg is not None:
        wanted = spread_share(width_deg)
        if wanted <= share:
            gains[1:, 1:] *= wanted / share if share > 0.0 else 1.0
        elif direction is not None:
            kept = (1.0 - wanted) / (1.0 - share)
            gains[1:, 1:] *= kept
            gains[1:, AcnChannel.W] = (wanted - kept * share) * sn3d_gains(direction)[1:]
    return gains.astype(np.float32)


def front_turn(direction: Vector) -> NDArray[np.float64]:
    """Return the rotation (3, 3) that brings the front to a unit vector (3,), by yaw and then pitch."""
    yaw_rad = float(np.arctan2(direction[1], direction[0]))
    return head_axes(ViewOrientation(yaw_rad, float(np.arcsin(np.clip(direction[2], -1.0, 1.0)))))
