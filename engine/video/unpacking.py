"""From a decoded frame to one eye's panorama: complete, upright, equirectangular, however the film is packed."""

from math import ceil, floor
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.contract.video import UPRIGHT, Area, Projection, StereoLayout, VideoInfo
from engine.media.container import Picture
from engine.media.pixels import Interpolation, PixelOrder, Pixels, Smaller
from engine.video.geometry.of_film import placement_of
from engine.video.geometry.panorama import PanoramaMap, panorama_width, reduction
from engine.video.opencv import cv2
from engine.video.strips import StripPair

_EYES: Final = {StereoLayout.MONO: (1, 1), StereoLayout.TOP_BOTTOM: (1, 2), StereoLayout.LEFT_RIGHT: (2, 1)}
"""Columns and rows; the left eye is always the first."""
_NEARLY_TWO_TO_ONE: Final = 0.05


class Unpacking:
    """Makes panoramas of a film's frames, at most `max_width` wide (None: as wide as the film has detail).

    `order` says what the bytes of their pixels are.
    """

    def __init__(self, film: VideoInfo, max_width: int | None = None, order: PixelOrder = PixelOrder.RGB) -> None:
        self._film = film
        self._max_width = max_width
        self._whole = Area(0, 0, film.width, film.height)
        area = film.active or self._whole
        columns, rows = _EYES[film.layout]
        self._is_spread_out = (
            film.projection is Projection.EQUIRECTANGULAR and film.bounds.is_whole and film.pose == UPRIGHT
        )
        """Whether each eye is a panorama already."""
        eye_width, eye_height = max(1, area.width // columns), max(1, area.height // rows)
        self._placement = placement_of(film, eye_width, eye_height)
        self._panorama_px = panorama_width(self._placement, eye_width, eye_height, max_width)
        self._reduction = reduction(self._placement, eye_width, eye_height, self._panorama_px)
        self._map: tuple[tuple[int, int], PanoramaMap] | None = None
        self._pixels = Pixels(order)
        self._smaller = Smaller()

    def narrowed(self, frame: Picture | StripPair) -> Picture | StripPair:
        """Return a picture that gives the same panorama in less memory: not wider than that needs, if that is easy.

        It is quicker to make RGB of than the wide one. Its thread may be another than that of `panorama`.
        """
        size = self._narrow_size(frame)
        if isinstance(frame, StripPair) or not self._is_spread_out or size == self._size(frame):
            return frame
        width, height = size[::-1] if self._film.quarter_turns % 2 else size
        return self._smaller.picture(frame, width, height, self._film.path)

    def panorama(self, frame: Picture | StripPair) -> NDArray[np.uint8]:
        """Return one eye of a frame (H, W, channels); about 2:1, black where the film covers nothing."""
        if self._is_spread_out:
            return self._two_to_one(self._eye(self._upright(frame, self._narrow_size(frame), None)))
        eye = self._eye(self._upright(frame, self._reduced_size(frame), Interpolation.AREA))
        if self._map is None or self._map[0] != eye.shape[:2]:
            height, width = eye.shape[:2]
            self._map = (
                (height, width),
                PanoramaMap(self._placement, width, height, self._panorama_px, self._film.pose),
            )
        return self._map[1].panorama(eye)

    def _upright(self, frame: Picture | StripPair, size: list[int], by: Interpolation | None) -> NDArray[np.uint8]:
        """Return the whole picture at an upright size, rotated and mirrored as the file specifies."""
        turns = self._film.quarter_turns
        width, height = size[::-1] if turns % 2 else size
        pixels = np.rot90(self._stored(frame, width, height, by), turns)
        return pixels[:, ::-1] if self._film.is_mirrored else pixels

    def _stored(
        self, frame: Picture | StripPair, width: int, height: int, by: Interpolation | None
    ) -> NDArray[np.uint8]:
        """Return a stored picture at a size."""
        if isinstance(frame, StripPair):
            halves = (frame.upper, frame.lower)
            return np.concatenate([self._pixels.of(half, width, height // 2, by, self._film.path) for half in halves])
        return self._pixels.of(frame, width, height, by, self._film.path)

    def _size(self, frame: Picture | StripPair) -> list[int]:
        """Return the width and height of a picture once it is upright; they may change within a film."""
        size = [frame.width, frame.height]
        return size[::-1] if self._film.quarter_turns % 2 else size

    def _narrow_size(self, frame: Picture | StripPair) -> list[int]:
        """Return the upright size at which one eye is within the allowed width."""
        width, height = self._size(frame)
        if self._max_width is None:
            return [width, height]
        allowed = self._max_width * _EYES[self._film.layout][0]
        if self._film.active is not None:
            allowed = round(allowed * self._film.width / self._film.active.width)
        if width <= allowed:
            return [width, height]
        return [allowed, max(2, round(height * allowed / width / 2) * 2)]

    def _reduced_size(self, frame: Picture | StripPair) -> list[int]:
        """Return the upright size with just the detail that the panorama can show, in whole pixels for each part."""
        wanted = []
        for side, by, eyes, parts in zip(
            self._size(frame), self._reduction, _EYES[self._film.layout], self._placement.parts, strict=True
        ):
            wanted.append(side if by == 1.0 else eyes * parts * max(1, round(side / by / (eyes * parts))))
        return wanted

    def _eye(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the left eye of an upright picture, without bars around the film."""
        columns, rows = _EYES[self._film.layout]
        if self._film.active is not None:
            pixels = _cut(pixels, self._film.active, self._whole)
        height, width = max(1, pixels.shape[0] // rows), max(1, pixels.shape[1] // columns)
        return np.ascontiguousarray(pixels[:height, :width])

    def _two_to_one(self, eye: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return an eye that was squeezed beside another one in its original shape; a film for one eye is unchanged."""
        height, width = eye.shape[:2]
        if self._film.layout is StereoLayout.MONO or abs(width / height / 2.0 - 1.0) <= _NEARLY_TWO_TO_ONE:
            return eye
        width = min(max(width, 2 * height), self._max_width or width) // 2 * 2
        wide: NDArray[np.uint8] = cv2.resize(eye, (max(2, width), max(1, width // 2)), interpolation=cv2.INTER_LINEAR)
        return wide


def _cut(pixels: NDArray[np.uint8], part: Area, whole: Area) -> NDArray[np.uint8]:
    """Return a part of a picture that may have been reduced, without pixels that are mixed with its neighbours."""
    height, width = pixels.shape[:2]
    left, right = _within(part.left, part.width, whole.width, width)
    top, bottom = _within(part.top, part.height, whole.height, height)
    return pixels[top:bottom, left:right]


def _within(start: int, length: int, whole: int, made: int) -> tuple[int, int]:
    """Return the first and the last but one of `made` pixels that lie within `start` and `length` of `whole` ones."""
    scale = made / whole
    # A scaler mixes a pixel with its neighbours.
    mixed = 0 if made == whole else 1
    first = ceil(start * scale) + (mixed if start > 0 else 0)
    end = floor((start + length) * scale) - (mixed if start + length < whole else 0)
    return first, max(end, first + 1)
