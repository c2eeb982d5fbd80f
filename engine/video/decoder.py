"""Decoding of a film into equirectangular RGB frames with exact presentation times."""

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import av
import numpy as np
from numpy.typing import NDArray

from engine.contract.errors import MediaError
from engine.contract.video import VideoFrame, VideoInfo
from engine.video.opencv import cv2
from engine.video.probe import open_film, video_stream
from engine.video.unpacking import Unpacking

_SEEK_EARLIER_S: Final = (0.0, 1.0, 5.0, 30.0, float("inf"))


class VideoDecoder:
    """Decodes one film; not thread-safe. No panorama that it gives is wider than `max_width`."""

    def __init__(self, info: VideoInfo, max_width: int | None = None) -> None:
        self._info = info
        self._path = Path(info.path)
        self._container = open_film(self._path)
        self._stream = video_stream(self._container, self._path)
        self._stream.thread_type = "AUTO"
        self._unpacking = Unpacking(info, max_width)
        self._start_pts = self._stream.start_time or 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file; a second call does nothing."""
        self._container.close()

    def frames(self, start_s: float = 0.0, epoch: int = 0) -> Iterator[VideoFrame]:
        """Yield frames in order; the first is the one on show at `start_s`. Raises MediaError where nothing decodes."""
        pending: VideoFrame | av.VideoFrame | None = None
        pending_s = 0.0
        for frame, pts_s in self._decoded(start_s):
            if pending is not None and pts_s > start_s + 1e-6:
                yield VideoFrame(epoch, pending_s, self._unpacking.panorama(pending))
            pending, pending_s = frame, pts_s
        if pending is None:
            raise MediaError(f"{self._path.name} holds no pictures that can be decoded.")
        yield VideoFrame(epoch, pending_s, self._unpacking.panorama(pending))

    def _decoded(self, start_s: float) -> Iterator[tuple[av.VideoFrame, float]]:
        """Yield decoded pictures with their times, from at or before `start_s` on; damaged packets are skipped."""
        for earlier_s in _SEEK_EARLIER_S:
            target_s = max(start_s - earlier_s, 0.0)
            pictures = self._decoded_from_key(target_s)
            first = next(pictures, None)
            # Containers seek by decoding time: the key frame found may be shown only after the time asked for.
            if first is not None and (first[1] <= start_s + 1e-6 or target_s == 0.0):
                yield first
                yield from pictures
                return

    def _decoded_from_key(self, start_s: float) -> Iterator[tuple[av.VideoFrame, float]]:
        base = float(self._stream.time_base or 0)
        try:
            self._container.seek(
                self._start_pts + int(max(start_s, 0.0) / base) if base else 0, stream=self._stream, backward=True
            )
        except av.FFmpegError:
            # A stream that cannot seek starts again from its beginning.
            self._reopen()
        fallback_s = 0.0
        for packet in self._packets():
            try:
                decoded = packet.decode()
            except av.FFmpegError:
                continue
            for frame in decoded:
                pts_s = fallback_s if frame.pts is None else (frame.pts - self._start_pts) * base
                fallback_s = pts_s + 1.0 / self._info.fps
                yield frame, pts_s

    def _packets(self) -> Iterator[av.Packet]:
        try:
            yield from self._container.demux(self._stream)
        except av.FFmpegError:
            return

    def _reopen(self) -> None:
        self._container.close()
        self._container = open_film(self._path)
        self._stream = video_stream(self._container, self._path)
        self._stream.thread_type = "AUTO"


def resized(picture: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """Return a picture (H, W, 3) averaged to another size."""
    result: NDArray[np.uint8] = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    return result
