"""Panoramas and cut-outs that look different each time: there are few, and an encoder would memorise them.

What is varied says nothing about where a thing is: mirrored and shifted backgrounds, two of them side by side, colours,
noise and blur of the whole picture; colours, mirroring and tilt of a thing.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

_SPLICED: Final = 0.5
_SEAM_COLUMNS: Final = 24
_MOST_ROWS: Final = 12
"""A background moves up or down by up to 17 degrees."""
_BLURRED: Final = 0.3
_MOST_NOISE: Final = 6.0
_MOST_TILT_DEG: Final = 15.0
_HALF: Final = 0.5


def varied_background(panoramas: Sequence[NDArray[np.uint8]], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return a new background (H, W, 3) made of one or two of the panoramas (H, W, 3)."""
    background = _moved(panoramas[int(rng.integers(len(panoramas)))], rng)
    if rng.random() < _SPLICED:
        background = _side_by_side(background, _moved(panoramas[int(rng.integers(len(panoramas)))], rng), rng)
    return background


def varied_film(frames: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return a film (F, H, W, 3) as another camera sees it: colours, blur and noise, the same in all frames."""
    colours = _Colours(rng)
    radius = float(rng.uniform(0.3, 1.0)) if rng.random() < _BLURRED else 0.0
    noise = rng.normal(0.0, rng.uniform(0.0, _MOST_NOISE), frames.shape[1:]).astype(np.float32)
    varied = np.empty_like(frames)
    for index, frame in enumerate(frames):
        picture = Image.fromarray(frame)
        if radius:
            picture = picture.filter(ImageFilter.GaussianBlur(radius))
        varied[index] = np.clip(colours.of(np.asarray(picture)) + noise, 0, 255).astype(np.uint8)
    return varied


def varied_shape(shape: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Return a cut-out (RGBA) with other colours, perhaps mirrored, and tilted."""
    pixels = np.asarray(shape)
    if rng.random() < _HALF:
        pixels = pixels[:, ::-1]
    colours = np.clip(_Colours(rng).of(pixels[..., :3]), 0, 255).astype(np.uint8)
    tilted = Image.fromarray(np.concatenate([colours, pixels[..., 3:]], axis=-1))
    angle = float(rng.uniform(-_MOST_TILT_DEG, _MOST_TILT_DEG))
    return tilted.rotate(angle, Image.Resampling.BILINEAR, expand=True)


class _Colours:
    """A change of contrast, brightness, white balance and saturation."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._gamma = float(np.exp(rng.uniform(-0.35, 0.35)))
        self._gains = np.exp(rng.uniform(-0.25, 0.25) + rng.uniform(-0.12, 0.12, 3)).astype(np.float32)
        self._saturation = float(rng.uniform(0.3, 1.4))

    def of(self, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return a picture (H, W, 3) in these colours, 0 to 255 and perhaps more."""
        light = (picture.astype(np.float32) / 255.0) ** self._gamma * self._gains
        grey = light.mean(axis=-1, keepdims=True)
        changed: NDArray[np.float32] = 255.0 * (grey + self._saturation * (light - grey))
        return changed


def _moved(panorama: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return a panorama turned, perhaps mirrored, and moved up or down; the rows at its edge are repeated."""
    height, width = panorama.shape[:2]
    if rng.random() < _HALF:
        panorama = panorama[:, ::-1]
    rows = np.clip(np.arange(height) + int(rng.integers(-_MOST_ROWS, _MOST_ROWS + 1)), 0, height - 1)
    return np.roll(panorama[rows], int(rng.integers(width)), axis=1)


def _side_by_side(one: NDArray[np.uint8], other: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return two panoramas, each in its own sector; they fade into each other at both seams."""
    width = one.shape[1]
    half = float(rng.uniform(0.15, 0.35)) * width
    away = np.abs((np.arange(width) - rng.integers(width) + width / 2) % width - width / 2)
    share = np.clip((half - away) / _SEAM_COLUMNS + _HALF, 0.0, 1.0)[None, :, None]
    blended: NDArray[np.uint8] = (share * other + (1.0 - share) * one).astype(np.uint8)
    return blended
