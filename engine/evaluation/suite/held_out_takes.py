"""Makes the files of the held-out suite: references with films, captions, and a checkpoint's take for each scene."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from engine.contract.control import GenerationSettings, Prompt
from engine.contract.errors import ExportError
from engine.contract.generation import PatchSource
from engine.contract.video import NO_CHOICE
from engine.evaluation.suite.held_out import HeldOutSplit, held_out_scenes
from engine.evaluation.suite.reference_files import Reference, direction_path, write_reference
from engine.export.ambix_wav import AmbixWriter
from engine.files.owned_folder import scratch_folder
from engine.files.staging import Staging, make_folder, write_texts
from engine.rendering.report import TakeReport
from engine.rendering.stretch import film_stretch
from engine.rendering.takes import render_patches
from engine.video.chosen import film_as_chosen
from engine.video.conditioning import ConditioningReader
from engine.words.placing import Placed

MANIFEST: Final = "held-out.json"
_FORMAT: Final = "swansphere-held-out-1"


@dataclass(frozen=True, kw_only=True)
class HeldOutSuite:
    """What to make: the number of scenes, their length in seconds, and what of each the model is given."""

    clips: int
    seconds: float
    seed: int
    rooms: int
    gives_text: bool = True
    gives_direction: bool = False

    def manifest(self, checkpoint_sha256: str) -> dict[str, Any]:
        """Return what held-out.json and the evaluation's report say about the suite."""
        return {
            "format": _FORMAT,
            "suite": "held-out",
            "clips": self.clips,
            "seconds": self.seconds,
            "seed": self.seed,
            "rooms": self.rooms,
            "text given": self.gives_text,
            "direction given": self.gives_direction,
            "checkpoint_sha256": checkpoint_sha256,
        }

    def settings(self, index: int, reference: Reference) -> GenerationSettings:
        """Return the settings for the take of a scene, by its index."""
        return GenerationSettings(
            prompt=Prompt(reference.caption if self.gives_text else ""),
            path=direction_path(reference.sources[0]) if self.gives_direction else None,
            seed=(self.seed + index) % 2**31,
        )


def make_held_out_takes(
    suite: HeldOutSuite, split: HeldOutSplit, source: PatchSource, folder: Path, progress: Callable[[float], None]
) -> None:
    """Compose the scenes and generate a take for each, into the subfolders `reference` and `generated` of `folder`.

    Raises InvalidInputError if the data has too few sounds, and ExportError, MediaError or what the source raises.
    """
    for name in ("reference", "generated"):
        (folder / name).mkdir()
    captions = {}
    for index, reference in enumerate(held_out_scenes(split, suite.clips, suite.seed, suite.seconds)):
        stem = f"clip-{index + 1:03d}"
        film = write_reference(folder / "reference", stem, reference)
        captions[stem] = reference.caption
        settings, out = suite.settings(index, reference), folder / "generated" / f"{stem}.wav"

        def advance(done: float, before: int = index) -> None:
            progress((before + done) / suite.clips)

        report = write_take(source, settings, film, suite.seconds, out, advance)
        # The folder may not have its final name yet.
        report["video"] = None if film is None else f"../{film.parent.name}/{film.name}"
        write_texts({out.with_suffix(".json"): json.dumps(report, indent=2) + "\n"})
    texts = {"captions.json": captions, MANIFEST: suite.manifest(source.checkpoint_sha256)}
    write_texts({folder / name: json.dumps(text, indent=1) + "\n" for name, text in texts.items()})


def write_take(
    source: PatchSource,
    settings: GenerationSettings,
    film: Path | None,
    seconds: float,
    out: Path,
    progress: Callable[[float], None] = lambda fraction: None,
) -> dict[str, Any]:
    """Write a take as AmbiX and return its report; the model reads the prompt unchanged, with its places.

    The clock of `first_audio_s` starts with this call, so opening the film counts. Raises MediaError or ExportError.
    """
    report = TakeReport()
    with ExitStack() as stack:
        info = frames = None
        if film is not None:
            info = film_as_chosen(film, NO_CHOICE)
            frames = ConditioningReader(info)
            stack.callback(frames.close)
        stretch = film_stretch(info, 0.0, seconds)
        report.remark([stretch.remark] if stretch.remark else [])
        at = 0 if info is None else info.time_reference_samples
        frame_at = None if frames is None else frames.frame_at
        with AmbixWriter(out, time_reference_samples=at, model_sha256=source.checkpoint_sha256) as writer:
            for patch in render_patches(source, settings, stretch.samples, frame_at=frame_at):
                report.add(patch)
                writer.write(patch.samples)
                progress(patch.end_sample / stretch.samples)
    return report.values(
        settings,
        Placed(settings),
        checkpoint_sha256=source.checkpoint_sha256,
        load_s=0.0,
        start_s=0.0,
        video=None if film is None else str(film),
        head=None,
        primer=None,
        levels=[writer.file_levels.as_json()],
    )


@contextmanager
def held_out_folder(work: Path | None) -> Iterator[tuple[Path, Callable[[], Path]]]:
    """Lend a folder to fill and a function that gives it its name; an unfinished one is removed. None is a scratch."""
    if work is None:
        with scratch_folder() as scratch:
            yield scratch.path, lambda: scratch.path
        return
    make_folder(work.parent)
    with Staging() as staging:
        staged = staging.add_folder(work)

        def finish() -> Path:
            staging.commit()
            return work

        yield staged, finish


def check_held_out_folder(work: Path) -> None:
    """Raise ExportError if a folder holds anything but an earlier suite."""
    if not work.exists():
        return
    if not work.is_dir():
        raise ExportError(f"{work} is a file: specify a folder for --work.")
    if any(work.iterdir()) and not _is_a_suite(work / MANIFEST):
        raise ExportError(f"{work} holds other files: specify a new folder, an empty one or one of an earlier run.")


def _is_a_suite(manifest: Path) -> bool:
    with suppress(OSError, ValueError, AttributeError, RecursionError):
        return bool(json.loads(manifest.read_text(encoding="utf-8")).get("format") == _FORMAT)
    return False
