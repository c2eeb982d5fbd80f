"""Decoding of a film into equirectangular RGB frames with exact presentation times."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, inf
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.contract.errors import MediaError
from engine.contract.video import VideoFrame, VideoInfo
from engine.files.closing import Closing
from engine.media.container import MediaFile, Packet, Picture, decoded, picture_stream
from engine.media.pixels import black_like
from engine.video.effort import Effort, open_in_background
from engine.video.facts.length import SOON_S
from engine.video.opencv import cv2
from engine.video.strips import StripPair, StripPairs, strip_streams
from engine.video.unpacking import Unpacking

_SEEK_EARLIER_S: Final = (0.0, 1.0, 5.0, 30.0, float("inf"))
_EPSILON_S: Final = 1e-6


@dataclass(frozen=True, eq=False)
class DecodedPicture:
    """A decoded picture and the times between which it is current (`until_s` is infinite for the last one).

    `is_black` marks the time before the first picture: only its size counts.
    """

    picture: Picture | StripPair
    from_s: float
    until_s: float
    is_black: bool = False


class VideoDecoder(Closing):
    """Decodes one film; not thread-safe. No panorama is wider than `max_width`.

    Times are the film's own: 0 is the start of the file. Before its first frame it is black. `in_background` makes
    decoding yield to everything else on the machine.
    """

    def __init__(self, info: VideoInfo, max_width: int | None = None, *, in_background: bool = False) -> None:
        self._info = info
        self._media = MediaFile(Path(info.path))
        self._zero_s = self._media.clock_zero_s
        self._unpacking = Unpacking(info, max_width)
        self._keys: list[int] | None = None
        self._in_background = in_background
        self._effort = Effort.EVERY
        self._pairs: StripPairs | None = None
        self._choose_stream()

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        self._media.close()

    def spare(self, effort: Effort) -> None:
        """Decode only these frames: fewer from now on, more from the next call of `frames` or `pictures` on.

        A film that is timed by counting needs all.
        """
        self._effort = effort if self._info.times != "counted" else Effort.EVERY
        for stream in self._streams:
            stream.codec_context.skip_frame = self._effort.value

    def frames(self, start_s: float = 0.0, epoch: int = 0, at_rate_hz: float | None = None) -> Iterator[VideoFrame]:
        """Yield frames in order; the first is the current one at `start_s`. Raises MediaError if nothing decodes.

        With `at_rate_hz` it only yields frames that are current at multiples of its period: the others are decoded
        and not made into panoramas.
        """
        for decoded_picture in self.pictures(start_s):
            if _is_on_show(decoded_picture.from_s, decoded_picture.until_s, at_rate_hz):
                panorama = self._unpacking.panorama(decoded_picture.picture)
                rgb = black_like(panorama) if decoded_picture.is_black else panorama
                yield VideoFrame(epoch, decoded_picture.from_s, rgb)

    def pictures(self, start_s: float = 0.0) -> Iterator[DecodedPicture]:
        """Yield pictures in order as they are decoded, each as soon as the next one says until when it is on show.

        The first is the one on show at `start_s`. Raises MediaError if nothing decodes.
        """
        pending: Picture | StripPair | None = None
        pending_s = 0.0
        for frame, pts_s in self._decoded(start_s):
            if pending is None and pts_s > max(start_s, SOON_S):
                yield DecodedPicture(frame, 0.0, pts_s, is_black=True)
            elif pending is not None and pts_s > start_s + _EPSILON_S:
                yield DecodedPicture(pending, pending_s, pts_s)
            pending, pending_s = frame, pts_s
        if pending is None:
            raise MediaError(f"{self._media.path.name} holds no pictures that can be decoded: convert it to H.264.")
        yield DecodedPicture(pending, pending_s, inf)

    def _decoded(self, start_s: float) -> Iterator[tuple[Picture | StripPair, float]]:
        """Yield decoded frames with their times, from at or before `start_s` on; damaged packets are skipped."""
        if self._info.times != "stored":
            yield from self._counted_from_key(start_s)
            return
        for earlier_s in _SEEK_EARLIER_S:
            target_s = max(start_s - earlier_s, 0.0)
            pictures = self._stored_from_key(target_s)
            first = next(pictures, None)
            # Containers seek by decoding time: the key frame found may be presented only after the requested time.
            if first is not None and (first[1] <= start_s + _EPSILON_S or target_s == 0.0):
                yield first
                yield from pictures
                return

    def _stored_from_key(self, start_s: float) -> Iterator[tuple[Picture | StripPair, float]]:
        """Yield frames with the times in the file, from the key frame before `start_s` on."""
        if not self._media.seek(self._stream, self._zero_s + Fraction(start_s)):
            # A stream that cannot seek starts again from its beginning.
            self._reopen()
        if self._info.is_in_strips:
            self._pairs = StripPairs(*self._streams)
        base = self._stream.time_base or Fraction(0)
        fallback_s = 0.0
        for packet in self._media.packets(*self._streams):
            for frame in self._pictures(packet):
                pts_s = fallback_s if frame.pts is None else float(frame.pts * base - self._zero_s)
                fallback_s = pts_s + 1.0 / self._info.fps
                yield frame, pts_s

    def _counted_from_key(self, start_s: float) -> Iterator[tuple[Picture | StripPair, float]]:
        """Yield frames with times by their number, from the key frame before `start_s` on."""
        if self._keys is None:
            self._reopen()
            packets = (packet for packet in self._media.packets(self._stream) if packet.size)
            self._keys = [number for number, packet in enumerate(packets) if packet.is_keyframe]
        due = int(start_s * self._info.fps + 1e-6)
        first = max((number for number in self._keys if number <= due), default=0)
        self._reopen()
        shown = first
        for number, packet in enumerate(self._media.packets(self._stream)):
            if number >= first:
                for frame in decoded(packet):
                    yield frame, shown / self._info.fps
                    shown += 1

    def _pictures(self, packet: "Packet[Any]") -> Sequence[Picture | StripPair]:
        """Return the frames that are complete with a packet."""
        return decoded(packet) if self._pairs is None else self._pairs.pictures(packet)

    def _choose_stream(self) -> None:
        strips = strip_streams(self._media) if self._info.is_in_strips else None
        if self._info.is_in_strips and strips is None:
            raise MediaError(f"{self._media.path.name} has changed since it was probed: open it again.")
        self._streams = strips or (picture_stream(self._media),)
        self._stream = self._streams[0]
        for stream in self._streams:
            stream.thread_type = "AUTO"
            stream.codec_context.skip_frame = self._effort.value
            if self._in_background:
                open_in_background(stream)

    def _reopen(self) -> None:
        self._media.close()
        self._media = MediaFile(self._media.path)
        self._choose_stream()


def _is_on_show(from_s: float, until_s: float, at_rate_hz: float | None) -> bool:
    """Return whether a frame is current at one of the wanted times; without a rate all are."""
    return at_rate_hz is None or ceil((from_s - _EPSILON_S) * at_rate_hz) < (until_s - _EPSILON_S) * at_rate_hz


def resized(picture: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """Return a picture (H, W, 3) averaged to another size."""
    result: NDArray[np.uint8] = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    return result
