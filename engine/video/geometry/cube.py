"""Cube maps in three columns and two rows: as the sv3d box has them, and equi-angular as video sites store them.

The faces are arranged as FFmpeg's v360 and VLC read them (names there: c3x2 and eac). The sv3d document turns the
upper and the lower face by half a turn against that; no program does.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.video.geometry.placement import Places, inside
from engine.video.geometry.rays import Rays

Axis = tuple[int, int, int]

_FRONT: Axis = (1, 0, 0)
_BACK: Axis = (-1, 0, 0)
_LEFT: Axis = (0, 1, 0)
_RIGHT: Axis = (0, -1, 0)
_UP: Axis = (0, 0, 1)
_DOWN: Axis = (0, 0, -1)


@dataclass(frozen=True)
class Face:
    """A side of the cube: its direction, and the direction of its picture's lower edge."""

    looks: Axis
    lower: Axis

    @property
    def right(self) -> Axis:
        """The direction of its picture's right edge."""
        x, y, z = (int(part) for part in np.cross(self.lower, self.looks))
        return x, y, z


Faces = tuple[tuple[Face, Face, Face], tuple[Face, Face, Face]]

CUBE_FACES: Faces = (
    (Face(_RIGHT, _DOWN), Face(_LEFT, _DOWN), Face(_UP, _FRONT)),
    (Face(_DOWN, _BACK), Face(_FRONT, _DOWN), Face(_BACK, _DOWN)),
)
EAC_FACES: Faces = (
    (Face(_LEFT, _DOWN), Face(_FRONT, _DOWN), Face(_RIGHT, _DOWN)),
    (Face(_DOWN, _LEFT), Face(_BACK, _LEFT), Face(_UP, _LEFT)),
)


@dataclass(frozen=True)
class CubeMap:
    """Six faces in a picture. `padding` is the part of a face's side at each of its edges that only repeats others."""

    padding: float = 0.0
    parts: tuple[int, int] = (3, 2)
    wraps: bool = False

    def pixels_around(self, width: int, height: int) -> tuple[float, float]:
        """Return the number of pixels in a full turn: four faces."""
        return 4.0 * width / 3.0, 4.0 * height / 2.0

    def places(self, rays: Rays, width: int, height: int) -> Places:
        """Return the positions of rays."""
        x, y = np.empty_like(rays.x), np.empty_like(rays.x)
        for row, column, hit, across, down in _hits(CUBE_FACES, rays):
            x[hit] = self._along(across, column, width / 3.0)
            y[hit] = self._along(down, row, height / 2.0)
        return Places(x, y)

    def _along(self, slope: NDArray[np.float32], index: int, side: float) -> NDArray[np.float32]:
        within = (slope + np.float32(1.0)) * np.float32(side * (0.5 - self.padding))
        return np.float32(index * side) + inside(within + np.float32(self.padding * side - 0.5), side)


@dataclass(frozen=True)
class EquiAngularCube:
    """Six faces on which equal steps are equal angles; the three of a row continue into one another.

    `padding` is the part of the picture's width at the ends of a row, and of its height at the upper and lower edge of
    each row, that only repeats others. `overlap` is the part of a face's side by which the outer faces of a row are
    wider: the overlap of both lenses of a camera, kept twice beside the middle line, where the lenses meet.
    """

    padding: tuple[float, float] = (0.0, 0.0)
    overlap: float = 0.0
    parts: tuple[int, int] = (1, 2)
    wraps: bool = False

    def pixels_around(self, width: int, height: int) -> tuple[float, float]:
        """Return the number of pixels in a full turn: four faces."""
        return 4.0 * width / (3.0 + 2.0 * self.overlap), 4.0 * height / 2.0

    def places(self, rays: Rays, width: int, height: int) -> Places:
        """Return the positions of rays."""
        x, y = np.empty_like(rays.x), np.empty_like(rays.x)
        left, top = width * self.padding[0], height * self.padding[1]
        strip = height / 2.0
        face_width, face_height = (width - 2.0 * left) / (3.0 + 2.0 * self.overlap), strip - 2.0 * top
        for row, column, hit, across, down in _hits(EAC_FACES, rays):
            part = _angular(across)
            # Each lens keeps its own side of the middle line.
            kept_twice = np.where((part >= 0.5) & (column != 1), self.overlap, 0.0) + self.overlap * (column > 0)
            x[hit] = (part + column + kept_twice) * face_width + (left - 0.5)
            within = inside(_angular(down) * np.float32(face_height) + np.float32(top - 0.5), strip)
            y[hit] = within + np.float32(row * strip)
        return Places(inside(x, width), y)


def _hits(
    faces: Faces, rays: Rays
) -> Iterator[tuple[int, int, NDArray[np.bool_], NDArray[np.float32], NDArray[np.float32]]]:
    """Yield each face's row and column, which rays meet it, and where: slopes from -1 to 1 across and down."""
    side = np.maximum(np.maximum(np.abs(rays.x), np.abs(rays.y)), np.abs(rays.z))
    for row, in_row in enumerate(faces):
        for column, face in enumerate(in_row):
            hit = rays.dot(face.looks) >= side
            ahead = side[hit]
            across, down = (rays.dot(axis)[hit] / ahead for axis in (face.right, face.lower))
            yield row, column, hit, across.astype(np.float32, copy=False), down.astype(np.float32, copy=False)


def _angular(slope: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the positions (0 to 1) on an equi-angular face of slopes from -1 to 1."""
    return np.arctan(slope) * np.float32(2.0 / np.pi) + np.float32(0.5)
