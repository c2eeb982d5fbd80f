"""A few upright grey pictures of a film for inspection, and the shape of their pixels."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np

from engine.media.container import MediaFile, Picture, VideoStream, decoded, picture_stream
from engine.media.pixels import grey_of
from engine.video.facts.evidence import Grey
from engine.video.facts.length import Length
from engine.video.facts.picture_metadata import Uprighting

_PLACES: Final = (0.2, 0.4, 0.6, 0.8)
_MOST_PACKETS: Final = 64
_OBLONG: Final = (Fraction(1, 8), Fraction(8))


class Looks:
    """Reads the first picture of a film and key frames spread over its length."""

    def __init__(self, path: Path, first: Picture, upright: Uprighting, length: Length) -> None:
        self._path = path
        self._first = first
        self._upright = upright
        self._length = length

    def pictures(self, several: bool) -> Sequence[Grey]:
        """Return the first picture, or `several` of the same size; raises MediaError if the film is missing."""
        found = [self._first]
        if several and self._length.times == "stored":
            with MediaFile(self._path) as media:
                stream = picture_stream(media)
                for place in _PLACES:
                    at_s = self._length.start_s + place * (self._length.end_s - self._length.start_s)
                    if media.seek(stream, media.clock_zero_s + Fraction(at_s)):
                        found += self._next_picture(media, stream)
                greys = [grey_of(picture) for picture in found]
        else:
            greys = [grey_of(self._first)]
        whole = [self._made_upright(grey) for grey in greys if grey is not None]
        return [grey for grey in whole if grey.shape == whole[0].shape]

    def _next_picture(self, media: MediaFile, stream: VideoStream) -> list[Picture]:
        for number, packet in enumerate(media.packets(stream)):
            if pictures := decoded(packet):
                return pictures[:1]
            if number >= _MOST_PACKETS:
                break
        return []

    def _made_upright(self, grey: Grey) -> Grey:
        turned = np.rot90(grey, self._upright.quarter_turns)
        return np.ascontiguousarray(turned[:, ::-1] if self._upright.is_mirrored else turned)


def pixel_aspect_of(stream: VideoStream) -> float:
    """Return the width of a stored pixel over its height; 1 if the file states nothing plausible."""
    aspect = stream.sample_aspect_ratio or stream.codec_context.sample_aspect_ratio
    return float(aspect) if aspect and _OBLONG[0] <= aspect <= _OBLONG[1] else 1.0
