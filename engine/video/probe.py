"""What a film is, before it is played. Raises MediaError in a sentence where it cannot be used."""

from functools import cache
from pathlib import Path
from typing import Final

import av
from av.format import ContainerFormat
from av.video.stream import VideoStream

from engine.contract.errors import MediaError
from engine.contract.video import Projection, StereoLayout, VideoInfo

_LARGEST_SIDE: Final = 16_384
_SMALLEST_SIDE: Final = 16
_NO_FILMS: Final = frozenset(
    "adf alsa bin concat dash fbdev ffmetadata hls idf image2 image2pipe imf kmsgrab lavfi mpjpeg rtp rtsp sap sdp tty "
    "video4linux2,v4l2 webm_dash_manifest x11grab xbin".split()
)
"""Lists that point at other files or at the network (one of them can wait for ever), devices, text, still pictures."""


def open_film(path: Path) -> av.container.InputContainer:
    """Open a film for reading; raises MediaError."""
    if not path.exists():
        raise MediaError(f"There is no film at {path}.")
    if path.is_dir():
        raise MediaError(f"{path} is a folder, not a film.")
    try:
        return av.open(
            str(path),
            metadata_errors="replace",
            options={"format_whitelist": _film_formats(), "protocol_whitelist": "file"},
        )
    except (av.FFmpegError, OSError, ValueError) as error:
        raise MediaError(f"{path.name} is not a video that can be read: choose another file.") from error


@cache
def _film_formats() -> str:
    """Return the names of all containers that FFmpeg reads and that can be a film."""
    readable = []
    for name in av.formats_available - _NO_FILMS:
        try:
            ContainerFormat(name, "r")
        except ValueError:
            continue
        if not name.endswith("_pipe"):
            readable.append(name)
    return ",".join(sorted(readable))


def quarter_turns(frame: av.VideoFrame) -> int:
    """Return by how many quarters of a turn, to the left, the file asks for its pictures to be turned."""
    return round(frame.rotation / 90.0) % 4


def video_stream(container: av.container.InputContainer, path: Path) -> VideoStream:
    """Return the film's picture stream (cover art does not count); raises MediaError where there is none."""
    for stream in container.streams.video:
        if not stream.disposition & av.stream.Disposition.attached_pic:
            return stream
    raise MediaError(f"{path.name} has no picture: choose a 360-degree video.")


def probe(path: Path, layout: StereoLayout | None = None, projection: Projection | None = None) -> VideoInfo:
    """Return what is known of a film; its first picture is decoded, so that an unreadable film is told here.

    `layout` and `projection` are the user's word. A layout is guessed from the shape: about 1:1 is top-bottom stereo,
    everything else mono.
    """
    path = Path(path)
    with open_film(path) as container:
        stream = video_stream(container, path)
        first = _first_picture(container, stream, path)
        width, height = first.width, first.height
        if quarter_turns(first) % 2:
            width, height = height, width
        if max(width, height) > _LARGEST_SIDE or min(width, height) < _SMALLEST_SIDE:
            raise MediaError(f"{path.name} is {width} x {height} pixels: films of 16 to {_LARGEST_SIDE} can be used.")
        guess = StereoLayout.TOP_BOTTOM if width / height < 1.5 else StereoLayout.MONO
        rate = stream.average_rate or stream.guessed_rate
        return VideoInfo(
            path=str(path),
            width=width,
            height=height,
            fps=float(rate) if rate else 25.0,
            duration_s=_duration_s(container, stream, float(rate) if rate else 25.0),
            codec=stream.codec_context.name,
            layout=layout or guess,
            layout_source="guess" if layout is None else "user",
            projection=projection or Projection.EQUIRECTANGULAR,
            projection_source="guess" if projection is None else "user",
            quarter_turns=quarter_turns(first),
        )


def _first_picture(container: av.container.InputContainer, stream: VideoStream, path: Path) -> av.VideoFrame:
    """Return the first picture that decodes; what comes before it may be damaged, as in a recording cut anywhere."""
    damage: Exception | None = None
    try:
        for packet in container.demux(stream):
            try:
                for frame in packet.decode():
                    return frame
            except (av.FFmpegError, ValueError) as error:
                damage = error
    except av.FFmpegError as error:
        damage = error
    if damage is not None:
        raise MediaError(f"{path.name} is damaged: its pictures cannot be decoded.") from damage
    raise MediaError(f"{path.name} holds no pictures (0 frames): choose another film.")


def _duration_s(container: av.container.InputContainer, stream: VideoStream, fps: float) -> float:
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    if container.duration:
        return container.duration / av.time_base
    if stream.frames:
        return stream.frames / fps
    # A raw stream says nothing about its length: count its packets.
    container.seek(0)
    return max(sum(1 for packet in container.demux(stream) if packet.size), 1) / fps
