"""The turn of a field, step by step: a pure function of what it shows, of the place asked for, and of the last turn."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from engine.ambisonics.turning.quaternions import (
    NO_TURN,
    Quaternion,
    Vector,
    about,
    angle_of,
    inverse,
    matrix_of,
    product,
    smallest_turn,
    unit,
)
from engine.contract.directions import angle_between

FASTEST_DEG_S: Final = 1080.0
"""The speed limit: half a turn takes a sixth of a second."""
STILL_RAD: Final = 1e-6
"""A turn or a step this small is none."""
_BEHIND_RAD: Final = np.deg2rad(150.0)
"""From here on the smallest turn is ill-conditioned: the current one is continued instead."""


@dataclass(frozen=True, eq=False)
class Goal:
    """The turn to reach, and how freely it may be approached, 0 (held) to 1."""

    turn: Quaternion
    sure: float


BACK: Final = Goal(NO_TURN, 1.0)
"""The goal without a place: the field as it is."""


@dataclass(frozen=True, eq=False)
class Glide:
    """A rotation about a unit vector (3,) by an angle in radians."""

    axis: Vector
    angle_rad: float


def goal_for(direction: Vector, sure: float, asked: Vector, turn: Quaternion) -> Goal:
    """Return the goal of a piece that shows its sound at `direction` (3,), zero if nothing can be followed.

    `asked` is the unit vector (3,) of the place, `turn` the present one.
    """
    if not direction.any():
        return Goal(turn, 0.0)
    return Goal(_turn_to(direction, asked, turn), sure)


def glide_towards(turn: Quaternion, goal: Goal, seconds: float, share: float = 1.0) -> Glide | None:
    """Return the next step along the shortest way from a turn to its goal, within the speed limit; None for none.

    `share` is how much of the way is to be made in these seconds.
    """
    way = product(goal.turn, inverse(turn))
    way = way if way[0] >= 0.0 else -way
    step = min(share * angle_of(way), goal.sure * np.deg2rad(FASTEST_DEG_S) * seconds)
    return Glide(way[1:] / np.linalg.norm(way[1:]), step) if step > STILL_RAD else None


def after_glide(turn: Quaternion, glide: Glide) -> Quaternion:
    """Return the turn that a step leads to."""
    return unit(product(about(glide.axis, glide.angle_rad), turn))


def _turn_to(shown: Vector, asked: Vector, turn: Quaternion) -> Quaternion:
    """Return the turn that brings `shown` to `asked`: the smallest, or for nearly opposite places the current one."""
    if float(angle_between(shown, asked)) < _BEHIND_RAD:
        return smallest_turn(shown, asked)
    return unit(product(smallest_turn(matrix_of(turn) @ shown, asked), turn))
