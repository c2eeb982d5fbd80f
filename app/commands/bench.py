"""`bench --json F`: how fast the model is here."""

import argparse

from app.arguments import check_outputs


def run(arguments: argparse.Namespace) -> int:
    check_outputs(arguments.json)
    from engine.evaluation.bench import run_bench

    run_bench(arguments.json, arguments.checkpoint, arguments.device)
    return 0
