"""Camera files with the upper and the lower half of a picture in two streams: detecting and joining them."""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

from engine.media.container import MediaFile, Packet, Picture, VideoStream, decoded

_SQUARES: Final = 3.0
_OVERLAP: Final = 0.25
"""Relative to a square, in a strip of three: the strip keeps the overlap of both lenses twice."""
_MOST_WAITING: Final = 24


def strip_streams(media: MediaFile) -> tuple[VideoStream, VideoStream] | None:
    """Return the streams of the upper and the lower strip of an equi-angular cube; None if the file has none."""
    pictures = media.pictures
    if len(pictures) != 2:
        return None
    (width, height), lower = ((s.codec_context.width, s.codec_context.height) for s in pictures)
    are_strips = (width, height) == lower and height > 0 and 0.0 <= width / height - _SQUARES <= _OVERLAP
    return (pictures[0], pictures[1]) if are_strips else None


@dataclass(frozen=True, eq=False)
class StripPair:
    """Two strips of the same moment, as one picture."""

    upper: Picture
    lower: Picture

    @property
    def width(self) -> int:
        """Pixels per row."""
        return self.upper.width

    @property
    def height(self) -> int:
        """Rows of both."""
        return self.upper.height + self.lower.height

    @property
    def pts(self) -> int | None:
        """The time, on the clock of the first stream."""
        return self.upper.pts


@dataclass
class StripPairs:
    """Joins the frames of two streams by their times; a frame without a partner is left out."""

    upper: VideoStream
    lower: VideoStream
    _waiting: dict[int, dict[Fraction, Picture]] = field(default_factory=dict)

    def pictures(self, packet: "Packet[Any]") -> list[StripPair]:
        """Return the joined frames that are complete with a packet of either stream."""
        pairs = []
        for picture in decoded(packet):
            own, other = (
                (self.upper, self.lower) if packet.stream.index == self.upper.index else (self.lower, self.upper)
            )
            time_s = (picture.pts or 0) * (own.time_base or Fraction(1))
            partner = self._waiting.get(other.index, {}).pop(time_s, None)
            if partner is None:
                waiting = self._waiting.setdefault(own.index, {})
                waiting[time_s] = picture
                while len(waiting) > _MOST_WAITING:
                    del waiting[min(waiting)]
            else:
                pairs.append(StripPair(picture, partner) if own is self.upper else StripPair(partner, picture))
        return pairs
