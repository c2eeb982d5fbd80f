"""The journal of a take: one record per written stretch of sound, append-only.

It holds the place of the sound on the film's timeline and the position of the listener. Together with the sound file
it is the whole take; both only grow, so a reader has one stable version for as long as it likes. A checksum reveals
a partly written record, and sound that was lost in a power failure.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_MAGIC: Final = b"SWT1"
_FIELDS: Final = struct.Struct("<4sIqqIIqqq")
_CHECKSUM: Final = struct.Struct("<I")
RECORD_BYTES: Final = _FIELDS.size + _CHECKSUM.size


@dataclass(frozen=True)
class Record:
    """`samples` film samples from `start` are in the sound file from `at_frame` on; 0 samples only report the listener.

    `sitting` counts the engines that worked on this take: epochs start again with each. `heard_epoch` and `heard_until`
    are the listener's position when this was written, in the same sitting.
    """

    sitting: int
    epoch: int
    start: int
    samples: int
    sound_checksum: int
    at_frame: int
    heard_epoch: int
    heard_until: int

    def encoded(self) -> bytes:
        """Return the bytes of the record."""
        body = _FIELDS.pack(
            _MAGIC,
            self.sitting,
            self.epoch,
            self.start,
            self.samples,
            self.sound_checksum,
            self.at_frame,
            self.heard_epoch,
            self.heard_until,
        )
        return body + _CHECKSUM.pack(zlib.crc32(body))


def read_records(data: bytes) -> Iterator[Record]:
    """Yield the records of a journal up to the first that is damaged or unfinished.

    Only records that continue each other count: the sound of each begins where that of the previous one ended.
    """
    frames = 0
    for place in range(0, len(data) - RECORD_BYTES + 1, RECORD_BYTES):
        body = data[place : place + _FIELDS.size]
        (checksum,) = _CHECKSUM.unpack_from(data, place + _FIELDS.size)
        magic, *fields = _FIELDS.unpack(body)
        if magic != _MAGIC or checksum != zlib.crc32(body):
            return
        record = Record(*fields)
        if record.at_frame != frames or record.start < 0:
            return
        frames += record.samples
        yield record
