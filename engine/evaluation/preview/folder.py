"""The preview page on disk: scenes, a summary and binaural sounds in one folder, whole or not at all."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.contract.errors import ExportError, InvalidInputError
from engine.evaluation.preview.page import GENERATOR, page, scene_section
from engine.evaluation.preview.shown import SceneSupply
from engine.evaluation.preview.summary import Summary, summary_section
from engine.export.binaural import BinauralWriter
from engine.files.staging import make_folder, whole_folder

PAGE_NAME: Final = "index.html"
_SOUNDS_NAME: Final = "sounds"
_HEAD_BYTES: Final = 4_096
_HEADROOM: Final = 0.5
"""A peak of 0.95 in W can be twice that at the near ear: half the level avoids clipping."""


@dataclass(frozen=True)
class PreviewJob:
    """What to show: `count` scenes from `seed` on (seeds, or numbers in a store) and `summary` scenes in figures."""

    out: Path
    count: int = 12
    seed: int = 0
    summary: int = 200

    def __post_init__(self) -> None:
        """Check the numbers."""
        if not 1 <= self.count <= 200:
            raise InvalidInputError(f"{self.count} scenes cannot be shown on one page: choose 1 to 200.")
        if not 0 <= self.summary <= 100_000:
            raise InvalidInputError(f"{self.summary} scenes cannot be summarised: choose 0 to 100000.")


def write_preview(
    job: PreviewJob,
    source: SceneSupply,
    heading: str,
    progress: Callable[[float], None] = lambda done: None,
) -> Path:
    """Make the page and its sounds and return the page; an existing preview is replaced at the end.

    `progress` gets the finished share, 0 to 1, and may raise to stop: then no file is left. Raises ExportError if
    the folder cannot be written or holds other files, InvalidInputError if the store has no such scene.
    """
    check_target(job.out)
    shown, summed = _numbers(job, source.count)
    make_folder(job.out.parent)
    with whole_folder(job.out) as staged:
        (staged / _SOUNDS_NAME).mkdir()
        sections = []
        for index, number in enumerate(shown):
            item = source.at(number)
            sound = f"{_SOUNDS_NAME}/scene-{index + 1:03d}.wav"
            with BinauralWriter(staged / sound, "pcm24") as writer:
                writer.write(_HEADROOM * item.scene.foa)
            sections.append(scene_section(item, sound))
            # A scene with its figures takes about as long as five in the summary.
            progress(5 * (index + 1) / (5 * len(shown) + len(summed)))
        summary = Summary()
        for index, number in enumerate(summed):
            summary.add(source.scene_at(number))
            progress((5 * len(shown) + index + 1) / (5 * len(shown) + len(summed)))
        if summed:
            sections.insert(0, summary_section(summary))
        notes = [
            f"{len(shown)} scenes, from number {job.seed} on.",
            "Sounds are binaural, for headphones, view to the front, 6 dB down.",
        ]
        (staged / PAGE_NAME).write_text(page(heading, notes, sections), encoding="utf-8")
    return job.out / PAGE_NAME


def check_target(out: Path) -> None:
    """Raise ExportError unless `out` is free, empty, or holds a preview and nothing else."""
    if not out.exists():
        return
    if not out.is_dir():
        raise ExportError(f"{out} is a file: specify a folder for the preview.")
    names = {entry.name for entry in out.iterdir()}
    if names and not (names <= {PAGE_NAME, _SOUNDS_NAME} and _is_preview(out / PAGE_NAME)):
        raise ExportError(
            f"{out} holds other files: specify a new folder, an empty one or one with an earlier preview."
        )


def _is_preview(file: Path) -> bool:
    with contextlib.suppress(OSError), file.open("rb") as start:
        return GENERATOR.encode() in start.read(_HEAD_BYTES)
    return False


def _numbers(job: PreviewJob, count: int | None) -> tuple[range, range]:
    """Return the numbers of the scenes to show and to summarise."""
    if count is None:
        return range(job.seed, job.seed + job.count), range(job.seed, job.seed + job.summary)
    if job.seed >= count:
        raise InvalidInputError(
            f"There are {count} scenes: --seed {job.seed} is beyond the last; choose a smaller one."
        )
    return range(job.seed, min(job.seed + job.count, count)), range(min(job.summary, count))
