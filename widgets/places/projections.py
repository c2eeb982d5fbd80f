"""Directions as points of the film's view and of the flat map, many at once."""

import itertools
import math
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.contract.directions import (
    azimuth_elevation,
    direction_to_equirectangular,
    equirectangular_to_direction,
    unit_vectors,
)
from widgets.film.view_geometry import FlatView

_MARGIN_PX: Final = 18.0
_LEAST_AHEAD: Final = 0.05
"""What is farther to the side lies far outside every view."""

Points = NDArray[np.float64]


class Projection(Protocol):
    """A picture of the sphere. Vectors are (n, 3), points (n, 2) in pixels."""

    def points(self, vectors: NDArray[np.float64]) -> tuple[Points, NDArray[np.bool_]]:
        """Return the points of unit vectors, and which of them are in the picture."""
        ...

    @property
    def width(self) -> int:
        """The width of the picture."""
        ...

    @property
    def room(self) -> tuple[Points, Points]:
        """The least and the greatest x and y (2,) of a mark."""
        ...

    def across(self, x_px: float) -> list[float]:
        """Return where a mark at an x is drawn: at the edge of a map again at the opposite edge."""
        ...

    def direction(self, x_px: float, y_px: float) -> NDArray[np.float64]:
        """Return the unit vector (3,) under a point."""
        ...

    def lines(self, vectors: NDArray[np.float64]) -> list[Points]:
        """Return a line through unit vectors in the pieces that the picture shows."""
        ...


@dataclass(frozen=True)
class FilmProjection:
    """The view of the film."""

    flat: FlatView

    @property
    def width(self) -> int:
        """The width of the view."""
        return self.flat.width

    @property
    def room(self) -> tuple[Points, Points]:
        """Marks stay whole at the edge, at most 2 degrees beside their place."""
        margin = min(_MARGIN_PX, self.flat.width / 2.0, self.flat.height / 2.0)
        return np.full(2, margin), np.array([self.flat.width - margin, self.flat.height - margin])

    def points(self, vectors: NDArray[np.float64]) -> tuple[Points, NDArray[np.bool_]]:
        """Return the points of unit vectors, and which of them are in the view."""
        return self.flat.points(vectors)

    def across(self, x_px: float) -> list[float]:
        """Return the x alone."""
        return [x_px]

    def direction(self, x_px: float, y_px: float) -> NDArray[np.float64]:
        """Return the unit vector (3,) under a point."""
        return self.flat.to_direction(x_px, y_px)

    def lines(self, vectors: NDArray[np.float64]) -> list[Points]:
        """Return a line through unit vectors in the pieces that lie before the viewer."""
        points, _ = self.points(vectors)
        middle = np.array([self.flat.width, self.flat.height]) / 2.0
        near = np.all(np.abs(points - middle) < 3.0 * middle, axis=-1)
        return _pieces(points, near & (vectors @ self.flat.axes[:, 0] > _LEAST_AHEAD))


@dataclass(frozen=True)
class MapProjection:
    """A flat equirectangular map of `width` x `height` pixels: a quarter of the width is +90 degrees, left."""

    width: int
    height: int

    @property
    def room(self) -> tuple[Points, Points]:
        """All of the map: the back lies at its edge."""
        return np.zeros(2), np.array([self.width, self.height], float)

    def points(self, vectors: NDArray[np.float64]) -> tuple[Points, NDArray[np.bool_]]:
        """Return the points of unit vectors; all are on the map."""
        x, y = direction_to_equirectangular(*azimuth_elevation(vectors), self.width, self.height)
        return np.stack([x + 0.5, y + 0.5], axis=-1), np.ones(len(vectors), bool)

    def across(self, x_px: float) -> list[float]:
        """Return the x, and that at the opposite edge if a mark is cut."""
        again = [x_px + self.width] if x_px < _MARGIN_PX else []
        return [x_px, *again, *([x_px - self.width] if x_px > self.width - _MARGIN_PX else [])]

    def direction(self, x_px: float, y_px: float) -> NDArray[np.float64]:
        """Return the unit vector (3,) under a point; beside the map, that at its edge."""
        x, y = min(max(x_px, 0.0), self.width), min(max(y_px, 0.0), self.height)
        return unit_vectors(*equirectangular_to_direction(x - 0.5, y - 0.5, self.width, self.height))

    def lines(self, vectors: NDArray[np.float64]) -> list[Points]:
        """Return a line through unit vectors, again beside the map for each time that it crosses the back."""
        points, _ = self.points(vectors)
        if not len(points):
            return []
        points[:, 0] = np.unwrap(points[:, 0], period=self.width)
        first, last = (math.floor(edge / self.width) for edge in (points[:, 0].min(), points[:, 0].max()))
        return [points - (k * self.width, 0.0) for k in range(first, last + 1)]


def _pieces(points: Points, shown: NDArray[np.bool_]) -> list[Points]:
    edges = np.flatnonzero(np.diff(shown.astype(np.int8)))
    bounds = [0, *(edges + 1).tolist(), len(points)]
    parts = [points[a:b] for a, b in itertools.pairwise(bounds) if shown[a]]
    return [part for part in parts if len(part) > 1]
