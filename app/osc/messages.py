"""Messages of Open Sound Control 1.0: read from one datagram, which is untrusted input, and written.

Only an address with numbers is read (types f, d, i, h), alone or in bundles. Everything else is nothing, and so is a
message with a number that is not finite.
"""

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

MOST_BYTES: Final = 1024
"""A longer datagram is nothing."""
_MOST_ARGUMENTS: Final = 16
_BUNDLE: Final = b"#bundle\0"
_BUNDLE_HEAD: Final = len(_BUNDLE) + 8
_NUMBERS: Final = {"f": (">f", 4), "d": (">d", 8), "i": (">i", 4), "h": (">q", 8)}


@dataclass(frozen=True)
class OscMessage:
    """An address such as `/ypr` and its finite numbers."""

    address: str
    values: tuple[float, ...]


def messages_in(received: bytes) -> list[OscMessage]:
    """Return the messages of a datagram, in order; damaged ones are left out."""
    if len(received) > MOST_BYTES:
        return []
    return [message for packet in _packets(received) if (message := _message(packet)) is not None]


def datagram(address: str, *values: float) -> bytes:
    """Return the datagram of a message with 32-bit floats."""
    types = "," + "f" * len(values)
    return _padded(address) + _padded(types) + struct.pack(f">{len(values)}f", *values)


def _padded(text: str) -> bytes:
    raw = text.encode("ascii") + b"\0"
    return raw + b"\0" * (-len(raw) % 4)


def _packets(received: bytes) -> Iterator[bytes]:
    """Return what is not a bundle: the datagram, or the elements of a bundle. Bundles in a bundle are opened too."""
    waiting = [received]
    while waiting:
        packet = waiting.pop(0)
        if not packet.startswith(_BUNDLE):
            yield packet
            continue
        at = _BUNDLE_HEAD
        while at + 4 <= len(packet):
            (size,) = struct.unpack_from(">i", packet, at)
            at += 4
            if size <= 0 or at + size > len(packet):
                break
            waiting.append(packet[at : at + size])
            at += size


def _message(packet: bytes) -> OscMessage | None:
    address, at = _text(packet, 0)
    types, at = _text(packet, at)
    if not address.startswith("/") or not types.startswith(",") or len(types) > _MOST_ARGUMENTS + 1:
        return None
    values = []
    for kind in types[1:]:
        if kind not in _NUMBERS:
            return None
        form, size = _NUMBERS[kind]
        if at + size > len(packet):
            return None
        values.append(float(struct.unpack_from(form, packet, at)[0]))
        at += size
    return OscMessage(address, tuple(values)) if all(map(math.isfinite, values)) else None


def _text(packet: bytes, at: int) -> tuple[str, int]:
    """Return a text that ends with a zero, and where the next item begins; an empty text if there is none."""
    end = packet.find(b"\0", at)
    if end < 0:
        return "", len(packet)
    text = packet[at:end]
    return (text.decode("ascii") if text.isascii() else ""), end + 4 - (end - at) % 4
