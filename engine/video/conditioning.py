"""The model's view of the film: small equirectangular frames on a 4-fps grid, never later than the requested time."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import CONDITIONING_FPS, CONDITIONING_FRAME_SIZE
from engine.contract.errors import MediaError
from engine.contract.video import VideoFrame, VideoInfo
from engine.video.decoder import VideoDecoder, resized
from engine.video.effort import Effort
from engine.video.grid import EPSILON_S, index_at

CONDITIONING_PANORAMA_WIDTH = 4 * CONDITIONING_FRAME_SIZE[0]
"""Pictures are read that wide at most and averaged to the size that the model sees."""
_LONGEST_WALK_S = 4.0


class ConditioningReader:
    """Reads conditioning frames; fast for increasing times, exact after any jump.

    `in_background` makes decoding yield to everything else on the machine.
    """

    def __init__(self, info: VideoInfo, *, in_background: bool = False) -> None:
        self._decoder = VideoDecoder(info, max_width=CONDITIONING_PANORAMA_WIDTH, in_background=in_background)
        self._effort = Effort.EVERY
        self._path = info.path
        self._frames: Iterator[VideoFrame] | None = None
        self._current: VideoFrame | None = None
        self._next: VideoFrame | None = None

    def close(self) -> None:
        """Close the film."""
        self._frames = None
        self._decoder.close()

    def spare(self, effort: Effort) -> None:
        """Decode only these frames; with fewer than all of them, the current frame may be an earlier one."""
        if effort is not self._effort:
            self._effort = effort
            self._decoder.spare(effort)
            self._current = None  # the next one may depend on skipped frames: begin at a key frame

    def frame_at(self, t_s: float) -> tuple[int, NDArray[np.uint8]]:
        """Return the index on the 4-fps grid and the frame (128, 256, 3) that is current at that grid time."""
        index = index_at(t_s)
        at_s = index / CONDITIONING_FPS
        if self._has_to_jump(at_s):
            self._frames = self._decoder.frames(at_s, at_rate_hz=CONDITIONING_FPS)
            self._current = next(self._frames, None)
            self._next = next(self._frames, None)
        while self._next is not None and self._next.pts_s <= at_s + EPSILON_S and self._frames is not None:
            self._current, self._next = self._next, next(self._frames, None)
        if self._current is None:
            raise MediaError(f"{self._path} holds no pictures that can be decoded: convert it to H.264.")
        width, height = CONDITIONING_FRAME_SIZE
        return index, resized(self._current.rgb, width, height)

    def _has_to_jump(self, at_s: float) -> bool:
        """Return whether a time is before the current frame, or too far ahead to decode everything on the way."""
        if self._current is None or at_s < self._current.pts_s - EPSILON_S:
            return True
        return self._next is not None and at_s > self._next.pts_s + _LONGEST_WALK_S
