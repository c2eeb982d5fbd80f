"""`bench --json F`: how fast the model is here."""

import argparse
from dataclasses import replace

from app.command_line.arguments import check_outputs, weights_read


def run(arguments: argparse.Namespace) -> int:
    """Run `bench`; returns the exit status."""
    check_outputs(arguments.json, read={"checkpoint's file": weights_read(arguments.checkpoint)})
    from engine.evaluation.speed.bench import BenchSettings, run_bench

    settings = BenchSettings(runtime=arguments.runtime)
    if arguments.steps is not None:
        settings = replace(settings, steps=arguments.steps)
    run_bench(arguments.json, arguments.checkpoint, arguments.device, settings)
    return 0
