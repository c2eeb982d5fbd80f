"""The journal of a take: one record for every stretch of sound that was written, only ever appended to.

It says where on the film's timeline the sound belongs and how far the listener was. Together with the sound file it is
the whole take; both only grow, so that whoever reads has one version of it for as long as it likes. A record that
was not written whole is told by its checksum, and so is sound that a power failure took.
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
    """`samples` film samples from `start` lie in the sound file from `at_frame` on; 0 samples only say what was heard.

    `sitting` counts the engines that worked on this take: epochs begin anew with each. `heard_epoch` and `heard_until`
    are where the listener was when this was written, in the same sitting.
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
        """Return the record as it lies on disk."""
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

    Only records that continue each other are taken: the sound of each begins where that of the one before ended.
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
