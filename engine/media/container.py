"""The only place that opens films and sounds with FFmpeg and turns its errors into messages.

A film is untrusted: only ordinary files are opened, only the file itself is read, and every FFmpeg error
becomes a MediaError with the file's name.
"""

import contextlib
import re
from collections.abc import Generator
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, Final

import av
import av.sidedata.sidedata
from av.audio.stream import AudioStream
from av.format import ContainerFormat
from av.packet import Packet
from av.video.stream import VideoStream

from engine.contract.errors import MediaError
from engine.files.closing import Closing
from engine.files.regular import check_regular

Stream = VideoStream | AudioStream
AudioFrame = av.AudioFrame
Picture = av.VideoFrame

__all__ = [
    "FFMPEG_ERRORS",
    "AudioFrame",
    "AudioStream",
    "MediaFile",
    "Packet",
    "Picture",
    "Stream",
    "VideoStream",
    "decoded",
    "side_data",
]

_NO_FILMS: Final = frozenset(
    "adf alsa bin concat dash fbdev ffmetadata hls idf image2 image2pipe imf kmsgrab lavfi mpjpeg rtp rtsp sap sdp tty "
    "video4linux2,v4l2 webm_dash_manifest x11grab xbin".split()
)
"""Lists that refer to other files or to the network (one of them can wait for ever), devices, text, image sequences."""
_STILLS: Final = {
    "bmp_pipe": (b"BM",),
    "jpeg_pipe": (b"\xff\xd8\xff",),
    "png_pipe": (b"\x89PNG\r\n\x1a\n",),
    "tiff_pipe": (rb"II\*\0", rb"MM\0\*"),
    "webp_pipe": (b"RIFF....WEBP",),
}
"""Readers of still pictures, and the first bytes of their files. FFmpeg itself would read numbered files."""
FFMPEG_ERRORS: Final = (av.FFmpegError, OSError, ValueError, ArithmeticError, EOFError, LookupError, MemoryError)
_MICROSECOND: Final = Fraction(1, 1_000_000)


class MediaFile(Closing):
    """A film or sound that is open for reading; not thread-safe. Raises MediaError if it cannot be opened.

    Its streams must not be used after `close`: FFmpeg has freed them.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._container = _opened(path)

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        self._container.close()

    @property
    def format_name(self) -> str:
        """FFmpeg's name of the container: "matroska,webm", "mpegts"."""
        return self._container.format.name

    @property
    def is_still(self) -> bool:
        """Whether it is a still picture."""
        return self.format_name in _STILLS

    @property
    def size_bytes(self) -> int:
        """The size of the file."""
        return max(0, self._container.size)

    @property
    def tags(self) -> dict[str, str]:
        """The text metadata of the file."""
        return dict(self._container.metadata)

    @property
    def data_tags(self) -> list[dict[str, str]]:
        """The metadata of its tracks that are neither picture nor sound, such as a timecode."""
        return [dict(s.metadata) for s in self._container.streams if s.type == "data"]

    @property
    def stated_s(self) -> float | None:
        """The stated duration of the file, whatever it contains."""
        return self._container.duration / av.time_base if self._container.duration is not None else None

    @property
    def clock_zero_s(self) -> Fraction:
        """The start of the file on its own clock: the exact start of its first stream."""
        start = Fraction(self._container.start_time or 0, av.time_base)
        streams: list[Stream] = [*self.pictures, *self.sounds]
        starts = [s.start_time * s.time_base for s in streams if s.start_time is not None and s.time_base is not None]
        # The container rounds to microseconds; times of pictures do not.
        return next((exact for exact in starts if abs(exact - start) <= _MICROSECOND), start)

    @property
    def pictures(self) -> list[VideoStream]:
        """The streams of pictures that can be decoded; cover art does not count."""
        cover = av.stream.Disposition.attached_pic
        return [s for s in self._container.streams.video if s.codec_context is not None and not s.disposition & cover]

    @property
    def sounds(self) -> list[AudioStream]:
        """The streams of sound that can be decoded."""
        return [s for s in self._container.streams.audio if s.codec_context is not None]

    def stream(self, index: int) -> Stream:
        """Return a stream by its number in the file."""
        streams: list[Stream] = [*self.pictures, *self.sounds]
        found = next((s for s in streams if s.index == index), None)
        if found is None:
            raise MediaError(f"{self.path.name} has changed since it was probed: open it again.")
        return found

    def seek(self, stream: Stream, at_s: Fraction) -> bool:
        """Seek to the last key frame at or before a time on the stream's own clock; returns whether that worked."""
        if not stream.time_base:
            return False
        try:
            self._container.seek(int(at_s / stream.time_base), stream=stream, backward=True)
        except FFMPEG_ERRORS:
            return False
        return True

    def packets(self, *streams: Stream) -> "Generator[Packet[Any], None, None]":
        """Yield packets in the order of the file, from the current position to its end or to damage that ends it."""
        try:
            yield from self._container.demux(*streams)
        except FFMPEG_ERRORS:
            return

    def picture_at_start(self, stream: VideoStream) -> Picture:
        """Return the first frame that decodes; earlier ones may be damaged, as in a recording cut anywhere.

        Raises MediaError if there is none.
        """
        damage = False
        with contextlib.closing(self.packets(stream)) as packets:
            for packet in packets:
                try:
                    for frame in packet.decode():
                        return frame
                except FFMPEG_ERRORS:
                    damage = True
        if damage:
            raise MediaError(f"{self.path.name} is damaged: its pictures cannot be decoded.")
        raise MediaError(f"{self.path.name} holds no pictures (0 frames): choose another film.")


