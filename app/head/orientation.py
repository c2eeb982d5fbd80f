"""From messages of a head tracker to a view: address forms, inverted axes, and where the front is.

Angles are in degrees, as in the conventions: yaw + left, pitch + up, roll + to the right shoulder. A quaternion is w,
x, y, z in the axes x front, y left, z up.
"""

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.osc.messages import OscMessage
from engine.contract.view import FRONT, ViewOrientation, head_axes

_PREFIX: Final = "/SceneRotator"
_SINGLE: Final = {"/yaw": "yaw_rad", "/pitch": "pitch_rad", "/roll": "roll_rad"}
_MOST_DEG: Final = 3600.0
_LENGTHS: Final = (0.5, 2.0)
"""A quaternion outside these lengths is none."""


@dataclass(frozen=True)
class Inverted:
    """Which axes a tracker counts the other way round."""

    yaw: bool = False
    pitch: bool = False
    roll: bool = False


class HeadOrientation:
    """Follows a tracker. `view` is the head's orientation relative to the front that the user chose."""

    def __init__(self) -> None:
        self.inverted = Inverted()
        self._tracked = FRONT
        self._front = FRONT

    @property
    def view(self) -> ViewOrientation:
        """The view that belongs to the newest message."""
        head, front = head_axes(self._upright()), head_axes(self._front)
        # The tracker may sit askew on the head: its own turn comes first and is undone first.
        back = head_axes(ViewOrientation(yaw_rad=-self._front.yaw_rad))
        return view_of(back @ head @ (back @ front).T)

    def take(self, message: OscMessage) -> bool:
        """Take a message; returns whether it was one of a head tracker with sensible values."""
        tracked = _tracked(message, self._tracked)
        if tracked is not None:
            self._tracked = tracked
        return tracked is not None

    def recentre(self) -> None:
        """Make the present orientation of the head the front."""
        self._front = self._upright()

    def _upright(self) -> ViewOrientation:
        signs = [-1.0 if is_inverted else 1.0 for is_inverted in vars(self.inverted).values()]
        yaw, pitch, roll = (self._tracked.yaw_rad, self._tracked.pitch_rad, self._tracked.roll_rad)
        return ViewOrientation(signs[0] * yaw, signs[1] * pitch, signs[2] * roll)


def view_of(axes: NDArray[np.float64]) -> ViewOrientation:
    """Return the view whose front, left and up axes are the columns of (3, 3); the inverse of `head_axes`."""
    front, left_z, up_z = axes[:, 0], float(axes[2, 1]), float(axes[2, 2])
    pitch = math.asin(min(1.0, max(-1.0, float(front[2]))))
    return ViewOrientation(math.atan2(float(front[1]), float(front[0])), pitch, math.atan2(left_z, up_z))


def _tracked(message: OscMessage, before: ViewOrientation) -> ViewOrientation | None:
    """Return the orientation after a message; None if it is not one of the known forms."""
    address, values = message.address.removeprefix(_PREFIX), message.values
    if address in ("/quaternions", "/quaternion") and len(values) == 4:
        return _of_quaternion(values)
    if any(abs(value) > _MOST_DEG for value in values):
        return None
    angles = [math.radians(value) for value in values]
    if address == "/ypr" and len(angles) == 3:
        return view_of(head_axes(ViewOrientation(*angles)))
    if address in _SINGLE and len(angles) == 1:
        return replace(before, **{_SINGLE[address]: angles[0]})
    return None


def _of_quaternion(values: tuple[float, ...]) -> ViewOrientation | None:
    length = math.hypot(*values)
    if not _LENGTHS[0] <= length <= _LENGTHS[1]:
        return None
    w, x, y, z = (value / length for value in values)
    axes = np.array(
        [
            [1.0 - 2.0 * (y * y + z * z), 2.0 * (x * y - w * z), 2.0 * (x * z + w * y)],
            [2.0 * (x * y + w * z), 1.0 - 2.0 * (x * x + z * z), 2.0 * (y * z - w * x)],
            [2.0 * (x * z - w * y), 2.0 * (y * z + w * x), 1.0 - 2.0 * (x * x + y * y)],
        ]
    )
    return view_of(axes)
