"""A small picture of a clip's levels, kept in place of its sound."""

import base64
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.video.opencv import cv2

MOST_COLUMNS: Final = 480
_LOWEST_DB: Final = -80.0
_HIGHEST_DB: Final = -10.0


@dataclass(frozen=True, eq=False)
class Picture:
    """`pixels` (64, T) of 0..255: log-mel levels, low frequencies at the bottom, -80 to -10 dB."""

    pixels: NDArray[np.uint8]


def spectrogram(levels_db: NDArray[np.floating]) -> Picture:
    """Return the picture of levels (T, 64) in dB, 480 columns at most."""
    columns = min(MOST_COLUMNS, len(levels_db))
    edges = np.linspace(0, len(levels_db), columns, endpoint=False).astype(int)
    fewer = np.maximum.reduceat(levels_db, edges, axis=0)
    grey = np.clip((fewer - _LOWEST_DB) / (_HIGHEST_DB - _LOWEST_DB), 0.0, 1.0)
    return Picture(np.ascontiguousarray(np.round(255.0 * grey).astype(np.uint8).T[::-1]))


def png_uri(picture: Picture) -> str:
    """Return the picture in colours as a data URI."""
    done, data = cv2.imencode(".png", cv2.applyColorMap(picture.pixels, cv2.COLORMAP_INFERNO))
    assert done
    return "data:image/png;base64," + base64.b64encode(data.tobytes()).decode("ascii")