def decoded(packet: "Packet[Any]") -> list[Picture]:
    """Return the frames of a packet; none if it is damaged."""
    try:
        return [frame for frame in packet.decode() if isinstance(frame, av.VideoFrame)]
    except FFMPEG_ERRORS:
        return []


def side_data(picture: Picture, name: str) -> bytes | None:
    """Return FFmpeg's side data of a frame, such as DISPLAYMATRIX; None if there is none with that name."""
    try:
        by_kind: Any = picture.side_data
        found = by_kind.get(av.sidedata.sidedata.Type[name])
    except ValueError:
        # PyAV refuses all of it if one piece is of an unknown kind, such as EXIF.
        return None
    return bytes(found) if found is not None else None


def decoded_sound(packet: "Packet[Any]") -> list[AudioFrame]:
    """Return the sound of a packet; raises MediaError (without the file's name) if it is damaged."""
    try:
        frames: list[Any] = list(packet.decode())
        return [frame for frame in frames if isinstance(frame, av.AudioFrame)]
    except FFMPEG_ERRORS as error:
        raise MediaError("is damaged (its sound cannot be decoded to the end): export it again.") from error


def picture_stream(media: MediaFile) -> VideoStream:
    """Return the film's video stream; raises MediaError if there is none."""
    pictures = media.pictures
    if not pictures:
        raise MediaError(f"{media.path.name} has no picture: choose a 360-degree video.")
    return pictures[0]


def _opened(path: Path) -> av.container.InputContainer:
    check_regular(path, "film")
    errors: list[BaseException] = []
    for still in (None, *_stills_like(path)):
        try:
            return av.open(
                f"file:{path}",
                format=still,
                metadata_errors="replace",
                options={"format_whitelist": _film_formats(), "protocol_whitelist": "file"},
            )
        except FFMPEG_ERRORS as error:
            errors.append(error)
    raise MediaError(f"{path.name} is not a video that can be read: choose another file.") from errors[0]


def _stills_like(path: Path) -> list[str]:
    """Return the readers of still pictures for a file with their first bytes."""
    try:
        with open(path, "rb") as file:
            start = file.read(16)
    except OSError:
        return []
    return [name for name, begins in _STILLS.items() if any(re.match(begin, start, re.DOTALL) for begin in begins)]


@cache
def _film_formats() -> str:
    """Return the names of all containers that FFmpeg reads and that can be a film or a still picture."""
    readable = []
    for name in av.formats_available - _NO_FILMS:
        try:
            ContainerFormat(name, "r")
        except ValueError:
            continue
        if name in _STILLS or not name.endswith("_pipe"):
            readable.append(name)
    return ",".join(sorted(readable))
