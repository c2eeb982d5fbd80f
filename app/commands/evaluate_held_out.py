"""`evaluate --suite held-out`: composes the held-out set, generates a checkpoint's takes, and passes both on."""

import argparse
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.command_line.console import ProgressLine, say
from engine.contract.errors import ExportError, InvalidInputError
from engine.files.owned_folder import scratch_folder
from engine.files.staging import Staging, make_folder

if TYPE_CHECKING:
    from engine.contract.generation import PatchSource
    from engine.evaluation.suite.content import Taggers
    from engine.evaluation.suite.evaluate import EvaluationJob
    from engine.evaluation.suite.held_out import HeldOutSplit
    from engine.evaluation.suite.reference_files import Reference

MANIFEST = "held-out.json"
_FORMAT = "swansphere-held-out-1"
_OF_A_FOLDER = ("generated", "reference", "captions", "sounds")


@dataclass(frozen=True)
class MadeClip:
    """A scene on disk, and the request for it."""

    stem: str
    reference: "Reference"
    film: Path | None


def check(arguments: argparse.Namespace) -> None:
    """Raise InvalidInputError or ExportError for contradicting options or a folder that is in use."""
    for name in _OF_A_FOLDER:
        if getattr(arguments, name) is not None:
            raise InvalidInputError(f"--{name} cannot be used with --suite, which makes its own files: leave it out.")
    if arguments.data is None:
        raise InvalidInputError("Specify --data FOLDER with a sounds.tsv to compose the held-out set from.")
    if arguments.work is not None:
        _check_work(arguments.work)


@contextmanager
def held_out_job(arguments: argparse.Namespace) -> "Iterator[tuple[EvaluationJob, Taggers]]":
    """Make the set and the takes, and lend them until the evaluation is done; with --work they stay."""
    from engine.evaluation.suite.evaluate import load_taggers
    from engine.evaluation.suite.pairs import existing_folder

    if arguments.training is not None:
        existing_folder(arguments.training, "folder of training sounds")
    taggers = load_taggers(arguments.yamnet, arguments.aisfx)
    from engine.evaluation.suite.held_out import load_held_out
    from engine.model.streaming.streamer import load_patch_source

    source = load_patch_source(arguments.checkpoint, arguments.device)
    with ProgressLine("Making rooms") as line:
        side = load_held_out(arguments.data, arguments.runs / "cache", arguments.rooms, line.update)
    if arguments.video_only and side.pictures is None:
        raise InvalidInputError(f"{arguments.data} has no held-out pictures: leave out --video-only.")
    suite = _manifest(arguments, source)
    with _folder(arguments.work) as (staged, finish):
        _make(arguments, side, source, suite, staged)
        yield _job(arguments, side, suite, finish()), taggers


def _make(
    arguments: argparse.Namespace, side: "HeldOutSplit", source: "PatchSource", suite: dict[str, Any], folder: Path
) -> None:
    from engine.evaluation.suite.held_out import held_out_scenes
    from engine.evaluation.suite.reference_files import write_reference
    from engine.files.staging import write_texts

    for name in ("reference", "generated"):
        (folder / name).mkdir()
    captions = {}
    with ProgressLine("Composing and generating") as line:
        scenes = held_out_scenes(side, arguments.clips, arguments.seed, arguments.seconds)
        for index, reference in enumerate(scenes):
            stem = f"clip-{index + 1:03d}"
            film = write_reference(folder / "reference", stem, reference)
            captions[stem] = reference.caption
            begin = index / arguments.clips
            _generate(arguments, source, MadeClip(stem, reference, film), index, folder / "generated", line, begin)
    texts = {"captions.json": captions, MANIFEST: suite}
    write_texts({folder / name: json.dumps(text, indent=1) + "\n" for name, text in texts.items()})
    pictures = "with films" if side.pictures is not None else "without films: the data has no held-out pictures"
    say(f"Composed {arguments.clips} held-out scenes, {pictures}, and generated a take for each.")


def _generate(
    arguments: argparse.Namespace,
    source: "PatchSource",
    clip: MadeClip,
    index: int,
    folder: Path,
    line: ProgressLine,
    begin: float,
) -> None:
    from engine.contract.control import GenerationSettings, Prompt
    from engine.evaluation.suite.reference_files import direction_path
    from engine.files.staging import write_texts
    from engine.runtime.offline.render import OfflineJob, render_offline

    settings = GenerationSettings(
        prompt=Prompt("" if arguments.video_only else clip.reference.caption),
        path=direction_path(clip.reference.sources[0]) if arguments.with_direction else None,
        seed=(arguments.seed + index) % 2**31,
    )
    job = OfflineJob(
        video=clip.film,
        settings=settings,
        seconds=arguments.seconds,
        out=folder / f"{clip.stem}.wav",
        places_in_words=False,  # measures what the model itself makes of the caption
    )
    report = render_offline(job, source, load_s=0.0, progress=lambda done: line.update(begin + done / arguments.clips))
    # The film is in a folder that does not have its final name yet.
    report["video"] = None if clip.film is None else f"../{clip.film.parent.name}/{clip.film.name}"
    write_texts({folder / f"{clip.stem}.json": json.dumps(report, indent=2) + "\n"})


def _job(arguments: argparse.Namespace, side: "HeldOutSplit", suite: dict[str, Any], folder: Path) -> "EvaluationJob":
    from engine.evaluation.suite.evaluate import EvaluationJob

    return EvaluationJob(
        generated=folder / "generated",
        reference=folder / "reference",
        captions=folder / "captions.json",
        yamnet=arguments.yamnet,
        training=arguments.training,
        sounds=arguments.data,
        seed=arguments.seed,
        aisfx=arguments.aisfx,
        known=side.known,
        suite=suite,
    )


def _manifest(arguments: argparse.Namespace, source: "PatchSource") -> dict[str, Any]:
    return {
        "format": _FORMAT,
        "suite": arguments.suite,
        "clips": arguments.clips,
        "seconds": arguments.seconds,
        "seed": arguments.seed,
        "rooms": arguments.rooms,
        "text given": not arguments.video_only,
        "direction given": bool(arguments.with_direction),
        "checkpoint_sha256": source.checkpoint_sha256,
    }


@contextmanager
def _folder(work: Path | None) -> Iterator[tuple[Path, Callable[[], Path]]]:
    """Lend a folder to fill and a function that gives it its name; an unfinished one is removed."""
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


def _check_work(work: Path) -> None:
    if not work.exists():
        return
    if not work.is_dir():
        raise ExportError(f"{work} is a file: specify a folder for --work.")
    if any(work.iterdir()) and not _is_ours(work / MANIFEST):
        raise ExportError(f"{work} holds other files: specify a new folder, an empty one or one of an earlier run.")


def _is_ours(manifest: Path) -> bool:
    with suppress(OSError, ValueError, AttributeError, RecursionError):
        return bool(json.loads(manifest.read_text(encoding="utf-8")).get("format") == _FORMAT)
    return False
