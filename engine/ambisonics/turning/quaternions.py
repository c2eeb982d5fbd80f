"""Rotations as unit quaternions (4,): the real part, then x, y, z."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.contract.directions import cross, slerp

Vector = NDArray[np.float64]
Quaternion = NDArray[np.float64]

_APART: Final = 0.01
"""Length of the sum of two unit vectors that are not opposite: below it, its direction is rounding."""

NO_TURN: Final = np.array([1.0, 0.0, 0.0, 0.0])


def smallest_turn(a: Vector, b: Vector) -> Quaternion:
    """Return the smallest rotation from unit vector (3,) `a` to `b`; opposite points follow the contract."""
    between = a + b
    length = float(np.linalg.norm(between))
    # As `slerp` gives it, but for points that are nearly opposite.
    middle = between / length if length > _APART else slerp(a, b, 0.5)
    return np.concatenate([[float(a @ middle)], cross(a, middle)])


def product(p: Quaternion, q: Quaternion) -> Quaternion:
    """Return the rotation q followed by p."""
    real = p[0] * q[0] - p[1:] @ q[1:]
    return np.concatenate([[real], p[0] * q[1:] + q[0] * p[1:] + cross(p[1:], q[1:])])


def inverse(q: Quaternion) -> Quaternion:
    """Return the rotation backwards."""
    return np.concatenate([q[:1], -q[1:]])


def unit(q: Quaternion) -> Quaternion:
    """Return q of length one, with the sign that turns by 180 degrees at most."""
    scaled: Quaternion = q * (np.copysign(1.0, q[0]) / np.linalg.norm(q))
    return scaled


def angle_of(q: Quaternion) -> float:
    """Return the angle of a rotation in radians, 0 to pi."""
    return float(2.0 * np.arctan2(np.linalg.norm(q[1:]), abs(q[0])))


def about(axis: Vector, angle_rad: float) -> Quaternion:
    """Return the rotation about a unit vector (3,)."""
    return np.concatenate([[np.cos(0.5 * angle_rad)], np.sin(0.5 * angle_rad) * axis])


def matrix_of(q: Quaternion) -> Vector:
    """Return the (3, 3) matrix of a unit quaternion."""
    w, (x, y, z) = q[0], q[1:]
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    matrix: Vector = np.eye(3) + 2.0 * w * cross + 2.0 * cross @ cross
    return matrix
