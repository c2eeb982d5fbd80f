"""Labelled sounds for composing scenes, decoded once into a memory-mapped cache: mono, and the side of stereo beds.

The folder is laid out as `sounds.tsv` says: path, label, class, kind (point or ambience), seconds, source_id, fold.
"""

import csv
import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import soundfile as sf
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import InvalidInputError, MediaError
from engine.files.staging import Staging

_SAMPLE_BYTES = 2
_RUMBLE = butter(2, 25.0, "highpass", fs=SAMPLE_RATE_HZ, output="sos")
"""Below hearing, recordings contain wind, handling and offsets, in some clips most of the energy: useless."""


@dataclass(frozen=True)
class Sound:
    """One clip: a stretch [start, start + length) of the bank's samples, and its side signal at `side_start`, or -1."""

    path: str
    label: str
    sound_class: str
    kind: str
    group: str
    trusted: bool
    start: int
    length: int
    side_start: int = -1
    """The position of half the difference of a stereo clip's channels; -1 for a mono clip."""


def recording_group(row: dict[str, str]) -> str:
    """Return a key that clips of one recording share, so that a split never divides a recording."""
    if row.get("source_id"):
        return f"{row['source']}:{row['source_id']}"
    stem = re.sub(r"[-_ ]?\d+$", "", Path(row["path"]).stem)
    return f"{row['source']}:{stem}"


def is_held_out(group: str, share: float = 0.12) -> bool:
    """Return whether a recording belongs to the project's own held-out side; fixed for ever by a hash of its key."""
    digest = int.from_bytes(hashlib.sha256(group.encode()).digest()[:4], "big")
    return digest / 2**32 < share


class SoundBank:
    """All clips of a folder as one float16 memory map (samples,), 48 kHz: the mean of the channels, and the side."""

    def __init__(self, sounds: tuple[Sound, ...], samples: NDArray[np.float16]) -> None:
        self.sounds = sounds
        self._samples = samples

    def wave(self, sound: Sound) -> NDArray[np.float32]:
        """Return the clip (N,) float32, stereo as (left + right) / 2."""
        return self._samples[sound.start : sound.start + sound.length].astype(np.float32)

    def channels(self, sound: Sound) -> NDArray[np.float32]:
        """Return the clip (1, N) float32, or (2, N) of a stereo one: (left + right) / 2 and (left - right) / 2."""
        if sound.side_start < 0:
            return self.wave(sound)[None]
        side = self._samples[sound.side_start : sound.side_start + sound.length].astype(np.float32)
        return np.stack([self.wave(sound), side])

    def side(self, sound: Sound, start: int = 0, length: int | None = None) -> NDArray[np.float32] | None:
        """Return (left - right) / 2 of a stretch of a stereo clip, None of a mono one."""
        if sound.side_start < 0:
            return None
        first = sound.side_start + start
        return self._samples[first : first + (sound.length - start if length is None else length)].astype(np.float32)

    def split(self, *, held_out: bool) -> tuple[Sound, ...]:
        """Return the clips of one side of the split."""
        return tuple(s for s in self.sounds if is_held_out(s.group) == held_out)


def load_sound_bank(data: Path, cache: Path) -> SoundBank:
    """Decode the clips listed in `data/sounds.tsv` into `cache` (once) and map them.

    Raises InvalidInputError if the table is missing and MediaError if a clip cannot be read.
    """
    table = data / "sounds.tsv"
    if not table.is_file():
        raise InvalidInputError(f"{table} is missing: point --data to a folder with a sounds.tsv.")
    # The table's name in the cache, so that another folder, or a changed one, is decoded again.
    name = f"sounds-3-{hashlib.sha256(table.read_bytes()).hexdigest()[:12]}"
    index_path, wave_path = cache / f"{name}.json", cache / f"{name}.f16"
    if index_path.is_file() and wave_path.is_file():
        rows = json.loads(index_path.read_text())
    else:
        rows = _decode_all(data, table, index_path, wave_path)
    samples = np.memmap(wave_path, dtype=np.float16, mode="r")
    return SoundBank(tuple(Sound(**row) for row in rows), samples)


def _decode_all(data: Path, table: Path, index_path: Path, wave_path: Path) -> list[dict[str, Any]]:
    index_path.parent.mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, Any]] = []
    with Staging() as staging:
        with table.open(encoding="utf-8", newline="") as lines, staging.add_file(wave_path).open("wb") as out:
            for row in csv.DictReader(lines, delimiter="\t"):
                rows.append(_decode(data, row, out))
        if not rows:
            raise InvalidInputError(f"{table} lists no sounds: add a line for each.")
        staging.write_text(index_path, json.dumps(rows))
        staging.commit()
    return rows


def _decode(data: Path, row: dict[str, str], out: BinaryIO) -> dict[str, Any]:
    """Append a clip to the samples and return its row of the index."""
    path = data / row["path"]
    try:
        wave, rate = sf.read(path, dtype="float32", always_2d=True)
    except (sf.LibsndfileError, OSError) as error:
        raise MediaError(f"{path} cannot be read ({error}): repair or remove its row.") from error
    if rate != SAMPLE_RATE_HZ:
        raise MediaError(f"{path} is at {rate} Hz: convert it to {SAMPLE_RATE_HZ} Hz.")
    wave = sosfilt(_RUMBLE, wave, axis=0)
    start = out.tell() // _SAMPLE_BYTES
    out.write(wave.mean(axis=1).astype(np.float16).tobytes())
    stereo = wave.shape[1] == 2 and not np.array_equal(wave[:, 0], wave[:, 1])
    if stereo:
        out.write((0.5 * (wave[:, 0] - wave[:, 1])).astype(np.float16).tobytes())
    return {
        "path": row["path"],
        "label": row["label"],
        "sound_class": row["class"],
        "kind": row["kind"],
        "group": recording_group(row),
        "trusted": row.get("yamnet_flag", "") != "disagree",
        "start": start,
        "length": len(wave),
        "side_start": start + len(wave) if stereo else -1,
    }
