"""MP4 files with boxes about the sphere put into them, written from the Spherical Video RFCs."""

import struct
from pathlib import Path

from tests.engine.video.made_films import STEADY, write_film

XMP_UUID = bytes.fromhex("ffcc8263f8554a938814587a02521fdd")
_HOLDERS = {b"moov": 0, b"trak": 0, b"mdia": 0, b"minf": 0, b"stbl": 0, b"stsd": 8, b"avc1": 78}


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", len(content) + 8, kind) + content


def full(kind: bytes, content: bytes) -> bytes:
    return box(kind, bytes(4) + content)


def st3d(mode: int) -> bytes:
    return full(b"st3d", bytes([mode]))


def sv3d(projection: bytes, pose_deg: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> bytes:
    head = full(b"prhd", struct.pack(">3i", *(round(angle * 65_536) for angle in pose_deg)))
    return box(b"sv3d", full(b"svhd", b"tests\0") + box(b"proj", head + projection))


def equi(top: float = 0.0, bottom: float = 0.0, left: float = 0.0, right: float = 0.0) -> bytes:
    return full(b"equi", struct.pack(">4I", *(int(share * 0xFFFFFFFF) for share in (top, bottom, left, right))))


def cbmp(layout: int = 0, padding: int = 0) -> bytes:
    return full(b"cbmp", struct.pack(">2I", layout, padding))


def xmp(**values: object) -> bytes:
    inside = "".join(f"<GSpherical:{name}>{value}</GSpherical:{name}>" for name, value in values.items())
    text = f'<rdf:SphericalVideo xmlns:GSpherical="http://ns.google.com/videos/1.0/spherical/">{inside}</rdf:SphericalVideo>'
    return box(b"uuid", XMP_UUID + text.encode())


def boxed_film(
    path: Path, in_description: bytes = b"", in_track: bytes = b"", size: tuple[int, int] = (64, 32)
) -> Path:
    """Write an MP4 with boxes at the end of its description of samples and of its track."""
    data = write_film(path, STEADY[:10], size).read_bytes()
    # The index lies behind the pictures: nothing that points into the file moves.
    assert data.find(b"mdat") < data.find(b"moov")
    path.write_bytes(_with(data, 0, len(data), {b"avc1": in_description, b"trak": in_track}))
    return path


def _with(data: bytes, start: int, end: int, added: dict[bytes, bytes]) -> bytes:
    out, at = b"", start
    while at < end:
        size, kind = struct.unpack_from(">I4s", data, at)
        skip = _HOLDERS.get(kind)
        if skip is None:
            out += data[at : at + size]
        else:
            begin = at + 8 + skip
            out += box(kind, data[at + 8 : begin] + _with(data, begin, at + size, added) + added.get(kind, b""))
        at += size
    return out
