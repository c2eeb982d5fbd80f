"""Labelled training sounds (a folder with sounds.tsv), and the one whose label is nearest to a caption."""

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.contract.errors import InvalidInputError

Embed = Callable[[Sequence[str]], NDArray[np.floating]]
"""Texts to sentence embeddings (T, d) of length one."""

_ENCODED_AT_ONCE = 64


@dataclass(frozen=True)
class LabelledSound:
    """One row of the table."""

    path: Path
    label: str


def read_sounds(folder: Path, known: Callable[[Path], bool] = lambda path: True) -> tuple[LabelledSound, ...]:
    """Return the sounds of `folder/sounds.tsv` (columns path, label; rows whose yamnet_flag is "disagree" left out).

    `known` gets each absolute path and returns whether the sound may be used. Raises InvalidInputError if the table
    is missing, cannot be read, or lists no existing sound.
    """
    table = folder / "sounds.tsv"
    try:
        with table.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines, delimiter="\t"))
    except OSError as error:
        raise InvalidInputError(f"{table} cannot be read ({error.strerror}): use a folder with sounds.tsv.") from None
    except (ValueError, csv.Error):
        raise InvalidInputError(f"{table} is not a table of sounds: it needs the columns path and label.") from None
    sounds = tuple(
        LabelledSound(folder / row["path"], row["label"])
        for row in rows
        if row.get("path")
        and row.get("label")
        and row.get("yamnet_flag") != "disagree"
        and _inside(folder, row["path"])
        and known((folder / row["path"]).resolve())
    )
    if not sounds:
        raise InvalidInputError(f"{table} lists no existing labelled sound: it needs the columns path and label.")
    return sounds


def _inside(folder: Path, name: str) -> bool:
    file = (folder / name).resolve()
    return file.is_relative_to(folder.resolve()) and file.is_file()


class Retriever:
    """Finds the sound whose label is nearest to a caption (cosine of sentence embeddings)."""

    def __init__(self, sounds: Sequence[LabelledSound], embed: Embed) -> None:
        self._embed = embed
        self._by_label: dict[str, list[LabelledSound]] = {}
        for sound in sounds:
            self._by_label.setdefault(sound.label, []).append(sound)
        self._labels = tuple(self._by_label)
        pieces = [self._labels[i : i + _ENCODED_AT_ONCE] for i in range(0, len(self._labels), _ENCODED_AT_ONCE)]
        self._embeddings = np.concatenate([np.asarray(embed(piece)) for piece in pieces])

    def nearest(self, caption: str, rng: np.random.Generator) -> LabelledSound:
        """Return a sound of the nearest label; if several clips share it, a random one."""
        alike = self._embeddings @ np.asarray(self._embed([caption]))[0]
        candidates = self._by_label[self._labels[int(np.argmax(alike))]]
        return candidates[int(rng.integers(len(candidates)))]


def sentence_embeddings() -> Embed:
    """Return the generator's own text encoder as a function; raises CheckpointError if its weights are missing."""
    from engine.model.conditioning.text import TextEncoder

    encoder = TextEncoder()
    return lambda texts: encoder.encode(list(texts)).numpy()
