"""Labelled mono sounds for composing scenes, decoded once into a memory-mapped cache.

The folder is laid out as `sounds.tsv` says: path, label, class, kind (point or ambience), seconds, source_id, fold.
"""

import csv
import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile as sf
from numpy.typing import NDArray

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import InvalidInputError, MediaError


@dataclass(frozen=True)
class Sound:
    """One clip: a stretch [start, start + length) of the bank's samples."""

    path: str
    label: str
    sound_class: str
    kind: str
    group: str
    trusted: bool
    start: int
    length: int


def recording_group(row: dict[str, str]) -> str:
    """Return a key that clips of one recording share, so that a split never cuts through a recording."""
    if row.get("source_id"):
        return f"{row['source']}:{row['source_id']}"
    stem = re.sub(r"[-_ ]?\d+$", "", Path(row["path"]).stem)
    return f"{row['source']}:{stem}"


def is_held_out(group: str, share: float = 0.12) -> bool:
    """Return whether a recording belongs to the project's own held-out side; fixed for ever by a hash of its key."""
    digest = int.from_bytes(hashlib.sha256(group.encode()).digest()[:4], "big")
    return digest / 2**32 < share


class SoundBank:
    """All clips of a folder as one float16 memory map (samples,), 48 kHz mono."""

    def __init__(self, sounds: tuple[Sound, ...], samples: NDArray[np.float16]) -> None:
        self.sounds = sounds
        self._samples = samples

    def wave(self, sound: Sound) -> NDArray[np.float32]:
        """Return the clip (N,) float32."""
        return self._samples[sound.start : sound.start + sound.length].astype(np.float32)

    def split(self, *, held_out: bool) -> tuple[Sound, ...]:
        """Return the clips of one side of the split."""
        return tuple(s for s in self.sounds if is_held_out(s.group) == held_out)


def load_sound_bank(data: Path, cache: Path) -> SoundBank:
    """Decode the clips listed in `data/sounds.tsv` into `cache` (once) and map them.

    Raises InvalidInputError where the table is missing and MediaError where a clip cannot be read.
    """
    table = data / "sounds.tsv"
    if not table.is_file():
        raise InvalidInputError(f"{table} is missing: point --data at a folder with a sounds.tsv.")
    index_path, wave_path = cache / "sounds.json", cache / "sounds.f16"
    if not (index_path.is_file() and wave_path.is_file()):
        _decode_all(data, table, index_path, wave_path)
    rows = json.loads(index_path.read_text())
    samples = np.memmap(wave_path, dtype=np.float16, mode="r")
    return SoundBank(tuple(Sound(**row) for row in rows), samples)


def _decode_all(data: Path, table: Path, index_path: Path, wave_path: Path) -> None:
    index_path.parent.mkdir(parents=True, exist_ok=True)
    rows, start = [], 0
    with table.open(encoding="utf-8", newline="") as lines, wave_path.open("wb") as out:
        for row in csv.DictReader(lines, delimiter="\t"):
            try:
                wave, rate = sf.read(data / row["path"], dtype="float32", always_2d=True)
            except (sf.LibsndfileError, OSError) as error:
                raise MediaError(f"{data / row['path']} cannot be read ({error}): repair or remove its row.") from error
            if rate != SAMPLE_RATE_HZ:
                raise MediaError(f"{data / row['path']} is at {rate} Hz: convert it to {SAMPLE_RATE_HZ} Hz.")
            mono = wave.mean(axis=1)
            out.write(mono.astype(np.float16).tobytes())
            rows.append(
                {
                    "path": row["path"],
                    "label": row["label"],
                    "sound_class": row["class"],
                    "kind": row["kind"],
                    "group": recording_group(row),
                    "trusted": row.get("yamnet_flag", "") != "disagree",
                    "start": start,
                    "length": len(mono),
                }
            )
            start += len(mono)
    index_path.write_text(json.dumps(rows))
