"""Options of the stages: frozen dataclasses that the command line is read into.

The dataclass has the defaults and checks the values; the parser only names the options. So an option that is not given
is left out by the parser (`argparse.SUPPRESS`), and the dataclass fills it in.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, TypeVar

from engine.contract.errors import InvalidInputError

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """Options of every resumable stage; `minutes` bounds this run, `total_steps` counts those of earlier runs too."""

    runs: Path = Path("runs")
    total_steps: int
    minutes: float = 60.0
    rate: float
    threads: int = 1
    device: str = "cpu"

    def __post_init__(self) -> None:
        """Raise InvalidInputError for numbers that no run can have."""
        require_at_least(self, 0, "total_steps", "minutes", "rate")
        require_at_least(self, 1, "threads")


@dataclass(frozen=True, kw_only=True)
class FeatureOptions(RunOptions):
    """Options of a stage that learns from the features of several folders."""

    also: Sequence[Path] = ()

    @property
    def features(self) -> list[Path]:
        """The folders of features to learn from."""
        return [folder / "features" for folder in (self.runs, *self.also)]


class StageParser(argparse.ArgumentParser):
    """The parser of a stage: what it cannot read is one sentence, as in every command."""

    def error(self, message: str) -> NoReturn:
        """Raise InvalidInputError."""
        raise InvalidInputError(f"{message} (see: {self.prog} --help)")


def stage_parser(stage: str, description: str | None) -> argparse.ArgumentParser:
    """Return the parser of `train STAGE`, without options yet."""
    return StageParser(prog=f"train {stage}", description=description, argument_default=argparse.SUPPRESS)


def add_run_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of RunOptions."""
    parser.add_argument("--runs", type=Path, help="folder of checkpoints, logs and features")
    parser.add_argument("--total-steps", type=int, help="steps in total, including earlier runs")
    parser.add_argument("--minutes", type=float, help="time limit of this run; the next one continues")
    parser.add_argument("--rate", type=float, help="peak of the learning rate")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--device")


def read_options(parser: argparse.ArgumentParser, argv: Sequence[str] | None, kind: type[T]) -> T:
    """Return the options of a command line as a dataclass. Raises InvalidInputError for values that cannot be."""
    return kind(**vars(parser.parse_args(argv)))


def add_also_option(parser: argparse.ArgumentParser) -> None:
    """Add the option of FeatureOptions."""
    parser.add_argument(
        "--also", type=Path, nargs="+", help="folders with more features besides those of --runs (RUNS/stage1)"
    )


def require_shares(options: object, *names: str) -> None:
    """Raise InvalidInputError if an option is not a share."""
    for name in names:
        value = getattr(options, name)
        if not 0.0 <= value <= 1.0:  # NaN is not either
            raise InvalidInputError(f"--{name.replace('_', '-')} {value} is not between 0 and 1.")


def require_at_least(options: object, least: int, *names: str) -> None:
    """Raise InvalidInputError if an option is less than that; options without a value (None) are left out."""
    for name in names:
        value = getattr(options, name)
        if value is not None and not value >= least:  # NaN is not either
            raise InvalidInputError(f"--{name.replace('_', '-')} {value} is too small: specify {least} or more.")
