"""Small first-order recordings of one noise at azimuth 60, elevation 20, as bytes that are made by hand."""

import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.ambisonics.encoding import encode_point
from engine.contract.directions import Direction
from engine.export.reading.ambix_reader import AmbixReader

RATE_HZ = 48_000
PCM_GUID = bytes.fromhex("0100000000001000800000aa00389b71")
BIG_GUID = b"\0\0\0\1" + PCM_GUID[4:]
FLOAT_GUID = bytes.fromhex("0300000000001000800000aa00389b71")
AMB_GUID = bytes.fromhex("010000002107d3118644c8c1ca000000")


def field(seconds: float = 1.0, rate_hz: int = RATE_HZ, seed: int = 0) -> NDArray[np.float32]:
    mono = 0.15 * np.random.default_rng(seed).standard_normal(int(seconds * rate_hz))
    return encode_point(mono, Direction(60, 20)).astype(np.float32)


def chunk(name: bytes, content: bytes, order: str = "<") -> bytes:
    return name + struct.pack(order + "I", len(content)) + content + b"\0" * (len(content) % 2)


def fmt(
    channels: int = 4,
    rate_hz: int = RATE_HZ,
    bits: int = 16,
    *,
    mask: int = 0,
    guid: bytes = PCM_GUID,
    order: str = "<",
) -> bytes:
    frame = channels * bits // 8
    basic = struct.pack(order + "HHIIHH", 0xFFFE, channels, rate_hz, rate_hz * frame % 2**32, frame % 2**16, bits)
    return chunk(b"fmt ", basic + struct.pack(order + "HHI", 22, bits, 0) + guid, order)


def pcm16(foa: NDArray[np.float32], order: str = "<") -> bytes:
    return np.clip(np.round(foa.T * 32_767), -32_768, 32_767).astype(order + "i2").tobytes()


def riff(path: Path, *chunks: bytes, size: int | None = None, name: bytes = b"RIFF") -> Path:
    body = b"WAVE" + b"".join(chunks)
    order = ">" if name == b"RIFX" else "<"
    path.write_bytes(name + struct.pack(order + "I", len(body) if size is None else size) + body)
    return path


def heard(path: Path, convention: str | None = None, rate_hz: int | None = None) -> tuple[int, float, float, str]:
    """Return how many samples a reader gives, their direction in degrees, and what it remarks."""
    with AmbixReader(path, convention, rate_hz=rate_hz) as reader:
        foa = np.concatenate([*reader.blocks(), np.zeros((4, 0), np.float32)], axis=1)
        notices = " ".join(reader.notices)
    x, y, z = foa[[3, 1, 2]] @ foa[0] if foa.size else np.zeros(3)
    return (
        foa.shape[1],
        float(np.degrees(np.arctan2(y, x))),
        float(np.degrees(np.arctan2(z, np.hypot(x, y)))),
        notices,
    )
