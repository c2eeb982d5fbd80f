"""`evaluate`: a folder of takes against a folder of references, as JSON and as one HTML page."""

import argparse

from app.arguments import check_outputs, existing_file
from app.console import ProgressLine, say

_HEADLINES = ("fd", "kl_nats", "clip_angle_rad", "time_angle_rad", "wcs")


def run(arguments: argparse.Namespace) -> int:
    check_outputs(arguments.out, arguments.html)
    for file, what in ((arguments.captions, "file of captions"), (arguments.yamnet, "weights file of YAMNet")):
        if file is not None:
            existing_file(file, what)
    from engine.evaluation.suite.evaluate import EvaluationJob, evaluate
    from engine.evaluation.suite.report_html import html_text
    from engine.evaluation.suite.report_json import json_text
    from engine.export.text_files import write_text_files

    job = EvaluationJob(
        generated=arguments.generated,
        reference=arguments.reference,
        captions=arguments.captions,
        yamnet=arguments.yamnet,
        training=arguments.training,
        sounds=arguments.sounds,
        seed=arguments.seed,
        aisfx=arguments.aisfx,
    )
    line = ProgressLine("Measuring")
    try:
        evaluation = evaluate(job, progress=line.update)
    finally:
        line.done()
    files = {arguments.out: json_text(evaluation)}
    if arguments.html is not None:
        files[arguments.html] = html_text(evaluation)
    write_text_files(files)
    for note in evaluation.notes:
        say(note)
    for result in evaluation.metrics:
        if result.metric.key in _HEADLINES:
            say(f"{result.metric.group}, {result.metric.name}: {_in_words(result)}")
    say(f"Compared {len(evaluation.clips)} clips; wrote {' and '.join(str(file) for file in files)}")
    return 0


def _in_words(result) -> str:
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
