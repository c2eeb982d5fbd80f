"""What comes with a decoded frame: Matroska's stereo mode and projection, and the codec's own metadata.

FFmpeg passes these on as its own structures, in the machine's byte order.
"""

import struct
from dataclasses import dataclass
from typing import Final

from engine.contract.video import Bounds, Projection, StereoLayout
from engine.media.container import Picture, side_data
from engine.video.facts.metadata import SphereMetadata, bounds_of_crop, pose_of

_LAYOUTS: Final = {0: StereoLayout.MONO, 1: StereoLayout.LEFT_RIGHT, 2: StereoLayout.TOP_BOTTOM}
_INTERLEAVED: Final = {
    3: "in turns, frame by frame",
    4: "as a chequerboard",
    5: "as a quincunx",
    6: "line by line",
    7: "column by column",
}
_HALF: Final = Bounds(90.0, -90.0, 90.0, -90.0)
_WHOLE: Final = 1 << 32


@dataclass(frozen=True)
class Uprighting:
    """How a stored picture becomes upright: rotated to the left by quarter turns, then mirrored."""

    quarter_turns: int = 0
    is_mirrored: bool = False


def picture_metadata(picture: Picture) -> SphereMetadata:
    """Return the facts that come with a decoded frame."""
    stereo = _unpacked(picture, "STEREO3D", "=i")
    layout: StereoLayout | None = None
    notices: tuple[str, ...] = ()
    if stereo is not None:
        layout = _LAYOUTS.get(stereo[0])
        if stereo[0] in _INTERLEAVED:
            notices = (f"The eyes are packed {_INTERLEAVED[stereo[0]]}, which is not supported.",)
    sphere = _unpacked(picture, "SPHERICAL", "=i3i4II")
    if sphere is None:
        return SphereMetadata(layout, notices=notices)
    kind, yaw, pitch, roll, left, top, right, bottom, padding = sphere
    pose = pose_of(yaw / 65_536, pitch / 65_536, roll / 65_536)
    if kind in (0, 2):
        bounds = bounds_of_crop(left / _WHOLE, right / _WHOLE, top / _WHOLE, bottom / _WHOLE)
        return SphereMetadata(layout, Projection.EQUIRECTANGULAR, bounds or Bounds(), pose, notices=notices)
    if kind == 1:
        return SphereMetadata(layout, Projection.CUBEMAP, pose=pose, cube_padding=min(padding, 1_024), notices=notices)
    if kind == 3:
        return SphereMetadata(layout, Projection.EQUIRECTANGULAR, _HALF, pose, notices=notices)
    if kind == 4:
        return SphereMetadata(layout, Projection.FLAT, pose=pose, notices=notices)
    return SphereMetadata(layout, notices=(*notices, "The projection is that of a lens, which is not supported."))


def uprighting(picture: Picture) -> Uprighting:
    """Return how the file wants its pictures to be rotated and mirrored, to the nearest quarter."""
    matrix = _unpacked(picture, "DISPLAYMATRIX", "=9i")
    if matrix is None:
        return Uprighting(round(picture.rotation / 90.0) % 4)
    a, b, _, c, d = matrix[:5]
    # (x, y) of the stored picture goes to (a x + c y, b x + d y), y downwards.
    is_mirrored = a * d - b * c < 0
    if is_mirrored:
        # Undo the swap of left and right that comes last.
        a, c = -a, -c
    if abs(a) >= abs(b):
        return Uprighting(0 if a >= 0 else 2, is_mirrored)
    return Uprighting(3 if b > 0 else 1, is_mirrored)


def _unpacked(picture: Picture, name: str, layout: str) -> tuple[int, ...] | None:
    data = side_data(picture, name)
    size = struct.calcsize(layout)
    return struct.unpack(layout, data[:size]) if data is not None and len(data) >= size else None
