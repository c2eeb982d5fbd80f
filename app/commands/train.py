"""`train STAGE ...`: passes its arguments to the training room."""

import argparse


def run(arguments: argparse.Namespace) -> int:
    """Run `train`; returns the exit status."""
    from engine.training.cli import main

    return int(main(arguments.rest) or 0)
