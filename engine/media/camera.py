"""The only place that opens cameras and live streams with FFmpeg. Every error becomes a sentence about the camera.

The network is not used: a stream has to come from this machine, by UDP.
"""

import errno
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import av
from av.codec.context import Flags

from engine.contract.camera import CAMERA, shown_name
from engine.contract.errors import MediaError, reason_of
from engine.files.closing import Closing
from engine.media.container import FFMPEG_ERRORS, Picture, VideoStream, decoded

_DEVICES: Final = {"darwin": "avfoundation", "win32": "dshow"}
_LINUX: Final = "v4l2"
_NODES: Final = Path("/sys/class/video4linux")
_LOCAL: Final = re.compile(r"udp://(127\.0\.0\.1|localhost|\[::1\]):(\d{1,5})/?", re.IGNORECASE)
_STREAM_FORMATS: Final = "mpegts"
_OPEN_S: Final = 5.0
_SILENT_S: Final = 3.0
"""A stream that sends nothing for so long has stopped."""
_SPHERES: Final = ((3840, 1920), (1920, 960))
_CODINGS: Final = ("h264", "mjpeg", "")
"""How cameras send a sphere: most send it compressed, a virtual camera does not."""
LARGEST_SIDE: Final = 16_384
_WAITED_S: Final = 0.002
_BEHIND_S: Final = 0.4
"""When no packet had to be waited for in so long, too many wait."""
_BEHIND_STEP_S: Final = 0.1

Options = dict[str, str]
OpenInput = Callable[[str, str, Options], Any]
"""Opens what FFmpeg calls a file, with a format and options; raises one of FFMPEG_ERRORS."""


@dataclass(frozen=True)
class CameraDevice:
    """A camera that is plugged in: `source` follows "camera:", `name` is what the user knows."""

    source: str
    name: str


def cameras() -> tuple[CameraDevice, ...]:
    """Return the cameras that are plugged in, in the order of their numbers; none if the system does not list them."""
    if sys.platform.startswith("linux"):
        return _linux_cameras(_NODES)
    try:
        found = av.enumerate_input_devices(_DEVICES.get(sys.platform, _LINUX))
    except FFMPEG_ERRORS:
        return ()
    videos = [device for device in found if "video" in device.media_types]
    if sys.platform == "darwin":
        return tuple(CameraDevice(str(number), device.description) for number, device in enumerate(videos))
    return tuple(CameraDevice(device.description, device.description) for device in videos)


def _open_input(file: str, kind: str, options: Options) -> Any:
    return av.open(file, format=kind, options=options, timeout=(_OPEN_S, _SILENT_S))


