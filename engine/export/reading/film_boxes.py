"""What the boxes of an MP4 or MOV file say about its sphere and its sound field, field by field and unjudged.

Read from the file by code that shares nothing with the writer of these boxes, so that it can check it.
Source: "Spatial Audio RFC (draft)" and "Spherical Video V2 RFC (draft)" of the spatial-media project.
"""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.media.boxes import Box, BoxReader, Track

_MOST_CHANNELS: Final = 256
_SA3D: Final = ">BBIBBI"


@dataclass(frozen=True)
class SpatialAudio:
    """An SA3D box: version, type, order, ordering (0: ACN), normalisation (0: SN3D) and the channel map."""

    version: int
    ambisonic_type: int
    head_locked: bool
    order: int
    ordering: int
    normalisation: int
    channel_map: tuple[int, ...]

    @property
    def is_ambix(self) -> bool:
        """Whether its first four channels are W, Y, Z, X in SN3D."""
        plain = (self.version, self.ambisonic_type, self.ordering, self.normalisation) == (0, 0, 0, 0)
        return plain and self.channel_map[:4] == (0, 1, 2, 3)


@dataclass(frozen=True)
class SphericalVideo:
    """The boxes st3d and sv3d: the stereo mode (None: no box), the kind of projection, its pose and its four numbers.

    `pose_deg` is yaw, pitch, roll. `numbers` of b"equi" are the shares cropped at the top, the bottom, the left and the
    right; of b"cbmp" the arrangement and the padding.
    """

    stereo_mode: int | None
    projection: bytes | None
    pose_deg: tuple[float, ...] = ()
    numbers: tuple[float, ...] = ()


@dataclass(frozen=True)
class FilmBoxes:
    """The tracks of a film: how many have pictures and sound, the boxes of the first of each, the layout box `chan`.

    `movie_first` says whether `moov` comes before the pictures and the sound.
    """

    pictures: int
    sounds: int
    spatial_audio: SpatialAudio | None
    spherical_video: SphericalVideo
    has_chan: bool
    movie_first: bool


def film_boxes(path: Path) -> FilmBoxes | None:
    """Return what the boxes of a file say; None if it is not an MP4 or MOV file. Raises OSError."""
    with open(path, "rb") as file:
        boxes = BoxReader(file)
        top = [box.kind for box in boxes.inside(boxes.whole())]
        if b"moov" not in top:
            return None
        tracks = list(boxes.tracks())
        pictures = [track for track in tracks if track.kind == b"vide"]
        sounds = [track for track in tracks if track.kind == b"soun"]
        return FilmBoxes(
            pictures=len(pictures),
            sounds=len(sounds),
            spatial_audio=_spatial_audio(boxes, sounds[0]) if sounds else None,
            spherical_video=_spherical_video(boxes, pictures[0]) if pictures else SphericalVideo(None, None),
            has_chan=bool(sounds) and _box_of(boxes, sounds[0], b"chan") is not None,
            movie_first=b"mdat" not in top[: top.index(b"moov")],
        )


def _box_of(boxes: BoxReader, track: Track, *path: bytes) -> Box | None:
    return next((found for entry in track.descriptions if (found := boxes.first(entry, *path)) is not None), None)


def _spatial_audio(boxes: BoxReader, track: Track) -> SpatialAudio | None:
    box = _box_of(boxes, track, b"SA3D")
    if box is None:
        return None
    size = struct.calcsize(_SA3D)
    content = boxes.content(box, size + 4 * _MOST_CHANNELS)
    if len(content) < size:
        return None
    version, kind, order, ordering, normalisation, channels = struct.unpack_from(_SA3D, content)
    count = min(channels, (len(content) - size) // 4)
    numbers = struct.unpack_from(f">{count}I", content, size)
    return SpatialAudio(version, kind & 0x7F, bool(kind & 0x80), order, ordering, normalisation, numbers)


def _spherical_video(boxes: BoxReader, track: Track) -> SphericalVideo:
    stereo, sphere = _box_of(boxes, track, b"st3d"), _box_of(boxes, track, b"sv3d", b"proj")
    mode = boxes.content(stereo, 5)[4:] if stereo is not None else b""
    stereo_mode = mode[0] if mode else None
    if sphere is None:
        return SphericalVideo(stereo_mode, None)
    pose: tuple[float, ...] = (0.0, 0.0, 0.0)
    kind: bytes | None = None
    numbers: tuple[float, ...] = ()
    for box in boxes.inside(sphere):
        content = boxes.content(box, 20)
        if box.kind == b"prhd" and len(content) >= 16:
            yaw, pitch, roll = struct.unpack_from(">3i", content, 4)
            pose = (yaw / 65_536, pitch / 65_536, roll / 65_536)
        elif box.kind == b"equi" and len(content) >= 20:
            kind, numbers = b"equi", tuple(number / 2**32 for number in struct.unpack_from(">4I", content, 4))
        elif box.kind == b"cbmp" and len(content) >= 12:
            kind, numbers = b"cbmp", tuple(float(number) for number in struct.unpack_from(">2I", content, 4))
        elif box.kind == b"mshp":
            kind = b"mshp"
    return SphericalVideo(stereo_mode, kind, pose, numbers)
