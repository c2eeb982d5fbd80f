"""Pictures that cross a thread or a process."""

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray


class StereoLayout(Enum):
    """How a 360-degree film is packed."""

    MONO = "mono"
    TOP_BOTTOM = "top-bottom"


@dataclass(frozen=True)
class VideoInfo:
    """What is known about a film before it is decoded. Sizes are of the file, before any stereo crop."""

    path: str
    width: int
    height: int
    fps: float
    duration_s: float
    layout: StereoLayout
    layout_is_guess: bool
    codec: str
    has_audio: bool


@dataclass(frozen=True, eq=False)
class VideoFrame:
    """One decoded picture: `rgb` is (H, W, 3) uint8, one eye, equirectangular; `pts_s` its exact presentation time."""

    epoch: int
    pts_s: float
    rgb: NDArray[np.uint8]
