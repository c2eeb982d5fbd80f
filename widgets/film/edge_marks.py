"""Marks at the edge of the film that point to what is outside the view; they do not cover each other."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QPainter

from widgets.film.view_geometry import FlatView

_MARGIN_PX: Final = 30.0
_APART_PX: Final = 46.0


Paint = Callable[[QPainter, float, float, float], None]
"""Draws at x, y in pixels, with the angle of the arrow on the screen in radians: 0 to the right, + downwards."""


@dataclass(frozen=True, eq=False)
class EdgeMark:
    """Points to a unit vector (3,). `label` is drawn below every `mark`; one that `gives_way` moves no other mark."""

    vector: NDArray[np.float64]
    label: Paint
    mark: Paint
    gives_way: bool = False


def paint_edge_marks(painter: QPainter, flat: FlatView, marks: Sequence[EdgeMark]) -> None:
    """Draw those marks whose directions are outside the view."""
    if not marks:
        return
    _, inside = flat.points(np.array([mark.vector for mark in marks]))
    outside = sorted(
        (mark for mark, is_in in zip(marks, inside.tolist(), strict=True) if not is_in), key=lambda mark: mark.gives_way
    )
    if not outside:
        return
    vectors = np.array([mark.vector for mark in outside])
    places = edge_places(flat, vectors, sum(mark.gives_way for mark in outside))
    for mark, place in zip(outside, places, strict=True):
        mark.label(painter, *place)
    for mark, place in zip(outside, places, strict=True):
        mark.mark(painter, *place)


def edge_places(flat: FlatView, vectors: NDArray[np.float64], giving_way: int = 0) -> list[tuple[float, float, float]]:
    """Return for unit vectors (n, 3) outside the view a place at its edge each, and the arrow's angle on the screen.

    The angle is in radians: 0 to the right, + downwards. Marks that would cover each other move along the edge, as far
    as there is room. The last `giving_way` of them move no other: they take the next free place clockwise.
    """
    width, height = flat.width - 2.0 * _MARGIN_PX, flat.height - 2.0 * _MARGIN_PX
    seen = vectors @ flat.axes
    across, down = -seen[:, 1], -seen[:, 2]
    across = np.where(np.hypot(across, down) < 1e-6, 1.0, across)  # right behind: to the right
    angles = np.arctan2(down, across).tolist()
    if width <= 0.0 or height <= 0.0:
        return [(flat.width / 2.0, flat.height / 2.0, angle) for angle in angles]
    scale = np.minimum(width / 2.0 / np.maximum(np.abs(across), 1e-9), height / 2.0 / np.maximum(np.abs(down), 1e-9))
    xs, ys = (width / 2.0 + across * scale).tolist(), (height / 2.0 + down * scale).tolist()
    round_px = 2.0 * (width + height)
    wanted = [_along(x, y, width, height) for x, y in zip(xs, ys, strict=True)]
    apart_px = min(_APART_PX, round_px / max(1, len(wanted)))
    steady = len(wanted) - giving_way
    places = _spread(wanted[:steady], round_px, apart_px)
    for at in wanted[steady:]:
        places.append(_free(at, places, round_px, apart_px))
    points = [_point(at % round_px, width, height) for at in places]
    return [(x + _MARGIN_PX, y + _MARGIN_PX, angle) for (x, y), angle in zip(points, angles, strict=True)]


def _free(wanted: float, taken: list[float], round_px: float, apart_px: float) -> float:
    """Return the place from `wanted` on, clockwise, that is `apart_px` from all that are taken, if there is one."""
    at = wanted
    for _ in range(len(taken) + 1):
        ahead = [(other - at + 0.5 * round_px) % round_px - 0.5 * round_px for other in taken]
        near = [by for by in ahead if abs(by) < apart_px - 1e-6]
        if not near:
            return at
        at += max(near) + apart_px
    return wanted


def _spread(wanted: list[float], round_px: float, apart_px: float) -> list[float]:
    """Return places on a closed edge that are at least `apart_px` apart and in the same order.

    The round begins behind the widest gap, so that few marks move; a row of marks that touch stays around its middle.
    """
    if len(wanted) < 2:
        return wanted
    order = sorted(range(len(wanted)), key=wanted.__getitem__)
    gaps = [(wanted[b] - wanted[a]) % round_px for a, b in zip(order, [*order[1:], order[0]], strict=True)]
    first = (gaps.index(max(gaps)) + 1) % len(order)
    order = order[first:] + order[:first]
    origin = wanted[order[0]]
    rows: list[tuple[float, list[int]]] = []  # the middle of each row of marks, and the marks
    for index in order:
        middle, marks = (wanted[index] - origin) % round_px, [index]
        while rows and middle - rows[-1][0] < apart_px * (len(marks) + len(rows[-1][1])) / 2.0:
            before, others = rows.pop()
            middle = (before * len(others) + middle * len(marks)) / (len(others) + len(marks))
            marks = [*others, *marks]
        rows.append((middle, marks))
    places = [0.0] * len(wanted)
    for middle, marks in rows:
        for k, index in enumerate(marks):
            places[index] = origin + middle + apart_px * (k - (len(marks) - 1) / 2.0)
    return places


def _along(x: float, y: float, width: float, height: float) -> float:
    """Return how far a point of the edge lies from the upper left corner, clockwise."""
    distances = (y, width - x, height - y, x)  # to the upper, right, lower and left side
    side = distances.index(min(distances))
    return (x, width + y, width + height + (width - x), 2.0 * width + height + (height - y))[side]


def _point(at: float, width: float, height: float) -> tuple[float, float]:
    if at < width:
        return at, 0.0
    if at < width + height:
        return width, at - width
    if at < 2.0 * width + height:
        return 2.0 * width + height - at, height
    return 0.0, math.fmod(2.0 * (width + height) - at, 2.0 * (width + height))
