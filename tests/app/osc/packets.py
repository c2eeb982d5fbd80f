"""Datagrams of OSC, as head trackers send them."""

import struct


def padded(text: str) -> bytes:
    raw = text.encode() + b"\0"
    return raw + b"\0" * (-len(raw) % 4)


def osc(address: str, *values: float, types: str | None = None) -> bytes:
    """Return a message with 32-bit floats."""
    return padded(address) + padded("," + (types or "f" * len(values))) + struct.pack(f">{len(values)}f", *values)


def bundle(*elements: bytes) -> bytes:
    return b"#bundle\0" + bytes(8) + b"".join(struct.pack(">i", len(each)) + each for each in elements)
