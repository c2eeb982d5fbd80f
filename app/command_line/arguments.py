"""Values of the command line, checked before heavy modules are loaded."""

import argparse
import math
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from app.command_line.path_file import clock_seconds
from app.files.resources import SHIPPED_WEIGHTS
from engine.contract.control import DirectionPath, Lane, Prompt
from engine.contract.directions import Direction
from engine.contract.errors import InvalidInputError
from engine.export.levels import MOST_GAIN_DB, Gain
from engine.files.apart import Places, keep_apart, keep_names_apart, weights_of
from engine.files.staging import Staging
from engine.files.text_file import check_is_file


def join_negative_values(argv: Sequence[str], options: Sequence[str]) -> list[str]:
    """Return `argv` with `--direction -90,0` as `--direction=-90,0`: argparse takes `-90,0` for an option."""
    joined: list[str] = []
    for argument in argv:
        if joined and joined[-1] in options and re.match(r"-[\d.]", argument):
            joined[-1] += "=" + argument
        else:
            joined.append(argument)
    return joined


def _as_argument(convert: Callable[[str], object], text: str) -> object:
    try:
        return convert(text)
    except InvalidInputError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number: write it like 2.5.") from None


def _direction(text: str) -> Direction:
    parts = text.split(",")
    try:
        azimuth_deg, elevation_deg = (float(part) for part in parts)
    except ValueError:
        raise InvalidInputError(
            f"Direction '{text}' cannot be read: specify azimuth and elevation in degrees, for example 60,0."
        ) from None
    return Direction.wrapped(azimuth_deg, elevation_deg)


def parse_direction(text: str) -> object:
    """Return the Direction of `AZ,EL` in degrees."""
    return _as_argument(_direction, text)


def price(text: str) -> float:
    """Return a price per million tokens, not negative."""
    value = _number(text)
    if not math.isfinite(value) or value < 0:
        raise argparse.ArgumentTypeError(f"'{text}' is not a price: specify a number such as 0.15.")
    return value


def gain_of_files(text: str) -> Gain:
    """Return a gain in decibels, or "auto"."""
    if text.lower() == "auto":
        return "auto"
    value = _number(text)
    if not abs(value) <= MOST_GAIN_DB:
        raise argparse.ArgumentTypeError(
            f"'{text}' is not a gain: choose -{MOST_GAIN_DB:g} to {MOST_GAIN_DB:g} dB, or auto."
        )
    return value


def positive_seconds(text: str) -> float:
    """Return a length in seconds above 0 and up to a day."""
    seconds = _number(text)
    if not (math.isfinite(seconds) and 0.0 < seconds <= 86_400.0):
        raise argparse.ArgumentTypeError(
            f"{text} seconds is not a usable length: choose more than 0 and at most 86400."
        )
    return seconds


def start_time(text: str) -> object:
    """Return a time of the film in seconds, from `90` or `1:30`."""
    return _as_argument(clock_seconds, text)


def _range(text: str) -> tuple[float, float]:
    start, dash, end = text.partition("-")
    if not dash:
        raise InvalidInputError(f"'{text}' is not a range of time: write it like 10-20 or 1:00-1:30.")
    start_s, end_s = clock_seconds(start), clock_seconds(end)
    if end_s <= start_s:
        raise InvalidInputError(f"The range '{text}' ends before it starts: write it like 10-20 or 1:00-1:30.")
    return start_s, end_s


def time_range(text: str) -> object:
    """Return the two times in seconds of `A-B`, from `10-20` or `1:00-1:30`."""
    return _as_argument(_range, text)


def _whole_number(text: str, low: int, high: int, what: str) -> int:
    try:
        value = int(text)
    except ValueError:
        value = low - 1
    if not low <= value <= high:
        raise argparse.ArgumentTypeError(f"{what} '{text}' cannot be used: choose a whole number from {low} to {high}.")
    return value


def seed_number(text: str) -> int:
    """Return a seed."""
    return _whole_number(text, 0, 2**31 - 1, "Seed")


def clip_count(text: str) -> int:
    """Return a number of clips."""
    return _whole_number(text, 1, 10_000, "Number of clips")


def job_count(text: str) -> int:
    """Return how many rows of a list run at once, 1 to 64."""
    return _whole_number(text, 1, 64, "The number of jobs")


def step_count(text: str) -> int:
    """Return a number of flow steps."""
    return _whole_number(text, 1, 64, "Number of steps")


def read_lane(text: str, lane_id: int) -> Lane:
    """Return the lane of `TEXT@AZ,EL` or `TEXT@AZ,EL@DB`; the text may hold an @ itself.

    Raises InvalidInputError if it cannot be read.
    """
    found = re.fullmatch(r"(.+)@([^@]*,[^@]*)(?:@([^@,]*))?", text)
    if found is None:
        raise InvalidInputError(f"Lane '{text}' cannot be read: write it like 'a dog barks@60,0' or 'rain@-90,20@-6'.")
    words, where, gain = found.groups()
    try:
        gain_db = 0.0 if gain is None else float(gain)
    except ValueError:
        raise InvalidInputError(
            f"'{gain}' in lane '{text}' is not a gain in decibels: write a number such as -6."
        ) from None
    return Lane(lane_id, Prompt(words.strip()), DirectionPath.fixed(_direction(where)), gain_db)


def check_outputs(*files: Path | None, read: Mapping[str, Places]) -> None:
    """Raise ExportError if a file cannot be written, before any work is done; leaves nothing behind.

    `read` is everything that the command reads, keyed by what it is: none of it may be overwritten.
    """
    keep_apart(files, read)
    keep_names_apart(files)
    with Staging() as staging:
        for file in files:
            if file is not None:
                staging.add_file(file)


def weights_read(checkpoint: Path | None) -> list[Path]:
    """Return the files of the checkpoint folder that a command reads; None is the shipped one."""
    return weights_of(SHIPPED_WEIGHTS if checkpoint is None else checkpoint)


def existing_file(file: Path, what: str) -> Path:
    """Return `file`; raises InvalidInputError if it is missing, a folder or a pipe. `what` names it: "film"."""
    if file.is_dir():
        raise InvalidInputError(f"{file} is a folder, not a {what}.")
    if not file.exists():
        raise InvalidInputError(f"There is no {what} {file}: check the name and the folder.")
    check_is_file(file, what)
    return file
