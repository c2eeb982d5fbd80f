"""The boxes that tell a player what a film is: SA3D for its sound, st3d and sv3d for its pictures.

Written from the public documents "Spatial Audio RFC (draft)" and "Spherical Video V2 RFC (draft)" of the spatial-media
project. The checks read them with other code.
"""

import struct
from dataclasses import dataclass
from typing import Final

from engine.contract.conventions import FOA_CHANNELS
from engine.contract.errors import ExportError
from engine.contract.video import UPRIGHT, WHOLE_SPHERE, Bounds, Pose, Projection, StereoLayout
from engine.export.film.box_writing import box, full_box, split

_STEREO_MODES: Final = {StereoLayout.MONO: 0, StereoLayout.TOP_BOTTOM: 1, StereoLayout.LEFT_RIGHT: 2}
_PICTURE_ENTRY_BYTES: Final = 78
_SOUND_ENTRY_BYTES: Final = {0: 28, 1: 44, 2: 64}
_HEAD_LOCKED: Final = 0x80


@dataclass(frozen=True)
class Sphere:
    """What the pictures of a film show: how they are packed, and which part of the sphere, as in `VideoInfo`."""

    layout: StereoLayout = StereoLayout.MONO
    projection: Projection = Projection.EQUIRECTANGULAR
    bounds: Bounds = WHOLE_SPHERE
    pose: Pose = UPRIGHT
    cube_padding: int = 0

    def check(self) -> None:
        """Raise ExportError for a projection that these boxes cannot name."""
        if self.projection in (Projection.EAC, Projection.FISHEYE):
            raise ExportError(
                f"A film with the projection {self.projection.value} cannot be described for players: convert its "
                "pictures to equirectangular first."
            )


def spatial_audio(head_locked: bool) -> bytes:
    """Return an SA3D box: first order, ACN, SN3D; with `head_locked` two more channels, left and right."""
    channels = FOA_CHANNELS + (2 if head_locked else 0)
    version, order, acn, sn3d = 0, 1, 0, 0
    content = struct.pack(">BBIBBI", version, _HEAD_LOCKED if head_locked else 0, order, acn, sn3d, channels)
    return box(b"SA3D", content + struct.pack(f">{channels}I", *range(channels)))


def spherical_video(sphere: Sphere) -> bytes:
    """Return the boxes st3d and sv3d; nothing for an ordinary, flat film. Raises ExportError as `Sphere.check` does."""
    sphere.check()
    if sphere.projection is Projection.FLAT:
        return b""
    pose = sphere.pose
    head = struct.pack(">3i", *(round(angle * 65_536) for angle in (pose.yaw_deg, pose.pitch_deg, pose.roll_deg)))
    if sphere.projection is Projection.CUBEMAP:
        shape = full_box(b"cbmp", struct.pack(">2I", 0, sphere.cube_padding))
    else:
        shape = full_box(b"equi", struct.pack(">4I", *_crop(sphere.bounds)))
    source = full_box(b"svhd", b"SwanSphere\0")
    return full_box(b"st3d", bytes([_STEREO_MODES[sphere.layout]])) + box(
        b"sv3d", source + box(b"proj", full_box(b"prhd", head) + shape)
    )


def picture_entry(content: bytes, sphere: Sphere) -> bytes:
    """Return the sample description of pictures with the sphere's boxes in place of those that it had.

    FFmpeg adds a box `vexu` to the pictures of a stereo film. Beside `st3d` it makes the film unreadable for FFmpeg.
    """
    return _with_boxes(content, _PICTURE_ENTRY_BYTES, (b"st3d", b"sv3d", b"vexu"), spherical_video(sphere))


def sound_entry(content: bytes, head_locked: bool | None) -> bytes:
    """Return the sample description of sound with an SA3D box; None: without one, for ordinary stereo.

    A box `chan` would name loudspeakers: it is left out of a field.
    """
    skip = _SOUND_ENTRY_BYTES.get(int.from_bytes(content[8:10], "big"), len(content))
    if head_locked is None:
        return _with_boxes(content, skip, (b"SA3D",), b"")
    return _with_boxes(content, skip, (b"SA3D", b"chan"), spatial_audio(head_locked))


def _with_boxes(content: bytes, skip: int, replaced: tuple[bytes, ...], new: bytes) -> bytes:
    kept = [box(kind, inner) for kind, inner in split(content, skip) if kind not in replaced]
    return content[:skip] + b"".join(kept) + new


def _crop(bounds: Bounds) -> tuple[int, int, int, int]:
    """Return what is missing at the top, the bottom, the left and the right, in units of 2**-32 of the sphere."""
    shares = (
        (90.0 - bounds.top_deg) / 180.0,
        (bounds.bottom_deg + 90.0) / 180.0,
        (180.0 - bounds.left_deg) / 360.0,
        (bounds.right_deg + 180.0) / 360.0,
    )
    top, bottom, left, right = (min(round(share * 2**32), 2**32 - 1) for share in shares)
    return top, bottom, left, right
