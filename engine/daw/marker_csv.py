"""Markers as CSV: a time and a name on each line, or the list of Reaper's Region/Marker Manager.

Reaper's list has the header `#,Name,Start,End,Length`, perhaps with `Color`. A row is a marker (`M1`) or a region
(`R1`). Reaper writes and reads the times in the unit of the project's ruler; `m:ss.mmm` is written here.
"""

import csv
import io
import re
from collections.abc import Sequence
from typing import Final

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import InvalidInputError
from engine.contract.scene.checks import MOST_MARKERS
from engine.daw.marker_list import FilmTimecode, NamedTime, ReadMarkers, in_order, plain_name, sample_of

_TIMES: Final = ("time_s", "timecode", "time", "t_s", "t", "seconds", "start", "position", "in", "tc")
_NAMES: Final = ("name", "marker", "label", "marker name", "title", "comment", "comments", "description")
_REAPER: Final = ("#", "Name", "Start", "End", "Length")
_BARS: Final = re.compile(r"-?\d+\.\d+\.\d+")
_MOST_ROWS: Final = 4 * MOST_MARKERS


def write_csv(markers: Sequence[NamedTime], timecode: FilmTimecode | None = None) -> str:
    """Return CSV with times in seconds, or in the film's timecode, to the frame that a marker lies in."""

    def time_of(sample: int) -> str:
        return f"{sample / SAMPLE_RATE_HZ:.6f}" if timecode is None else timecode.text_of(sample)

    rows = [(time_of(marker.at_sample), marker.name) for marker in markers]
    return _csv([("time_s" if timecode is None else "timecode", "name"), *rows])


def write_reaper(markers: Sequence[NamedTime]) -> str:
    """Return the list of markers as Reaper writes it with a ruler of minutes and seconds, to the millisecond."""
    rows = [(f"M{n}", marker.name, _minutes(marker.at_sample), "", "") for n, marker in enumerate(markers, start=1)]
    return _csv([_REAPER, *rows])


def read_csv(text: str, timecode: FilmTimecode | None = None) -> ReadMarkers:
    """Return the markers of either kind of list. Raises InvalidInputError."""
    rows = _rows(text)
    header = [re.sub(r"[(\[].*$", "", cell).strip().lower() for cell in rows[0][1]]
    if header[0] == "#" and {"name", "start"} <= set(header):
        return _read_reaper(rows[1:], header, timecode)
    at, name = _first(header, _TIMES), _first(header, _NAMES)
    if at is None and name is None and not re.match(r"\s*[-+.\d]", rows[0][1][0]):
        raise InvalidInputError("its first line names no time: write time_s,name and then a time and a name per line.")
    has_header = at is not None or name is not None
    at = 0 if at is None else at
    name = (1 if at == 0 else 0) if name is None else name
    markers = []
    for line, row in rows[has_header:]:
        sample = _at_line(line, row, at, timecode)
        markers.append(NamedTime(sample, plain_name(row[name]) if name < len(row) else ""))
    return in_order(markers)


def _read_reaper(
    rows: Sequence[tuple[int, list[str]]], header: list[str], timecode: FilmTimecode | None
) -> ReadMarkers:
    start, name, end = header.index("start"), header.index("name"), _first(header, ("end",))
    markers, regions = [], 0
    for line, row in rows:
        text = row[start].strip() if start < len(row) else ""
        if _BARS.fullmatch(text):
            raise InvalidInputError(
                f"line {line}: '{text[:40]}' counts bars and beats: set Reaper's ruler to minutes and seconds, "
                "and export the list again."
            )
        if text.isdecimal():
            raise InvalidInputError(
                f"line {line}: '{text[:40]}' counts samples or frames: set Reaper's ruler to minutes and seconds, "
                "and export the list again."
            )
        title = plain_name(row[name]) if name < len(row) else ""
        markers.append(NamedTime(_at_line(line, row, start, timecode), title))
        if row[0].strip().upper().startswith("R"):
            regions += 1
            if end is not None and end < len(row) and row[end].strip():
                markers.append(NamedTime(_at_line(line, row, end, timecode), plain_name(f"{title} (end)")))
    regions_are = "1 region is" if regions == 1 else f"{regions} regions are"
    remarks = [f"{regions_are} read as markers at start and end."] if regions else []
    return in_order(markers, remarks)


def _rows(text: str) -> list[tuple[int, list[str]]]:
    """Return the rows that hold anything, each with the number of its last line. Raises InvalidInputError."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = next((mark for mark in (";", "\t") if mark in first and "," not in first), ",")
    rows: list[tuple[int, list[str]]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append((reader.line_num, row))
            if len(rows) > _MOST_ROWS:
                raise InvalidInputError(f"it has more than {_MOST_ROWS} lines.")
    except csv.Error:
        raise InvalidInputError("it is not CSV: write time_s,name and then a time and a name per line.") from None
    if not rows:
        raise InvalidInputError("it contains no marker.")
    return rows


def _at_line(line: int, row: list[str], column: int, timecode: FilmTimecode | None) -> int:
    try:
        return sample_of(row[column] if column < len(row) else "", timecode)
    except InvalidInputError as error:
        raise InvalidInputError(f"line {line}: {error}") from None


def _first(header: Sequence[str], names: Sequence[str]) -> int | None:
    return next((header.index(name) for name in names if name in header), None)


def _minutes(sample: int) -> str:
    """Return `m:ss.mmm`, with hours from one hour on, as Reaper shows a time."""
    seconds, milliseconds = divmod(round(sample * 1000 / SAMPLE_RATE_HZ), 1000)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    clock = f"{hours}:{minute:02d}" if hours else f"{minute}"
    return f"{clock}:{second:02d}.{milliseconds:03d}"


def _csv(rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
