"""`bench --json F`: how fast the model is here."""

import argparse

from app.command_line.arguments import check_outputs, weights_read


def run(arguments: argparse.Namespace) -> int:
    """Run `bench`; returns the exit status."""
    check_outputs(arguments.json, read={"checkpoint's file": weights_read(arguments.checkpoint)})
    from engine.evaluation.speed.bench import BenchSettings, run_bench

    settings = BenchSettings() if arguments.steps is None else BenchSettings(steps=arguments.steps)
    run_bench(arguments.json, arguments.checkpoint, arguments.device, settings)
    return 0
