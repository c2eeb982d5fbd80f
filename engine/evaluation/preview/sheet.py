"""Contact sheets: a scene's frames over time with the true directions marked on them."""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from engine.contract.conventions import CONDITIONING_FPS, PATCH_S
from engine.contract.directions import azimuth_elevation, direction_to_equirectangular

TILES: Final = 8
SOURCE_COLOURS: Final = ("#ff8f3f", "#3fa7ff", "#5fd68b", "#d08bff", "#ffd84a", "#ff6f91")
"""One per source, in their order; readable on photographs, light and dark paper."""

_COLUMNS: Final = 4
_TILE_WIDTH, _TILE_HEIGHT = 320, 160
_GAP: Final = 4
_RADIUS: Final = 14
_FONT_PX: Final = 15
_OUTLINE_PX: Final = 2


@dataclass(frozen=True, eq=False)
class MarkedSource:
    """A path (P, 3) of unit vectors x, y, z per patch, and in which patches (P,) it sounds."""

    path: NDArray[np.floating] | None
    active: NDArray[np.bool_]


def contact_sheet(frames: NDArray[np.uint8], sources: Sequence[MarkedSource], patches: int) -> Image.Image:
    """Return eight pictures over the scene's time of frames (F, H, W, 3) at 4 fps (one frame if nothing moves).

    A source is a numbered ring in its colour at its position: bold while it sounds, thin while it is silent. A source
    from all around has no mark.
    """
    rows = -(-TILES // _COLUMNS)
    sheet = Image.new(
        "RGB", (_COLUMNS * (_TILE_WIDTH + _GAP) - _GAP, rows * (_TILE_HEIGHT + _GAP) - _GAP), (128, 128, 128)
    )
    for tile in range(TILES):
        # Marks are of the frame's own time: a source that passes near goes far in a patch.
        index = int((tile + 0.5) / TILES * patches * PATCH_S * CONDITIONING_FPS)
        at_s = index / CONDITIONING_FPS
        patch = min(int(at_s / PATCH_S), patches - 1)
        frame = frames[min(index, len(frames) - 1)]
        picture = Image.fromarray(frame).resize((_TILE_WIDTH, _TILE_HEIGHT), Image.Resampling.BICUBIC)
        _mark(picture, sources, patch, at_s)
        row, column = divmod(tile, _COLUMNS)
        sheet.paste(picture, (column * (_TILE_WIDTH + _GAP), row * (_TILE_HEIGHT + _GAP)))
    return sheet


def jpeg_uri(picture: Image.Image) -> str:
    """Return a picture as a data URI."""
    data = io.BytesIO()
    picture.save(data, "JPEG", quality=82)
    return "data:image/jpeg;base64," + base64.b64encode(data.getvalue()).decode("ascii")


def _mark(picture: Image.Image, sources: Sequence[MarkedSource], patch: int, at_s: float) -> None:
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(_FONT_PX)
    for index, source in enumerate(sources):
        if source.path is None:
            continue
        colour = SOURCE_COLOURS[index % len(SOURCE_COLOURS)]
        azimuth, elevation = azimuth_elevation(source.path[patch])
        x, y = (float(v) for v in direction_to_equirectangular(azimuth, elevation, _TILE_WIDTH, _TILE_HEIGHT))
        width = 3 if source.active[patch] else 1
        # At the edge a ring continues on the other side, as the picture does.
        for shifted in (x - _TILE_WIDTH, x, x + _TILE_WIDTH):
            box = (shifted - _RADIUS, y - _RADIUS, shifted + _RADIUS, y + _RADIUS)
            for wider in (-width, 1):
                edge = (box[0] - wider, box[1] - wider, box[2] + wider, box[3] + wider)
                draw.ellipse(edge, outline="black", width=1)
            draw.ellipse(box, outline=colour, width=width)
            draw.text(
                (shifted + _RADIUS + 3, y),
                str(index + 1),
                fill="white",
                font=font,
                anchor="lm",
                stroke_width=_OUTLINE_PX,
                stroke_fill="black",
            )
    draw.text((6, 4), f"{at_s:.1f} s", fill="white", font=font, stroke_width=_OUTLINE_PX, stroke_fill="black")
