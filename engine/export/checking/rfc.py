"""Whether the boxes SA3D, st3d and sv3d of a film keep the rules of their RFCs: one sentence per broken rule.

Written from "Spatial Audio RFC (draft)" and "Spherical Video V2 RFC (draft)" of the spatial-media project, with sizes
and ranges that `film_boxes` leaves unjudged.
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from engine.media.boxes import Box, BoxReader, Track

_SA3D: Final = struct.Struct(">BBIBBI")
_MOST_ORDER: Final = 14
_STEREO_MODES: Final = range(5)
_FIXED_1: Final = 1 << 16
_PROJECTIONS: Final = (b"equi", b"cbmp", b"mshp")
_LONGEST: Final = 4_096
RULES_KEPT: Final = "the boxes keep its rules"


def broken_rules(path: Path, channels: int | None = None) -> tuple[str, ...]:
    """Return the broken rules of a film; `channels` is how many its sound has. Raises OSError."""
    with open(path, "rb") as file:
        boxes = BoxReader(file)
        return tuple(_broken(boxes, list(boxes.tracks()), channels))


def _broken(boxes: BoxReader, tracks: list[Track], channels: int | None) -> Iterator[str]:
    for track in tracks:
        for entry in track.descriptions:
            found = [box for box in boxes.inside(entry) if box.kind in (b"SA3D", b"st3d", b"sv3d")]
            for kind in {box.kind for box in found}:
                if sum(box.kind == kind for box in found) > 1:
                    yield f"{kind.decode()} is there twice"
            for box in found:
                if (box.kind == b"SA3D") != (track.kind == b"soun"):
                    yield f"{box.kind.decode()} is in a track of another kind"
                elif box.kind == b"SA3D":
                    yield from _spatial_audio(boxes, box, channels)
                elif box.kind == b"st3d":
                    yield from _stereo(boxes.content(box, _LONGEST))
                else:
                    yield from _sphere(boxes, box)


def _spatial_audio(boxes: BoxReader, box: Box, channels: int | None) -> Iterator[str]:
    content = boxes.content(box, _LONGEST)
    if len(content) < _SA3D.size:
        yield "SA3D is too short"
        return
    version, kind, order, ordering, normalisation, count = _SA3D.unpack_from(content)
    if version or kind & 0x7F or ordering or normalisation:
        yield "SA3D has a version, a type, an ordering or a normalisation that the RFC does not know"
        return
    if order > _MOST_ORDER or count != (order + 1) ** 2 + (2 if kind & 0x80 else 0):
        yield f"SA3D has {count} channels, which do not fit order {order}"
        return
    if box.end - box.start != _SA3D.size + 4 * count:
        yield "SA3D is not as long as its channel map"
        return
    if sorted(struct.unpack_from(f">{count}I", content, _SA3D.size)) != list(range(count)):
        yield "SA3D names a channel twice, or one that does not exist"
    if channels is not None and count != channels:
        yield f"SA3D has {count} channels, the sound {channels}"


def _stereo(content: bytes) -> Iterator[str]:
    if len(content) != 5:
        yield "st3d is not 5 bytes long"
    elif content[:4] != bytes(4):
        yield "st3d has a version or flags"
    elif content[4] not in _STEREO_MODES:
        yield f"st3d has the stereo mode {content[4]}"


def _sphere(boxes: BoxReader, box: Box) -> Iterator[str]:
    inner = list(boxes.inside(box))
    kinds = [each.kind for each in inner]
    for kind in (b"svhd", b"proj"):
        if kinds.count(kind) != 1:
            yield f"sv3d has {kinds.count(kind)} boxes {kind.decode()} instead of one"
            return
    header = boxes.content(inner[kinds.index(b"svhd")], _LONGEST)
    if header[:4] != bytes(4) or header[-1:] != b"\0":
        yield "svhd has a version or flags, or its text has no end"
    parts = list(boxes.inside(inner[kinds.index(b"proj")]))
    if not parts or parts[0].kind != b"prhd":
        yield "proj does not begin with prhd"
        return
    yield from _pose(boxes.content(parts[0], _LONGEST))
    projections = [part for part in parts[1:] if part.kind in _PROJECTIONS]
    if len(projections) != 1:
        yield f"proj has {len(projections)} projections instead of one"
        return
    yield from _projection(projections[0].kind, boxes.content(projections[0], _LONGEST))


def _pose(content: bytes) -> Iterator[str]:
    if len(content) != 16 or content[:4] != bytes(4):
        yield "prhd is not 16 bytes long, or has a version or flags"
        return
    for name, angle, most in zip(
        ("yaw", "pitch", "roll"), struct.unpack_from(">3i", content, 4), (180, 90, 180), strict=True
    ):
        if abs(angle) > most * _FIXED_1:
            yield f"prhd has a {name} of {angle / _FIXED_1:g} degrees"


def _projection(kind: bytes, content: bytes) -> Iterator[str]:
    if content[:4] != bytes(4):
        yield f"{kind.decode()} has a version or flags"
    elif kind == b"equi":
        if len(content) != 20:
            yield "equi is not 20 bytes long"
            return
        top, bottom, left, right = struct.unpack_from(">4I", content, 4)
        if top + bottom >= 1 << 32 or left + right >= 1 << 32:
            yield "equi crops more than there is"
    elif kind == b"cbmp":
        if len(content) != 12:
            yield "cbmp is not 12 bytes long"
        elif content[4:8] != bytes(4):
            yield "cbmp has an arrangement that the RFC does not know"
    elif len(content) < 12:
        yield "mshp is too short"
