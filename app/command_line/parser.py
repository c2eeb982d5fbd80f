"""The parser that all commands share, and the options that several of them have."""

import argparse
from pathlib import Path
from typing import NoReturn, TypeAlias

from app.command_line.arguments import gain_of_files
from app.command_line.console import complain

BAD_INPUT = 2


class OneLineParser(argparse.ArgumentParser):
    """A parser that reports an error as one line on stderr."""

    def error(self, message: str) -> NoReturn:
        """Print the error and the way to the help, and exit with status 2."""
        complain(f"{message} (see: {self.prog} --help)")
        raise SystemExit(BAD_INPUT)


Commands: TypeAlias = "argparse._SubParsersAction[OneLineParser]"
"""The group of commands of a parser."""


def add_model_options(parser: argparse._ActionsContainer) -> None:
    """Add `--checkpoint` and `--device`."""
    parser.add_argument("--checkpoint", type=Path, metavar="C", help="folder of weights (default: the shipped XS)")
    parser.add_argument("--device", default="cpu", metavar="D", help="torch device, for example cpu, cuda or mps")


def add_sample_options(parser: argparse.ArgumentParser, what: str) -> None:
    """Add `--subtype` and `--gain`; `what` names the files in the help."""
    parser.add_argument(
        "--subtype",
        choices=("float", "pcm24", "pcm16"),
        help=f"sample format of {what} (default: float, in FLAC pcm24)",
    )
    parser.add_argument(
        "--gain",
        type=gain_of_files,
        default=0.0,
        metavar="DB",
        help="decibels for all channels (default: 0), or 'auto': if 24 bits would clip, lower the peak to -1 dBFS",
    )


def add_convention(parser: argparse.ArgumentParser, text: str) -> None:
    """Add `--convention`, with a text for the help."""
    parser.add_argument("--convention", choices=("ambix", "fuma", "n3d", "a-format"), help=text)
