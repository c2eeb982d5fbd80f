"""Turns a checked corpus into training data: a folder of sounds, pseudo-FOA scenes, recorded scenes, films.

Everything goes below `RUNS/imported`: `sounds.tsv` (for --data), `scenes` and `scenes-held-out` (recordings and films)
and `pseudo/scenes`, `pseudo/scenes-held-out` (paper, training stage 1), so that a stage is run on them with
`--runs RUNS/imported` or `--runs RUNS/imported/pseudo`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import CONDITIONING_FPS
from engine.corpus.checking import CheckedRow
from engine.corpus.judging import STRETCH_S
from engine.corpus.labelling import is_silent, labelled
from engine.corpus.pseudo_foa import pseudo_scene
from engine.corpus.shards import Origin, ShardWriter, imported_before
from engine.corpus.sounds import held_out_side, import_sounds
from engine.corpus.stretches import ambix_stretches, starts_s, stereo_stretches
from engine.video.conditioning import ConditioningReader

FOLDER_NAME: Final = "imported"

Progress = Callable[[float], None]


@dataclass(frozen=True)
class ImportCounts:
    """How many clips and new scenes an import made; existing scenes are not counted."""

    clips: int = 0
    pseudo: int = 0
    recorded: int = 0
    filmed: int = 0
    silent: int = 0


def import_corpus(rows: Sequence[CheckedRow], runs: Path, progress: Progress = lambda done: None) -> ImportCounts:
    """Import rows that were checked; existing shards and clips are kept, so that an import can be stopped and resumed.

    `progress` gets the finished share, 0 to 1, and may raise: whole shards stay. Raises ExportError and MediaError.
    """
    folder = runs / FOLDER_NAME
    sounds = [row for row in rows if row.sort == "sound"]
    fields = [row for row in rows if row.sort != "sound"]
    whole_s = max(2.0 * sum(row.seconds for row in sounds) + sum(row.seconds for row in fields), 1e-3)
    clips = import_sounds(sounds, folder, lambda done_s: progress(done_s / whole_s)) if sounds else 0
    before_s = sum(row.seconds for row in sounds)
    tally = _Tally()
    for held_out in (False, True):
        name = "scenes-held-out" if held_out else "scenes"
        for group, place in ((sounds, folder / "pseudo" / name), (fields, folder / name)):
            for checked in _stored([row for row in group if held_out_side(row) == held_out], place, tally):
                before_s += checked.seconds
                progress(before_s / whole_s)
    return ImportCounts(clips, tally.pseudo, tally.recorded, tally.filmed, tally.silent)


@dataclass
class _Tally:
    pseudo: int = 0
    recorded: int = 0
    filmed: int = 0
    silent: int = 0


def _stored(rows: Sequence[CheckedRow], folder: Path, tally: _Tally) -> Iterator[CheckedRow]:
    """Append the stretches of rows that are missing in a folder of shards, and yield every row when it is done."""
    done = imported_before(folder)
    with ShardWriter(folder) as writer:
        for checked in rows:
            starts = starts_s(max(checked.seconds, STRETCH_S))
            missing = [start for start in starts if (checked.digest, start) not in done]
            if missing and checked.sort == "sound":
                _add_pseudo(checked, missing, writer, tally)
            elif missing:
                _add_recorded(checked, missing, writer, tally)
            yield checked


def _add_pseudo(checked: CheckedRow, starts: Sequence[float], writer: ShardWriter, tally: _Tally) -> None:
    row = checked.row
    label = row.labels[0] if row.labels else row.sound_class
    for start, stereo in stereo_stretches(checked, starts):
        origin = Origin(row.name, checked.digest, start)
        scene = pseudo_scene(stereo, origin, row.sound_class or label, label, row.caption or label)
        if scene is None:
            tally.silent += 1
            continue
        writer.add(scene, origin)
        tally.pseudo += 1


def _add_recorded(checked: CheckedRow, starts: Sequence[float], writer: ShardWriter, tally: _Tally) -> None:
    film = None if checked.film is None else ConditioningReader(checked.film)
    try:
        for start, foa in ambix_stretches(checked, starts):
            if is_silent(foa):
                tally.silent += 1
                continue
            frames = None if film is None else film_frames(film, start)
            writer.add(labelled(foa, checked.row), Origin(checked.row.name, checked.digest, start), frames)
            tally.recorded += film is None
            tally.filmed += film is not None
    finally:
        if film is not None:
            film.close()


def film_frames(film: ConditioningReader, start_s: float) -> NDArray[np.uint8]:
    """Return the frames (32, 128, 256, 3) of a film for a stretch that begins at a time of its 4-fps grid."""
    count = round(STRETCH_S * CONDITIONING_FPS)
    return np.stack([film.frame_at(start_s + index / CONDITIONING_FPS)[1] for index in range(count)])
