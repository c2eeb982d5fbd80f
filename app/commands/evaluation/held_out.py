"""`evaluate --suite held-out`: the arguments of the held-out suite; the suite itself is in engine.evaluation."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.command_line.console import ProgressLine, say
from engine.contract.errors import InvalidInputError

if TYPE_CHECKING:
    from engine.evaluation.suite.content import Taggers
    from engine.evaluation.suite.evaluate import EvaluationJob
    from engine.evaluation.suite.held_out import HeldOutSplit

_OF_A_FOLDER = ("generated", "reference", "captions", "sounds")


def check(arguments: argparse.Namespace) -> None:
    """Raise InvalidInputError or ExportError for contradicting options or a folder that is in use."""
    for name in _OF_A_FOLDER:
        if getattr(arguments, name) is not None:
            raise InvalidInputError(f"--{name} cannot be used with --suite, which makes its own files: leave it out.")
    if arguments.data is None:
        raise InvalidInputError("Specify --data FOLDER with a sounds.tsv to compose the held-out set from.")
    if arguments.work is not None:
        from engine.evaluation.suite.held_out_takes import check_held_out_folder

        check_held_out_folder(arguments.work)


@contextmanager
def held_out_job(arguments: argparse.Namespace) -> "Iterator[tuple[EvaluationJob, Taggers]]":
    """Make the set and the takes, and lend them until the evaluation is done; with --work they stay."""
    from engine.evaluation.suite.evaluate import load_taggers
    from engine.evaluation.suite.pairs import existing_folder

    if arguments.training is not None:
        existing_folder(arguments.training, "folder of training sounds")
    taggers = load_taggers(arguments.yamnet, arguments.aisfx)
    from engine.evaluation.suite.held_out import load_held_out
    from engine.evaluation.suite.held_out_takes import HeldOutSuite, held_out_folder, make_held_out_takes
    from engine.model.streaming.streamer import load_patch_source

    source = load_patch_source(arguments.checkpoint, arguments.device)
    with ProgressLine("Making rooms") as line:
        split = load_held_out(arguments.data, arguments.runs / "cache", arguments.rooms, line.update)
    if arguments.video_only and split.pictures is None:
        raise InvalidInputError(f"{arguments.data} has no held-out pictures: leave out --video-only.")
    suite = HeldOutSuite(
        clips=arguments.clips,
        seconds=arguments.seconds,
        seed=arguments.seed,
        rooms=arguments.rooms,
        gives_text=not arguments.video_only,
        gives_direction=arguments.with_direction,
    )
    with held_out_folder(arguments.work) as (staged, finish):
        with ProgressLine("Composing and generating") as line:
            make_held_out_takes(suite, split, source, staged, line.update)
        pictures = "with films" if split.pictures is not None else "without films: the data has no held-out pictures"
        say(f"Composed {suite.clips} held-out scenes, {pictures}, and generated a take for each.")
        yield _job(arguments, split, suite.manifest(source.checkpoint_sha256), finish()), taggers


def _job(arguments: argparse.Namespace, split: "HeldOutSplit", suite: dict[str, Any], folder: Path) -> "EvaluationJob":
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
        known=split.known,
        suite=suite,
    )
