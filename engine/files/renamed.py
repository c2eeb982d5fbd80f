"""Commands of the form `python -m NAME` that go by another name now."""

import runpy
import sys


def run_renamed(old: str, new: str) -> None:
    """Say that a module is called otherwise now, and run it as the program that the user asked for."""
    sys.stderr.write(f"python -m {old} is now called python -m {new}.\n")
    runpy.run_module(new, run_name="__main__", alter_sys=True)
