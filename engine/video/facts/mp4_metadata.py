"""What an MP4 or MOV specifies about its sphere: st3d and sv3d (Spherical Video V2), XMP in a uuid box (V1)."""

import struct
from pathlib import Path
from typing import BinaryIO, Final

from engine.contract.video import Projection, StereoLayout
from engine.media.boxes import Box, BoxReader, Track
from engine.video.facts.metadata import NO_METADATA, SphereMetadata, bounds_of_crop, pose_of
from engine.video.facts.xmp import MOST_BYTES, xmp_metadata

_XMP: Final = bytes.fromhex("ffcc8263f8554a938814587a02521fdd")
_LAYOUTS: Final = {
    0: StereoLayout.MONO,
    1: StereoLayout.TOP_BOTTOM,
    2: StereoLayout.LEFT_RIGHT,
    4: StereoLayout.LEFT_RIGHT,
}
"""Of st3d; 4 has the right eye first, and the sound is the same for either eye."""
_WHOLE: Final = 1 << 32
_CUBE_PADDING: Final = 1_024
MESH: Final = (
    "The sphere is described by a mesh, which is not supported. Films of video sites are often equi-angular cubes: "
    "choose the projection."
)


def mp4_metadata(path: Path, number: int) -> SphereMetadata:
    """Return what the track with this number specifies; V2 takes precedence over V1."""
    try:
        with open(path, "rb") as file:
            return _metadata(file, number)
    except OSError:
        return NO_METADATA


def _metadata(file: BinaryIO, number: int) -> SphereMetadata:
    boxes = BoxReader(file)
    track = next((t for t in boxes.tracks() if t.kind == b"vide" and t.number == number), None)
    if track is None:
        return NO_METADATA
    second = NO_METADATA
    for description in track.descriptions:
        second = second.or_else(_second_version(boxes, description))
    return second.or_else(_first_version(boxes, track))


def _first_version(boxes: BoxReader, track: Track) -> SphereMetadata:
    for box in boxes.inside(track.box):
        if box.kind == b"uuid" and boxes.content(box, 16) == _XMP:
            metadata = xmp_metadata(boxes.content(box, MOST_BYTES)[16:].decode("utf-8", "replace"))
            if metadata != NO_METADATA:
                return metadata
    return NO_METADATA


def _second_version(boxes: BoxReader, description: Box) -> SphereMetadata:
    stereo, sphere = boxes.first(description, b"st3d"), boxes.first(description, b"sv3d", b"proj")
    layout = _LAYOUTS.get(boxes.content(stereo, 5).ljust(5, b"\xff")[4]) if stereo is not None else None
    if sphere is None:
        return SphereMetadata(layout)
    head = boxes.first(sphere, b"prhd")
    yaw, pitch, roll = _numbers(boxes, head, ">3i") if head is not None else (0, 0, 0)
    pose = pose_of(yaw / 65_536, pitch / 65_536, roll / 65_536)
    for box in boxes.inside(sphere):
        if box.kind == b"equi":
            top, bottom, left, right = (crop / _WHOLE for crop in _numbers(boxes, box, ">4I"))
            bounds = bounds_of_crop(left, right, top, bottom)
            if bounds is None:
                return SphereMetadata(layout, notices=("The stated part of the sphere is impossible and is ignored.",))
            return SphereMetadata(layout, Projection.EQUIRECTANGULAR, bounds, pose)
        if box.kind == b"cbmp":
            arrangement, padding = _numbers(boxes, box, ">2I")
            if arrangement != 0 or padding > _CUBE_PADDING:
                return SphereMetadata(
                    layout, notices=(f"The cube is packed in arrangement {arrangement}, which is not supported.",)
                )
            return SphereMetadata(layout, Projection.CUBEMAP, pose=pose, cube_padding=padding)
        if box.kind == b"mshp":
            return SphereMetadata(layout, notices=(MESH,))
    return SphereMetadata(layout)


def _numbers(boxes: BoxReader, box: Box, layout: str) -> tuple[int, ...]:
    """Return the numbers after version and flags; zeros if the box is too short."""
    size = struct.calcsize(layout)
    return struct.unpack(layout, boxes.content(box, 4 + size)[4:].ljust(size, b"\0"))
