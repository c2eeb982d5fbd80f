"""The distance of a take from the nearest training clip, which reveals a model that memorises.

Cosine distance (0 the same, 1 nothing in common) between a take's mean YAMNet embedding and that of every training
clip; the smallest counts. Baselines: the mean distance to all of them (chance), a training clip itself
(retrieve-and-pan, near 0), and the reference recordings.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from engine.contract.conventions import FOA_CHANNELS, SAMPLE_RATE_HZ, AcnChannel
from engine.contract.errors import InvalidInputError, MediaError
from engine.evaluation.suite.content import Tagger, Taggers, content_of

SOUND_SUFFIXES: Final = (".wav", ".flac", ".ogg", ".opus", ".mp3")


@dataclass(frozen=True, eq=False)
class TrainingSet:
    """Mean embeddings (T, d), each of length one, and the clips' names."""

    embeddings: NDArray[np.float64]
    names: tuple[str, ...]

    def nearest(self, embedding: NDArray[np.float64]) -> tuple[float, str, float]:
        """Return the distance to the nearest clip and its name, and the mean distance to all, of an embedding (d,)."""
        distances = 1.0 - self.embeddings @ (embedding / max(float(np.linalg.norm(embedding)), 1e-12))
        place = int(np.argmin(distances))
        return float(max(distances[place], 0.0)), self.names[place], float(distances.mean())


def load_training(
    folder: Path,
    tagger: Tagger,
    progress: Callable[[float], None] = lambda done: None,
    known: Callable[[Path], bool] = lambda path: True,
) -> TrainingSet:
    """Embed every sound file below a folder that is `known` by its absolute path; silent ones are left out.

    Raises InvalidInputError if there is none and MediaError if one cannot be read.
    """
    files = sorted(
        f for f in folder.rglob("*") if f.suffix.lower() in SOUND_SUFFIXES and f.is_file() and known(f.resolve())
    )
    rows, names = [], []
    for index, file in enumerate(files):
        mean = content_of(Taggers(tagger), read_mono(file)).mean
        if mean is not None and np.any(mean):
            rows.append(mean / np.linalg.norm(mean))
            names.append(file.relative_to(folder).as_posix())
        progress((index + 1) / len(files))
    if not rows:
        raise InvalidInputError(f"There is no training sound in {folder}: use a folder with sound files.")
    return TrainingSet(np.array(rows), tuple(names))


def read_mono(file: Path) -> NDArray[np.float64]:
    """Return a sound file as one channel (N,) at 48 kHz: W of four channels, the mean of others. Raises MediaError."""
    import soundfile

    try:
        wave, rate_hz = soundfile.read(file, dtype="float32", always_2d=True)
    except (soundfile.SoundFileError, OSError) as error:
        raise MediaError(f"{file} cannot be read as a sound file: repair or remove it.") from error
    if wave.size == 0 or not np.all(np.isfinite(wave)):
        raise MediaError(f"{file} is empty or damaged: repair or remove it.")
    mono = wave[:, AcnChannel.W] if wave.shape[1] == FOA_CHANNELS else wave.mean(axis=1)
    common = int(np.gcd(rate_hz, SAMPLE_RATE_HZ))
    return np.asarray(resample_poly(mono.astype(np.float64), SAMPLE_RATE_HZ // common, rate_hz // common))
