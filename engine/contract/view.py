"""The listener's view. Picture and sound share it, so that both turn together."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class ViewOrientation:
    """Orientation of the view; yaw + = left, pitch + = up, roll + = the head leans to the right shoulder.

    Applied to a head as: first yaw about Z, then pitch about the turned Y axis, then roll about the turned X axis.
    """

    yaw_rad: float = 0.0
    pitch_rad: float = 0.0
    roll_rad: float = 0.0


FRONT = ViewOrientation()


def head_axes(view: ViewOrientation) -> NDArray[np.float64]:
    """Return the head's front, left and up axes as the columns of a (3, 3) matrix in scene x, y, z.

    Yaw about Z (+ left), then pitch about the turned left axis (+ up), then roll about the turned front axis (+ right).
    """
    cy, sy = np.cos(view.yaw_rad), np.sin(view.yaw_rad)
    cp, sp = np.cos(view.pitch_rad), np.sin(view.pitch_rad)
    cr, sr = np.cos(view.roll_rad), np.sin(view.roll_rad)
    yaw = np.array([[cy, -sy, 0.0], [sy, cy, 0.0], [0.0, 0.0, 1.0]])
    pitch = np.array([[cp, 0.0, -sp], [0.0, 1.0, 0.0], [sp, 0.0, cp]])
    roll = np.array([[1.0, 0.0, 0.0], [0.0, cr, -sr], [0.0, sr, cr]])
    axes: NDArray[np.float64] = yaw @ pitch @ roll
    return axes


def view_of_axes(axes: NDArray[np.float64]) -> ViewOrientation:
    """Return the view with these axes (3, 3): the inverse of `head_axes`, with a pitch of -90 to 90 degrees."""
    yaw = float(np.arctan2(axes[1, 0], axes[0, 0]))
    pitch = float(np.arcsin(np.clip(axes[2, 0], -1.0, 1.0)))
    rolled = head_axes(ViewOrientation(yaw, pitch)).T @ axes  # about the front alone, also straight up and down
    return ViewOrientation(yaw, pitch, float(np.arctan2(rolled[2, 1], rolled[1, 1])))
