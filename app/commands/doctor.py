"""`doctor`: one page about this machine."""

import argparse


def run(arguments: argparse.Namespace) -> int:
    from app.doctor import run_doctor

    return run_doctor()
