"""Labelled sounds for composing scenes, decoded once into a memory-mapped cache: mono, and the side of stereo beds.

The folder is laid out as `sounds.tsv` says: path, label, class, kind (point or ambience), seconds, source_id, fold. If
it has a second pack (`sounds2.tsv`), that joins in, as the rules in `tables` read it.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
from numpy.typing import NDArray
from scipy.fft import next_fast_len
from scipy.signal import butter, sosfilt

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.files.staging import Staging
from engine.scenes.tables.clips import read_clip
from engine.scenes.tables.rows import contents_hash, sound_rows

_SAMPLE_BYTES = 2
_WHOLE = slice(None)
_RUMBLE = butter(4, 15.0, "highpass", fs=SAMPLE_RATE_HZ, output="sos")
"""Below hearing, recordings contain wind, handling and offsets, in some clips most of the energy: useless.

At 20 Hz it takes 0.4 dB: what is heard keeps its lows.
"""
_WITH_LOWS = ("rain", "sea waves", "thunder", "wind")
_LOWS_HZ, _FEWEST_LOWS_DB = 100.0, -35.0
"""Real rain, seas, thunder and wind have -2 to -20 dB of their energy below 100 Hz. Clips with less than -35 dB were
high-passed before they were published; a model that learns from them has no lows.
"""
_SMALL_THINGS_HZ: Final = {"clock ticking": 120.0}
"""Things too small for lows, and where their sound begins. Below there are only the room and the microphone's handling.
In a third of the clips of clocks they hide the ticks.
"""
_MOST_RUMBLE_DB: Final = -9.0
_NOT_JUDGED: Final = ("wind",)
"""Classes that the tagger does not know: of ten real clips of wind it names two. It cannot doubt the others."""


@dataclass(frozen=True)
class Sound:
    """One clip: a stretch [start, start + length) of the bank's samples, and its side signal at `side_start`, or -1."""

    path: str
    label: str
    sound_class: str
    kind: str
    group: str
    trusted: bool
    """The tagger does not disagree with a label that it knows, and the clip has the lows of such a sound: no fewer, no
    more.
    """
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
        self._families: dict[tuple[str, str], list[Sound]] = {}
        for sound in sounds:
            self._families.setdefault((sound.group, sound.sound_class), []).append(sound)

    def wave(self, sound: Sound, stretch: slice = _WHOLE) -> NDArray[np.float32]:
        """Return a stretch (N,) float32 of a clip, stereo as (left + right) / 2."""
        return self._samples[sound.start : sound.start + sound.length][stretch].astype(np.float32)

    def channels(self, sound: Sound, stretch: slice = _WHOLE) -> NDArray[np.float32]:
        """Return a stretch (1, N) float32 of a clip, or (2, N) of a stereo one: half the sum, half the difference."""
        if sound.side_start < 0:
            return self.wave(sound, stretch)[None]
        side = self._samples[sound.side_start : sound.side_start + sound.length][stretch].astype(np.float32)
        return np.stack([self.wave(sound, stretch), side])

    def side(self, sound: Sound, start: int = 0, length: int | None = None) -> NDArray[np.float32] | None:
        """Return (left - right) / 2 of a stretch of a stereo clip, None of a mono one."""
        if sound.side_start < 0:
            return None
        first = sound.side_start + start
        return self._samples[first : first + (sound.length - start if length is None else length)].astype(np.float32)

    def takes(self, sound: Sound, most: int) -> tuple[NDArray[np.float32], ...]:
        """Return up to `most` other clips (n,) of the same event, those after it first."""
        family = self._families[sound.group, sound.sound_class]
        at = family.index(sound)
        return tuple(self.wave(other) for other in (*family[at + 1 :], *family[:at])[:most])

    def split(self, *, held_out: bool) -> tuple[Sound, ...]:
        """Return the clips of one side of the split."""
        return tuple(s for s in self.sounds if is_held_out(s.group) == held_out)


def load_sound_bank(data: Path, cache: Path) -> SoundBank:
    """Decode the clips listed in the tables of `data` into `cache` (once) and map them.

    Raises InvalidInputError if a table is missing and MediaError if a clip cannot be read.
    """
    listed = sound_rows(data)
    # The tables' name in the cache, so that another folder, or a changed one, is decoded again.
    name = f"sounds-7-{contents_hash(data)[:12]}"
    index_path, wave_path = cache / f"{name}.json", cache / f"{name}.f16"
    if index_path.is_file() and wave_path.is_file():
        rows = json.loads(index_path.read_text())
    else:
        rows = _decode_all(data, listed, index_path, wave_path)
    samples = np.memmap(wave_path, dtype=np.float16, mode="r")
    return SoundBank(tuple(Sound(**row) for row in rows), samples)


def _decode_all(data: Path, listed: list[dict[str, str]], index_path: Path, wave_path: Path) -> list[dict[str, Any]]:
    index_path.parent.mkdir(parents=True, exist_ok=True)
    with Staging() as staging:
        with staging.add_file(wave_path).open("wb") as out:
            rows = [_decode(data, row, out) for row in listed]
        staging.write_text(index_path, json.dumps(rows))
        staging.commit()
    return rows


def _decode(data: Path, row: dict[str, str], out: BinaryIO) -> dict[str, Any]:
    """Append a clip to the samples and return its row of the index."""
    wave = read_clip(data / row["path"])
    wave = sosfilt(_RUMBLE, wave, axis=0)
    doubted = row.get("yamnet_flag", "") == "disagree" and row["class"] not in _NOT_JUDGED
    trusted = not doubted and _lows_fit(row["class"], wave.mean(axis=1))
    if (lowest_hz := _SMALL_THINGS_HZ.get(row["class"])) is not None:
        wave = sosfilt(butter(4, lowest_hz, "highpass", fs=SAMPLE_RATE_HZ, output="sos"), wave, axis=0)
    start = out.tell() // _SAMPLE_BYTES
    mid = wave.mean(axis=1)
    out.write(mid.astype(np.float16).tobytes())
    stereo = wave.shape[1] == 2 and not np.array_equal(wave[:, 0], wave[:, 1])
    if stereo:
        out.write((0.5 * (wave[:, 0] - wave[:, 1])).astype(np.float16).tobytes())
    return {
        "path": row["path"],
        "label": row["label"],
        "sound_class": row["class"],
        "kind": row["kind"],
        "group": recording_group(row),
        "trusted": trusted,
        "start": start,
        "length": len(wave),
        "side_start": start + len(wave) if stereo else -1,
    }


def _lows_fit(sound_class: str, mid: NDArray[np.floating]) -> bool:
    """Return whether a clip (N,) has the lows that sounds of its class have, and no others."""
    if sound_class in _WITH_LOWS:
        return lows_db(mid) >= _FEWEST_LOWS_DB
    return sound_class not in _SMALL_THINGS_HZ or lows_db(mid) <= _MOST_RUMBLE_DB


def lows_db(wave: NDArray[np.floating]) -> float:
    """Return the energy of a wave (N,) below 100 Hz relative to all of it, in dB; 0 for silence."""
    power = np.abs(np.fft.rfft(wave, next_fast_len(len(wave), real=True))) ** 2
    below = int(len(power) * _LOWS_HZ / (SAMPLE_RATE_HZ / 2))
    whole = float(power.sum())
    return float(10 * np.log10(power[:below].sum() / whole + 1e-12)) if whole > 0 else 0.0
