"""The names of the known sounds beside a checkpoint's weights, and what was measured of them: without torch."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
from safetensors import SafetensorError, safe_open

from engine.contract.errors import CheckpointError
from engine.contract.known_sounds import KnownSound
from engine.model.weights.hashing import file_sha256, hash_file

TABLE_NAME: Final = "known-sounds.json"
SHIPPED: Final = Path(__file__).resolve().parents[3] / "resources" / "checkpoints" / "xs"
"""The weights that come with the program."""
_FORMAT: Final = "swansphere-1"
_LARGEST_TABLE: Final = 1 << 20
_MOST_NAMES: Final = 20_000


def checkpoint_folder(folder: Path | None) -> Path:
    """Return a checkpoint folder; None is the shipped one."""
    return SHIPPED if folder is None else folder


def known_sounds(folder: Path | None = None) -> tuple[KnownSound, ...]:
    """Return the names that a checkpoint knows (None: the shipped one), by class and name; none if it has no list.

    What was measured of another generator does not count. Raises CheckpointError if the list is damaged.
    """
    folder = checkpoint_folder(folder)
    path = folder / "sounds.safetensors"
    if not path.is_file():
        return ()
    try:
        with safe_open(path, framework="np") as file:
            names = json.loads((file.metadata() or {})[_FORMAT])["spec"]["names"]
            prior = np.asarray(file.get_tensor("prior"), np.float64)
        if not isinstance(names, list) or len(names) > _MOST_NAMES or prior.shape != (len(names),):
            raise ValueError("not a list of names")
        recordings = [round(float(np.exp(2.0 * np.clip(value, -20.0, 20.0)))) for value in prior]
    except (SafetensorError, OSError, LookupError, TypeError, ValueError, RecursionError) as error:
        raise CheckpointError(f"{path} is damaged: copy it again, or make it with 'train vocabulary'.") from error
    table = _table(folder)
    sounds = [_known(str(name), count, table) for name, count in zip(names, recordings, strict=True)]
    return tuple(sorted(sounds, key=lambda sound: (sound.sound_class or sound.name, sound.name)))


def checkpoint_identity(folder: Path | None = None) -> str:
    """Return a hash of all weights in a checkpoint folder, without loading them. Raises CheckpointError."""
    digest = hashlib.sha256()
    try:
        for path in sorted(checkpoint_folder(folder).glob("*.safetensors")):
            hash_file(path, digest)
    except OSError as error:
        raise CheckpointError(f"{error.filename} cannot be read: copy the weights again.") from error
    return digest.hexdigest()


def made_by(folder: Path) -> dict[str, str]:
    """Return the hashes of the files that decide what a checkpoint sounds like, by name.

    Raises CheckpointError without a generator, or if a file cannot be read.
    """
    parts = ("generator", "refiner") if (folder / "refiner.safetensors").is_file() else ("generator",)
    return {f"{part}_sha256": file_sha256(folder / f"{part}.safetensors") for part in parts}


_Row = tuple[str, tuple[int, int] | None, tuple[int, int] | None]


def _known(name: str, recordings: int, table: Mapping[str, _Row]) -> KnownSound:
    sound_class, takes, clips = table.get(name, ("", None, None))
    return KnownSound(name, sound_class, recordings, takes, clips)


def _table(folder: Path) -> dict[str, _Row]:
    """Return class, takes and clips by name; a table that cannot be read is none, because it only adds to names."""
    path = folder / TABLE_NAME
    try:
        if path.stat().st_size > _LARGEST_TABLE:
            return {}
        told = json.loads(path.read_text("utf-8"))
        is_of_it = {name: value for name, value in told.items() if name.endswith("_sha256")} == made_by(folder)
        return {
            str(name): (str(sound_class), _pair(row["takes"]) if is_of_it else None, _pair(row["clips"]))
            for sound_class, row in told["classes"].items()
            for name in row["names"]
        }
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError, CheckpointError):
        return {}


def _pair(value: object) -> tuple[int, int] | None:
    """Return how many of how many; None for none. Raises ValueError."""
    if value is None:
        return None
    if not isinstance(value, list) or len(value) != 2 or not all(type(number) is int for number in value):
        raise ValueError("not how many of how many")
    right, count = value
    if not 0 <= right <= count:
        raise ValueError("more than all")
    return right, count
