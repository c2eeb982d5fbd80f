"""The content of a take's folder, read back after any kind of end: the journal is checked against the sound."""

import itertools
import zlib
from dataclasses import dataclass

from engine.runtime.takes.folder import TakeFolder
from engine.runtime.takes.journal import read_records
from engine.runtime.takes.reader import FRAME_BYTES
from engine.runtime.takes.runs import RunTable
from engine.runtime.takes.sidecar import Sidecar, read_sidecar
from engine.runtime.takes.timeline import TakeVersion, version_of


@dataclass(frozen=True)
class TakeContents:
    """The runs of a take, and its sidecar if there is one."""

    table: RunTable
    sidecar: Sidecar | None

    def version(self, film_end: int | None = None) -> TakeVersion:
        """Return the sound of the take; if neither caller nor sidecar know the film's end, it fades there."""
        runs = self.table.runs()
        if film_end is None and self.sidecar is not None:
            film_end = self.sidecar.film.samples
        return version_of(runs, film_end if film_end is not None else 1 + max((run.end for run in runs), default=0))


def read_contents(folder: TakeFolder, most_records: int | None = None) -> TakeContents:
    """Read a take, at most its first `most_records` records. Raises OSError if there is nothing to read.

    The confirmed part in the sidecar is believed if the sound file is long enough. Later sound is checked piece by
    piece, because a power failure may have destroyed it.
    """
    table, sidecar = RunTable(), read_sidecar(folder.sidecar)
    believed = sidecar.records if sidecar is not None else 0
    journal = folder.journal.read_bytes()
    with open(folder.sound, "rb", buffering=0) as sound:
        length = sound.seek(0, 2)
        for record in itertools.islice(read_records(journal), most_records):
            if (record.at_frame + record.samples) * FRAME_BYTES > length:
                break
            if record.samples and table.records >= believed:
                sound.seek(record.at_frame * FRAME_BYTES)
                if zlib.crc32(sound.read(record.samples * FRAME_BYTES)) != record.sound_checksum:
                    break
            table.add(record)
    return TakeContents(table, sidecar)
