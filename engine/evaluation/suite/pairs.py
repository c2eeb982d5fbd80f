"""Which take belongs to which reference: files of the same stem in two folders."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import InvalidInputError, MediaError
from engine.evaluation.suite.film import FILM_SUFFIXES, check_film
from engine.export.reading.ambix_reader import AmbixReader, read_ambix
from engine.export.reading.source import Convention

_LARGEST_REPORT_BYTES = 16 << 20
_LONGEST_TIME_S = 1e9
_EMPTY = "{} is empty: there is nothing to measure."


@dataclass(frozen=True)
class Pair:
    """A take, and its reference: a recording, a trajectory, or both.

    `report` is that of `generate` beside it; the `film` is beside the reference. `convention` is that of the
    recording's channels; None: as the file specifies.
    """

    stem: str
    take: Path
    recording: Path | None
    trajectory: Path | None
    report: Path | None
    film: Path | None = None
    convention: Convention | None = None


def existing_folder(folder: Path, what: str) -> Path:
    """Return the folder; raises InvalidInputError if it does not exist. `what` names it: "folder of takes"."""
    if not folder.is_dir():
        raise InvalidInputError(f"There is no {what} {folder}: check the name.")
    return folder


def find_pairs(
    generated: Path, reference: Path, convention: Convention | None = None
) -> tuple[tuple[Pair, ...], tuple[str, ...]]:
    """Return the pairs in the order of their stems, and sentences about files without a partner and oddities.

    `convention` is that of the references. Raises InvalidInputError if a folder is missing, both are the same, or
    nothing pairs, and MediaError if a sound file is not first order or a film cannot be read: before any heavy
    work.
    """
    existing_folder(generated, "folder of takes")
    existing_folder(reference, "folder of references")
    if generated.resolve() == reference.resolve():
        raise InvalidInputError(f"The takes and the references are the same folder {generated}: specify two.")
    takes, reports = _by_stem(generated, ".wav"), _by_stem(generated, ".json")
    recordings, trajectories = _by_stem(reference, ".wav"), _by_stem(reference, ".json")
    films = {stem: film for suffix in FILM_SUFFIXES for stem, film in _by_stem(reference, suffix).items()}
    references = recordings.keys() | trajectories.keys()
    pairs = tuple(
        Pair(stem, take, recordings.get(stem), trajectories.get(stem), reports.get(stem), films.get(stem), convention)
        for stem, take in takes.items()
        if stem in references
    )
    if not pairs:
        raise InvalidInputError(
            f"No WAV in {generated} has a WAV or JSON of the same name in {reference}: there is nothing to compare."
        )
    odd: list[str] = []
    for pair in pairs:
        odd += _checked_sound(pair.take)
        if pair.recording is not None:
            odd += _checked_sound(pair.recording, convention)
        if pair.film is not None:
            check_film(pair.film)
    alone = sorted(takes.keys() - references), sorted(references - takes.keys())
    notes = [
        f"{len(stems)} {what} left out, without a partner: {', '.join(stems[:5])}{' ...' if len(stems) > 5 else ''}."
        for stems, what in zip(alone, ("takes", "references"), strict=True)
        if stems
    ]
    return pairs, (*notes, *odd)


def read_sound(path: Path, convention: Convention | None = None) -> NDArray[np.float32]:
    """Return AmbiX (4, N) at 48 kHz; raises MediaError if it is something else, damaged or empty."""
    foa, _ = read_ambix(path, convention, rate_hz=SAMPLE_RATE_HZ)
    if foa.shape[1] == 0:
        raise MediaError(_EMPTY.format(path))
    return foa


def read_report(path: Path | None) -> dict[str, float | str]:
    """Return `first_audio_s`, `rtf` and `prompt` of a report of `generate`, as far as they exist and are valid."""
    try:
        if path is None or not path.is_file() or path.stat().st_size > _LARGEST_REPORT_BYTES:
            return {}
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(content, dict):
        return {}
    times = {
        key: float(content[key])
        for key in ("first_audio_s", "rtf")
        if isinstance(content.get(key), int | float) and 0.0 <= content[key] <= _LONGEST_TIME_S
    }
    prompt = content.get("prompt")
    return {**times, **({"prompt": prompt} if isinstance(prompt, str) else {})}


def _by_stem(folder: Path, suffix: str) -> dict[str, Path]:
    files = sorted(f for f in folder.iterdir() if f.suffix.lower() == suffix and f.is_file() and f.name[0] != ".")
    return {file.stem: file for file in files}


def _checked_sound(path: Path, convention: Convention | None = None) -> tuple[str, ...]:
    with AmbixReader(path, convention, rate_hz=SAMPLE_RATE_HZ) as reader:
        if reader.duration_s <= 0.0:
            raise MediaError(_EMPTY.format(path))
        return reader.notices
