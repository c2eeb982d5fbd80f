"""Describes a film before it is played. Raises MediaError in a sentence if it cannot be used."""

from functools import lru_cache
from pathlib import Path
from typing import Final

from engine.contract.errors import MediaError
from engine.contract.video import Projection, StereoLayout, VideoInfo
from engine.files.regular import check_regular
from engine.media.container import MediaFile, Picture, VideoStream, picture_stream
from engine.media.sounds import sounds_of
from engine.video.facts.file_metadata import file_metadata
from engine.video.facts.length import Length, length_of
from engine.video.facts.looks import Looks, pixel_aspect_of
from engine.video.facts.metadata import IN_STRIPS
from engine.video.facts.packing import Shape, packing_of
from engine.video.facts.picture_metadata import uprighting
from engine.video.facts.streams import check_stitched
from engine.video.facts.timecode import timecode_of
from engine.video.strips import strip_streams

STILL_S: Final = 60.0
"""Default duration of a still picture."""
_LARGEST_SIDE: Final = 16_384
_SMALLEST_SIDE: Final = 16


def probe(path: Path, layout: StereoLayout | None = None, projection: Projection | None = None) -> VideoInfo:
    """Return what is known of a film; its first frame is decoded, so that an unreadable film is detected here.

    `layout` and `projection` are the user's choice and take precedence over the file; otherwise they are guessed.
    """
    path = Path(path)
    check_regular(path, "film")
    try:
        now = path.stat()
    except OSError as error:
        raise MediaError(f"{path} cannot be opened: {error.strerror}.") from error
    return _probed(path, layout, projection, now.st_size, now.st_mtime_ns)


@lru_cache(maxsize=8)
def _probed(
    path: Path, layout: StereoLayout | None, projection: Projection | None, _size: int, _changed_ns: int
) -> VideoInfo:
    """Probe a film; once is enough while the file stays the same, as a large one may have to be counted."""
    with MediaFile(path) as media:
        stream = picture_stream(media)
        told = check_stitched(media, projection)
        declared = stream.codec_context.width, stream.codec_context.height
        if max(declared) > _LARGEST_SIDE:  # before memory is allocated for it
            raise _wrong_size(path, *declared)
        first = media.picture_at_start(stream)
        upright = uprighting(first)
        turned = upright.quarter_turns % 2 == 1
        is_in_strips = projection in (None, Projection.EAC) and strip_streams(media) is not None
        first_height = 2 * first.height if is_in_strips else first.height
        width, height = (first_height, first.width) if turned else (first.width, first_height)
        if max(width, height) > _LARGEST_SIDE or min(width, height) < _SMALLEST_SIDE:
            raise _wrong_size(path, width, height)
        codec, aspect = stream.codec_context.name, pixel_aspect_of(stream)
        metadata = IN_STRIPS if is_in_strips else file_metadata(media, stream, first)
        sounds = sounds_of(media)
        length = _length(media, stream, first)
        shape = Shape(width, height, 1.0 / aspect if turned else aspect)
        packing = packing_of(metadata, shape, layout, projection, Looks(path, first, upright, length).pictures)
        timecode = timecode_of(media, length.fps)
        return VideoInfo(
            path=str(path),
            width=width,
            height=height,
            fps=length.fps,
            duration_s=length.end_s,
            codec=codec,
            layout=packing.layout,
            layout_source=packing.layout_source,
            projection=packing.projection,
            projection_source=packing.projection_source,
            bounds=packing.bounds,
            pose=packing.pose,
            active=packing.active,
            cube_padding=packing.cube_padding,
            quarter_turns=upright.quarter_turns,
            is_mirrored=upright.is_mirrored,
            is_in_strips=is_in_strips,
            pixel_aspect=shape.pixel_aspect,
            start_s=length.start_s,
            times=length.times,
            timecode=timecode.text if timecode is not None else None,
            time_reference_samples=timecode.samples if timecode is not None else 0,
            first_view=metadata.first_view,
            sounds=sounds,
            notices=told + packing.notices + length.notices,
        )


def _wrong_size(path: Path, width: int, height: int) -> MediaError:
    return MediaError(f"{path.name} is {width} x {height} pixels: use 16 to {_LARGEST_SIDE} pixels per side.")


def _length(media: MediaFile, stream: VideoStream, first: Picture) -> Length:
    if media.is_still:
        return Length(0.0, STILL_S, 1.0, "still", ())
    return length_of(media, stream, first, sounds_of(media))
