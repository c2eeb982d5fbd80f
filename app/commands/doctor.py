"""`doctor`: one page about this machine."""

import argparse


def run(arguments: argparse.Namespace) -> int:
    """Run `doctor`; returns the exit status."""
    if arguments.probe:
        from app.doctor.probes import answer

        answer(arguments.probe)
        return 0
    from app.doctor.page import run_doctor

    return run_doctor()
