"""A direction path in a file: JSON as `generate --report` writes it, or CSV from a workstation's automation.

JSON is a list of {"t_s", "azimuth_deg", "elevation_deg"}, or {"interpolation": "great-circle", "points": that list}.
CSV has a time, an azimuth and an elevation on each line, in this order or as its header names them; separated by
commas, semicolons or tabs; times in seconds or as hh:mm:ss.mmm.
"""

import csv
import json
import math
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from engine.contract.clock import number_of, seconds_of
from engine.contract.control import DirectionPath, PathInterpolation, PathPoint
from engine.contract.directions import Direction
from engine.contract.errors import InvalidInputError
from engine.files.text_file import read_bytes, text_of

_LONGEST_BYTES: Final = 4 << 20
_LONGEST_S: Final = 360_000.0
_HINT: Final = (
    'it should be a list like [{"t_s": 0, "azimuth_deg": -90, "elevation_deg": 0}], '
    "or CSV with time, azimuth and elevation on each line."
)
_COLUMNS: Final = {
    "t_s": ("t_s", "time", "t", "time_s", "seconds", "sec", "s", "position", "timecode"),
    "azimuth_deg": ("azimuth_deg", "azimuth", "az", "azi"),
    "elevation_deg": ("elevation_deg", "elevation", "el", "ele", "elev"),
}
"""Names that a header may give to the three columns; text in brackets, a unit, is ignored."""


def read_direction_path(file: Path, interpolation: PathInterpolation | None = None) -> DirectionPath:
    """Return the path in a file. With `interpolation` None the file decides; the default is straight lines of angles.

    Raises InvalidInputError if the file is missing, too large, or holds no path.
    """
    text = _text(file)
    try:
        path = _from_json(text) if text.lstrip()[:1] in ("[", "{") else _from_csv(text)
    except InvalidInputError as error:
        raise InvalidInputError(f"The direction path {file} cannot be used: {error}") from None
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError, csv.Error):
        raise InvalidInputError(f"The direction path {file} cannot be used: {_HINT}") from None
    return path if interpolation is None else replace(path, interpolation=interpolation)


def _text(file: Path) -> str:
    data = read_bytes(file, "direction path", _LONGEST_BYTES)
    try:
        return text_of(data)
    except UnicodeDecodeError:
        raise InvalidInputError(f"The direction path {file} is not text: {_HINT}") from None


def _from_json(text: str) -> DirectionPath:
    document = json.loads(text)
    interpolation = PathInterpolation.AZIMUTH_ELEVATION
    if isinstance(document, dict):
        if "interpolation" in document:
            interpolation = _interpolation(document["interpolation"])
        document = document["points"]
    if not isinstance(document, list):
        raise InvalidInputError(_HINT)
    return DirectionPath(
        tuple(_point(item["t_s"], item["azimuth_deg"], item.get("elevation_deg", 0.0)) for item in document),
        interpolation,
    )


def _interpolation(name: object) -> PathInterpolation:
    try:
        return PathInterpolation(name)
    except ValueError:
        known = " or ".join(f'"{way.value}"' for way in PathInterpolation)
        raise InvalidInputError(f"its interpolation is not known: write {known}.") from None


def _from_csv(text: str) -> DirectionPath:
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    if not lines:
        raise InvalidInputError(_HINT)
    separator = next((mark for mark in (";", "\t") if mark in lines[0]), ",")
    rows = [[field.strip() for field in row] for row in csv.reader(lines, delimiter=separator)]
    columns = _columns(rows[0])
    if columns is None:
        columns, first = ("t_s", "azimuth_deg", "elevation_deg"), 1
    else:
        rows, first = rows[1:], 2
    points = []
    for number, row in enumerate(rows, start=first):
        fields = dict(zip(columns, row, strict=False))
        try:
            elevation = _number(fields.get("elevation_deg") or "0")
            points.append(_point(seconds_of(fields["t_s"]), _number(fields["azimuth_deg"]), elevation))
        except (KeyError, ValueError, InvalidInputError) as error:
            why = str(error) if isinstance(error, InvalidInputError) else _HINT
            raise InvalidInputError(f"line {number}: {why}") from None
    return DirectionPath(tuple(points))


def _columns(header: Sequence[str]) -> tuple[str, ...] | None:
    """Return what each column holds, or None if this is no header. Raises InvalidInputError if two are missing."""
    if not header or re.match(r"[-+.\d]", header[0]):
        return None
    plain = [re.sub(r"[(\[].*$", "", name).strip().lower().replace(" ", "_") for name in header]
    columns = tuple(next((key for key, names in _COLUMNS.items() if name in names), name) for name in plain)
    if not {"t_s", "azimuth_deg"} <= set(columns):
        raise InvalidInputError(f"its header does not name a time and an azimuth; {_HINT}")
    return columns


def _point(t_s: object, azimuth_deg: object, elevation_deg: object) -> PathPoint:
    time_s, azimuth, elevation = (float(value) for value in (t_s, azimuth_deg, elevation_deg))  # type: ignore[arg-type]
    return PathPoint(time_s, Direction.wrapped(azimuth, elevation))


def _number(text: str) -> float:
    return number_of(text.removesuffix("°"))


def clock_seconds(text: str) -> float:
    """Return the seconds of a time as the user writes it: `90`, `1:30` or `0:01:30.5`.

    Raises InvalidInputError if it is not a time, or is negative or longer than 100 hours.
    """
    try:
        seconds = seconds_of(text.strip())
    except ValueError:
        seconds = math.nan
    if not (math.isfinite(seconds) and seconds >= 0.0):
        raise InvalidInputError(f"'{text}' is not a time: specify seconds, or minutes and seconds like 1:30.")
    if seconds > _LONGEST_S:
        raise InvalidInputError(f"'{text}' is longer than 100 hours: specify a time of the film.")
    return seconds