class CameraFeed(Closing):
    """A camera that is open; its pictures have no end. Not thread-safe. Raises MediaError if it cannot be opened.

    `size` is that of its pictures, if it is known already: another one is refused.
    """

    def __init__(self, source: str, size: tuple[int, int] | None = None, open_input: OpenInput = _open_input) -> None:
        self.name = shown_name(f"{CAMERA}{source}")
        self._container: Any = None
        self.stream: VideoStream
        """What is decoded, for whoever chooses the priority of its threads."""
        try:
            self._container = self._opened(source, size, open_input)
            self.stream = self._container.streams.video[0]
        except FFMPEG_ERRORS as error:
            self.close()
            raise MediaError(self._refusal(error, source)) from error
        # Threads that share a picture: those that take one each would show it later.
        self.stream.thread_type = "SLICE"
        self.stream.codec_context.flags |= Flags.low_delay
        self._check_size(*self.size, size)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of its pictures, as it says."""
        return self.stream.codec_context.width, self.stream.codec_context.height

    @property
    def fps(self) -> float:
        """How many pictures it says to send per second; 30 if it does not say."""
        rate = self.stream.average_rate or self.stream.guessed_rate
        return min(240.0, max(1.0, float(rate))) if rate else 30.0

    @property
    def codec(self) -> str:
        """How its pictures are coded."""
        return str(self.stream.codec_context.name)

    def pictures(self, now: Callable[[], float]) -> Iterator[Picture]:
        """Yield pictures as they come, until the camera is gone: then it raises MediaError.

        If decoding takes longer than the camera, pictures are left out, so that none is shown late. `now` is a clock
        in seconds.
        """
        before_s = now()
        backlog = _Backlog(before_s)
        try:
            for packet in self._container.demux(self.stream):
                now_s = now()
                is_left_out = backlog.leaves_out(now_s - before_s, now_s, is_key=packet.is_keyframe)
                before_s = now_s
                if is_left_out:
                    continue
                for picture in decoded(packet):
                    self._check_size(picture.width, picture.height, self.size)
                    yield picture
                before_s = now()
        except FFMPEG_ERRORS as error:
            raise MediaError(f"{self.name} sends no pictures any more: {_why(error)}.") from error
        raise MediaError(f"{self.name} sends no pictures any more.")

    def close(self) -> None:
        """Let go of the camera; a second call does nothing."""
        container, self._container = self._container, None
        if container is not None:
            container.close()

    def _check_size(self, width: int, height: int, expected: tuple[int, int] | None) -> None:
        """Raise MediaError, and let go of the camera, if its pictures have become others, or are too large."""
        if max(width, height) > LARGEST_SIDE:
            self.close()
            raise MediaError(f"{self.name} sends {width} x {height} pixels: use at most {LARGEST_SIDE} per side.")
        if expected is not None and (width, height) != expected:
            self.close()
            before = f"{expected[0]} x {expected[1]}"
            raise MediaError(f"{self.name} sends {width} x {height} pixels now, and {before} before: open it again.")

    def _opened(self, source: str, size: tuple[int, int] | None, open_input: OpenInput) -> Any:
        if "://" in source:
            return self._stream_of(source, open_input)
        kind = _DEVICES.get(sys.platform, _LINUX)
        device = _device_of(source)
        wanted = _SPHERES if size is None else (size,)
        error: BaseException | None = None
        for options in (*_spheres(kind, wanted), {}):
            try:
                container = open_input(device, kind, options)
            except FFMPEG_ERRORS as refused:
                if not options or not _may_be_the_size(refused):
                    raise
                error = refused
                continue
            if not options or _size_of(container) in wanted:
                return container
            container.close()
        raise error or OSError(errno.ENODEV, "no picture")

    def _stream_of(self, source: str, open_input: OpenInput) -> Any:
        found = _LOCAL.fullmatch(source)
        if found is None or not 0 < int(found[2]) < 65_536:
            raise MediaError(
                f"{source} cannot be used as a camera: specify a stream of this machine, as udp://127.0.0.1:5000."
            )
        options = {
            "protocol_whitelist": "udp",
            "format_whitelist": _STREAM_FORMATS,
            "localaddr": "127.0.0.1",  # otherwise FFmpeg would listen on every network
            "overrun_nonfatal": "1",
            "fflags": "nobuffer",
            "analyzeduration": "1000000",
        }
        return open_input(f"udp://127.0.0.1:{found[2]}", _STREAM_FORMATS, options)

    def _refusal(self, error: BaseException, source: str) -> str:
        code = error.errno if isinstance(error, OSError) else None
        if "://" in source:
            return f"{self.name} does not arrive: start the program that sends it (MPEG-TS by UDP), then open it again."
        if code in (errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.EIO):
            return f"{self.name} is not there: plug the camera in, or choose another one."
        if code in (errno.EBUSY, errno.EAGAIN):
            return f"{self.name} is in use by another program: close it there, then open it again."
        if code in (errno.EACCES, errno.EPERM):
            return f"{self.name} may not be used: allow SwanSphere to use the camera in the system's settings."
        return f"{self.name} cannot be opened: {_why(error)}. Plug it in again, or choose another one."


class _Backlog:
    """Says which packets to leave out while decoding is slower than the camera: all but some that stand alone.

    Packets that wait come without waiting for them. What a sender says of times does not count: it may be late itself.
    """

    def __init__(self, now_s: float) -> None:
        self._empty_s = self._decoded_s = now_s
        self._is_behind = False

    def leaves_out(self, waited_s: float, now_s: float, *, is_key: bool) -> bool:
        """Return whether a packet that had to be waited for so long is not decoded."""
        if waited_s > _WAITED_S:
            self._empty_s = now_s
        if now_s - self._empty_s > _BEHIND_S:
            self._is_behind = True
        elif is_key:
            self._is_behind = False
        if self._is_behind and not (is_key and now_s - self._decoded_s >= _BEHIND_STEP_S):
            return True
        self._decoded_s = now_s
        return False


def _spheres(kind: str, sizes: tuple[tuple[int, int], ...]) -> list[Options]:
    """Return options that ask a camera for a panorama, the finest first."""
    found: list[Options] = []
    for width, height in sizes:
        size = {"video_size": f"{width}x{height}"}
        if kind == _LINUX:
            found += [{**size, **({"input_format": coding} if coding else {})} for coding in _CODINGS]
        else:
            found.append(size)
    return found


def _size_of(container: Any) -> tuple[int, int]:
    video = container.streams.video
    return (video[0].codec_context.width, video[0].codec_context.height) if video else (0, 0)


def _may_be_the_size(error: BaseException) -> bool:
    """Return whether a camera may open with other options: it is there, and not in use."""
    code = error.errno if isinstance(error, OSError) else None
    return code not in (errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.EBUSY, errno.EACCES, errno.EPERM)


def _device_of(source: str) -> str:
    """Return FFmpeg's name of a camera. Raises MediaError if none has this number or name."""
    if sys.platform == "darwin":
        return f"{source}:none"
    if sys.platform == "win32":
        found = cameras()
        if source.isdigit() and int(source) < len(found):
            return f"video={found[int(source)].source}"
        return f"video={source}"
    if source.isdigit():
        return f"/dev/video{int(source)}"
    if re.fullmatch(r"/dev/[A-Za-z0-9/_.-]+", source):
        return source
    for camera in cameras():
        if camera.name == source:
            return f"/dev/video{camera.source}"
    raise MediaError(f"There is no camera {source!r}: choose one of the list, or specify its number, as camera:0.")


def _linux_cameras(nodes: Path) -> tuple[CameraDevice, ...]:
    found = []
    try:
        places = list(nodes.iterdir())
    except OSError:
        return ()
    for place in places:
        number = re.fullmatch(r"video(\d{1,4})", place.name)
        try:
            name, index = ((place / what).read_text(errors="replace").strip() for what in ("name", "index"))
        except OSError:
            continue
        if number is not None and index == "0":  # the others of a camera send no pictures
            found.append((int(number[1]), name))
    return tuple(CameraDevice(str(number), name) for number, name in sorted(found))


def _why(error: BaseException) -> str:
    if isinstance(error, av.error.ExitError):
        return f"nothing has come for {_SILENT_S:g} s"
    return reason_of(error)
