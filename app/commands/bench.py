"""`bench --json F`: how fast the model is here."""

import argparse

from app.arguments import check_outputs


def run(arguments: argparse.Namespace) -> int:
    check_outputs(arguments.json)
    from engine.evaluation.bench import BenchSettings, run_bench

    settings = BenchSettings() if arguments.steps is None else BenchSettings(steps=arguments.steps)
    run_bench(arguments.json, arguments.checkpoint, arguments.device, settings)
    return 0
