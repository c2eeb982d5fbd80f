"""Reads messages of Open Sound Control 1.0 from one datagram, which is untrusted input.

Only what head trackers send is read: an address and numbers (types f, d, i, h), alone or in bundles. Everything else
is nothing, and so is a message with a number that is not finite.
"""

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

MOST_BYTES: Final = 1024
"""A longer datagram is not from a head tracker."""
_MOST_ARGUMENTS: Final = 16
_MOST_MESSAGES: Final = 16
_BUNDLE: Final = b"#bundle\0"
_BUNDLE_HEAD: Final = len(_BUNDLE) + 8
_NUMBERS: Final = {"f": (">f", 4), "d": (">d", 8), "i": (">i", 4), "h": (">q", 8)}


@dataclass(frozen=True)
class OscMessage:
    """An address such as `/ypr` and its finite numbers."""

    address: str
    values: tuple[float, ...]


def messages_in(datagram: bytes) -> list[OscMessage]:
    """Return the messages of a datagram, in order, at most 16; damaged ones are left out."""
    if len(datagram) > MOST_BYTES:
        return []
    found: list[OscMessage] = []
    for packet in _packets(datagram):
        message = _message(packet)
        if message is not None:
            found.append(message)
            if len(found) == _MOST_MESSAGES:
                break
    return found


def _packets(datagram: bytes) -> Iterator[bytes]:
    """Return what is not a bundle: the datagram, or the elements of a bundle. Bundles in a bundle are opened too."""
    waiting = [datagram]
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
