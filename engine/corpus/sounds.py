"""Turns mono and stereo sounds of a corpus into a data folder for the bank: sounds.tsv and clips at 48 kHz."""

import csv
import io
import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import soundfile

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import ExportError
from engine.corpus.audio import blocks
from engine.corpus.checking import CheckedRow
from engine.export.reading.resample import resampled
from engine.export.reading.source import Block
from engine.files.staging import whole_file, write_texts
from engine.scenes.sound_bank import is_held_out, recording_group

TABLE_NAME: Final = "sounds.tsv"
LONGEST_CLIP_S: Final = 60.0
"""Longer sounds are cut into clips of this length: the bank decodes a clip whole."""

_COLUMNS: Final = ("path", "label", "class", "kind", "seconds", "sample_rate_of_source", "source", "source_id")
_SOURCE: Final = "own corpus"
_BANK_READS: Final = frozenset((".wav", ".flac", ".ogg", ".opus", ".aif", ".aiff"))
_SHORTEST_REST_S: Final = 1.0
_HIGHEST_PEAK: Final = 0.95


def held_out_side(checked: CheckedRow) -> bool:
    """Return whether a row belongs to the held-out side: by its stated split, or else by a hash of the file."""
    return checked.row.split == "held-out" if checked.row.split else is_held_out(group_of(checked))


def group_of(checked: CheckedRow) -> str:
    """Return the key by which the bank splits: all clips of a file share it, and a stated split decides it."""
    return recording_group({"source": _SOURCE, "source_id": _source_id(checked), "path": checked.row.name})


def import_sounds(rows: Sequence[CheckedRow], folder: Path, progress: Callable[[float], None]) -> int:
    """Write clips and `sounds.tsv` into a folder and return the number of clips; existing clips are kept.

    `progress` gets the finished seconds. Raises ExportError if the folder cannot be written and MediaError
    if a sound cannot be read.
    """
    table: list[dict[str, str]] = []
    done_s = 0.0
    try:
        (folder / "sounds").mkdir(parents=True, exist_ok=True)
        for checked in rows:
            for path, seconds in _clips(checked, folder):
                table.append(_table_row(checked, path.relative_to(folder), seconds))
            done_s += checked.seconds
            progress(done_s)
    except OSError as error:
        raise ExportError(f"{folder} cannot be written: {error.strerror}. Free some space and continue.") from error
    text = io.StringIO()
    lines = csv.DictWriter(text, _COLUMNS, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
    lines.writeheader()
    lines.writerows(table)
    _write_table(folder, text.getvalue())
    return len(table)


def _write_table(folder: Path, text: str) -> None:
    """Write the table; if it changes, the bank's cache of the old one is removed."""
    table = folder / TABLE_NAME
    if table.is_file() and table.read_text("utf-8") == text:
        return
    write_texts({table: text})
    for stale in (folder / "cache").glob("sounds*"):
        stale.unlink(missing_ok=True)


def _table_row(checked: CheckedRow, path: Path, seconds: float) -> dict[str, str]:
    row = checked.row
    label = row.labels[0] if row.labels else row.sound_class
    return {
        "path": path.as_posix(),
        "label": label,
        "class": row.sound_class or label,
        "kind": row.kind or "point",
        "seconds": f"{seconds:.2f}",
        "sample_rate_of_source": str(checked.audio.rate_hz),
        "source": _SOURCE,
        "source_id": _source_id(checked),
    }


def _source_id(checked: CheckedRow) -> str:
    """Return the file's hash, with a number appended if the stated split differs from that of the hash."""
    if checked.row.split is None:
        return checked.digest[:32]
    wanted = checked.row.split == "held-out"
    number = 0
    while is_held_out(f"{_SOURCE}:{checked.digest[:32]}-{number}") != wanted:
        number += 1
    return f"{checked.digest[:32]}-{number}"


def _clips(checked: CheckedRow, folder: Path) -> Iterator[tuple[Path, float]]:
    """Yield the clips of a sound with their seconds: the file itself if the bank can read it, else FLAC."""
    stem = f"{checked.digest[:16]}-{re.sub(r'[^A-Za-z0-9]+', '-', checked.row.path.stem)[:40].strip('-')}"
    suffix = checked.row.path.suffix.lower()
    as_it_is = checked.audio.rate_hz == SAMPLE_RATE_HZ and checked.audio.is_plain and suffix in _BANK_READS
    if as_it_is and checked.seconds <= LONGEST_CLIP_S:
        target = folder / "sounds" / f"{stem}{suffix}"
        if not target.is_file():
            _copied(checked.row.path.resolve(), target)
        yield target, checked.seconds
        return
    sound = resampled(blocks(checked.audio), checked.audio.channels, checked.audio.rate_hz, SAMPLE_RATE_HZ)
    gain = min(1.0, _HIGHEST_PEAK / max(checked.peak, 1e-9))
    for number, clip in enumerate(_pieces(sound)):
        target = folder / "sounds" / f"{stem}-{number:04d}.flac"
        if not target.is_file():
            with whole_file(target) as staged:
                soundfile.write(staged, np.clip(gain * clip.T, -1.0, 1.0), SAMPLE_RATE_HZ, "PCM_24", format="FLAC")
        yield target, clip.shape[1] / SAMPLE_RATE_HZ


def _pieces(sound: Iterator[Block]) -> Iterator[Block]:
    """Yield pieces of a minute; a rest of less than a second is left out unless it is the only piece."""
    length = round(LONGEST_CLIP_S * SAMPLE_RATE_HZ)
    held: list[Block] = []
    count = yielded = 0
    for block in sound:
        held.append(block)
        count += block.shape[1]
        if count >= length:
            joined = np.concatenate(held, axis=1)
            yield joined[:, :length]
            yielded += 1
            held, count = [joined[:, length:]], count - length
    if count >= _SHORTEST_REST_S * SAMPLE_RATE_HZ or not yielded:
        yield np.concatenate(held, axis=1)


def _copied(file: Path, target: Path) -> None:
    """Link a file to its clip if the disk can, else copy it."""
    with whole_file(target) as staged:
        try:
            os.link(file, staged)
        except OSError:
            shutil.copyfile(file, staged)
