"""What a film is, before it is played. Raises MediaError in a sentence if it cannot be used."""

from pathlib import Path
from typing import Final

from engine.contract.errors import MediaError
from engine.contract.video import Projection, StereoLayout, VideoInfo
from engine.media.container import MediaFile, Picture, picture_stream
from engine.media.sounds import sounds_of
from engine.video.facts.length import length_of

_LARGEST_SIDE: Final = 16_384
_SMALLEST_SIDE: Final = 16


def probe(path: Path, layout: StereoLayout | None = None, projection: Projection | None = None) -> VideoInfo:
    """Return what is known of a film; its first picture is decoded, so that an unreadable film is told here.

    `layout` and `projection` are the user's word. A layout is guessed from the shape: about 1:1 is top-bottom stereo,
    everything else mono.
    """
    path = Path(path)
    with MediaFile(path) as media:
        stream = picture_stream(media)
        first = media.picture_at_start(stream)
        turns = quarter_turns(first)
        width, height = (first.height, first.width) if turns % 2 else (first.width, first.height)
        if max(width, height) > _LARGEST_SIDE or min(width, height) < _SMALLEST_SIDE:
            raise MediaError(f"{path.name} is {width} x {height} pixels: films of 16 to {_LARGEST_SIDE} can be used.")
        guess = StereoLayout.TOP_BOTTOM if width / height < 1.5 else StereoLayout.MONO
        sounds = sounds_of(media)
        codec = stream.codec_context.name
        length = length_of(media, stream, first, sounds)
        return VideoInfo(
            path=str(path),
            width=width,
            height=height,
            fps=length.fps,
            duration_s=length.end_s,
            codec=codec,
            layout=layout or guess,
            layout_source="guess" if layout is None else "user",
            projection=projection or Projection.EQUIRECTANGULAR,
            projection_source="guess" if projection is None else "user",
            quarter_turns=turns,
            start_s=length.start_s,
            times=length.times,
            sounds=sounds,
            notices=length.notices,
        )


def quarter_turns(frame: Picture) -> int:
    """Return by how many quarters of a turn, to the left, the file asks for its pictures to be turned."""
    return round(frame.rotation / 90.0) % 4
