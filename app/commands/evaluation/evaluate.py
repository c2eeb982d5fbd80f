"""`evaluate`: a folder of takes against a folder of references, or a checkpoint on the held-out set, as reports."""

import argparse
from typing import TYPE_CHECKING

from app.command_line.arguments import check_outputs, existing_file, weights_read
from app.command_line.console import ProgressLine, say
from app.commands.evaluation import held_out
from engine.contract.errors import InvalidInputError
from engine.files.apart import Places, files_of, keep_apart

if TYPE_CHECKING:
    from engine.evaluation.suite.content import Taggers
    from engine.evaluation.suite.evaluate import EvaluationJob
    from engine.evaluation.suite.summary import MetricResult

_HEADLINES = ("fd", "fd_aisfx", "kl_nats", "clip_angle_rad", "time_angle_rad", "wcs", "av_onset_f")


def run(arguments: argparse.Namespace) -> int:
    """Run `evaluate`; returns the exit status."""
    check_outputs(arguments.out, arguments.html, read=_read(arguments))
    for file, what in ((arguments.captions, "file of captions"), (arguments.yamnet, "weights file of YAMNet")):
        if file is not None:
            existing_file(file, what)
    if arguments.suite is not None:
        held_out.check(arguments)
        keep_apart([arguments.work], _read(arguments) | {"folder of sounds": arguments.data, "cache": arguments.runs})
        with held_out.held_out_job(arguments) as (job, taggers):
            return _measure(arguments, job, taggers)
    if arguments.generated is None or arguments.reference is None:
        raise InvalidInputError(
            "Specify what to compare: --generated DIR --reference DIR, or --suite held-out --data DIR."
        )
    from engine.evaluation.suite.evaluate import EvaluationJob, load_taggers

    job = EvaluationJob(
        generated=arguments.generated,
        reference=arguments.reference,
        captions=arguments.captions,
        yamnet=arguments.yamnet,
        training=arguments.training,
        sounds=arguments.sounds,
        seed=arguments.seed,
        aisfx=arguments.aisfx,
        convention=arguments.convention,
    )
    return _measure(arguments, job, load_taggers(arguments.yamnet, arguments.aisfx))


def _read(arguments: argparse.Namespace) -> dict[str, Places]:
    """Return everything that the command reads, keyed by what it is."""
    takes = files_of(arguments.generated, "*.[wW][aA][vV]")
    stems = {take.stem for take in takes}
    yamnet, data = arguments.yamnet, arguments.sounds or arguments.data
    return {
        "file of captions": arguments.captions,
        "weights file of YAMNet": yamnet,
        "class map of YAMNet": None if yamnet is None else yamnet.parent / "yamnet_class_map.csv",
        "take": takes,
        "report of a take": [take.with_suffix(".json") for take in takes],
        "reference": [file for file in files_of(arguments.reference, "*") if file.stem in stems],
        "training sound": files_of(arguments.training, "**/*"),
        "table of sounds": files_of(data, "*.tsv"),
        "checkpoint's file": weights_read(arguments.checkpoint),
    }


def _measure(arguments: argparse.Namespace, job: "EvaluationJob", taggers: "Taggers") -> int:
    from engine.evaluation.report.figures import json_text
    from engine.evaluation.report.page import html_text
    from engine.evaluation.suite.evaluate import evaluate
    from engine.files.staging import write_texts

    with ProgressLine("Measuring") as line:
        evaluation = evaluate(job, taggers, progress=line.update)
    files = {arguments.out: json_text(evaluation)}
    if arguments.html is not None:
        files[arguments.html] = html_text(evaluation)
    write_texts(files)
    for note in evaluation.notes:
        say(note)
    for result in evaluation.metrics:
        if result.metric.key in _HEADLINES:
            say(f"{result.metric.group}, {result.metric.name}: {_in_words(result)}")
    say(f"Compared {len(evaluation.clips)} clips; wrote {' and '.join(str(file) for file in files)}")
    return 0


def _in_words(result: "MetricResult") -> str:
    from engine.evaluation.suite.catalogue import SYSTEM_NAMES

    unit = f" {result.metric.unit}" if result.metric.unit in ("rad", "nat") else ""
    return (
        ", ".join(
            f"{SYSTEM_NAMES[system].lower()} {estimate.value:.3g}{unit}"
            for system, estimate in result.estimates.items()
            if estimate.value is not None
        )
        or "not measured"
    )
