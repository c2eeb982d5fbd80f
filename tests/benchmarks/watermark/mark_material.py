"""Sound fields to mark: sounds of a folder placed at random directions, and recorded fields and takes as they are."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from engine.ambisonics.encoding import encode_point
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.export.reading.ambix_reader import AmbixReader
from engine.export.reading.source import Convention

Field = NDArray[np.float32]
_SUFFIXES: Final = (".opus", ".ogg", ".wav", ".flac")
_LEAST_S: Final = 6.0
_MOST_S: Final = 10.0
_MOST_TRIES: Final = 1_000
_RMS: Final = 0.05
_PEAK: Final = 0.7
_EVERY_FIELD: Final = 8
"""One item of so many is a field that was recorded or generated as one."""


@dataclass(frozen=True)
class Material:
    """Files of sounds, and fields in full."""

    sounds: tuple[Path, ...]
    fields: tuple[Field, ...]

    def item(self, number: int, seed: int) -> Field:
        """Return AmbiX (4, n) at 48 kHz of 6 to 10 s: up to four sounds at random directions, or a cut of a field."""
        rng = np.random.default_rng([seed, number])
        samples = int(rng.uniform(_LEAST_S, _MOST_S) * SAMPLE_RATE_HZ)
        if self.fields and number % _EVERY_FIELD == 0:
            return _cut(self.fields[number // _EVERY_FIELD % len(self.fields)], samples, rng)
        mix = np.zeros((4, samples), np.float32)
        for layer in range(1 + number % 4):
            quieter_db = rng.uniform(0.0, 12.0) if layer else 0.0
            mix += encode_point(self._sound(samples, rng) * 10.0 ** (-quieter_db / 20.0), _anywhere(rng))
        peak = float(np.abs(mix).max(initial=0.0))
        return mix * np.float32(min(1.0, _PEAK / max(peak, 1e-9)))

    def _sound(self, samples: int, rng: np.random.Generator) -> NDArray[np.float64]:
        for _ in range(_MOST_TRIES):
            try:
                sound, rate_hz = soundfile.read(self.sounds[rng.integers(len(self.sounds))], always_2d=True)
            except soundfile.LibsndfileError:
                continue
            mono = soxr.resample(sound.mean(axis=1), rate_hz, SAMPLE_RATE_HZ)
            if mono.size < _LEAST_S * SAMPLE_RATE_HZ or not mono.any():
                continue
            mono = _cut(mono[None], samples, rng)[0]
            level = max(float(np.sqrt(np.mean(mono**2))), 1e-4)
            return np.asarray(mono * (_RMS / level), np.float64)
        raise SystemExit("Too few of the sounds last 6 s.")


def gather(data: Path, fields: list[tuple[Path, Convention]]) -> Material:
    """Return the material: all sounds below a folder, and fields with their conventions."""
    sounds = sorted(file for file in data.rglob("*") if file.suffix in _SUFFIXES)
    if not sounds:
        raise SystemExit(f"{data} has no sounds.")
    return Material(tuple(sounds), tuple(_field(path, convention) for path, convention in fields))


def _field(path: Path, convention: Convention) -> Field:
    with AmbixReader(path, convention, rate_hz=SAMPLE_RATE_HZ) as reader:
        return np.concatenate(list(reader.blocks()), axis=1)


def _cut(sound: NDArray[np.floating], samples: int, rng: np.random.Generator) -> NDArray[np.floating]:
    if sound.shape[1] < samples:
        return np.pad(sound, ((0, 0), (0, samples - sound.shape[1])))
    begin = int(rng.integers(sound.shape[1] - samples + 1))
    return sound[:, begin : begin + samples]


def _anywhere(rng: np.random.Generator) -> NDArray[np.float64]:
    vector = rng.normal(size=3)
    return np.asarray(vector / np.linalg.norm(vector), np.float64)
