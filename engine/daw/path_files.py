"""Paths of lanes in files: CSV automation for each lane, or one OSC file for a panner.

An OSC file has a line for each message: an NTP time in hexadecimal, the address, the type and the value, as `oscdump`
of liblo prints them. `oscsendfile 127.0.0.1 PORT FILE` plays it.
"""

import heapq
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Final

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.directions import Direction
from engine.contract.scene.lane import Lane
from engine.contract.scene.place import LanePath
from engine.daw.panners import Panner, messages
from engine.daw.path_points import PlacedAt, drawn_points, sampled_points
from engine.files.staging import Staging

PER_SECOND: Final = 25
"""How often a panner gets a place that changes."""
_BEGIN_S: Final = 1
"""The first time of an OSC file: 0 would mean "at once"."""


def automation(path: LanePath) -> str:
    """Return a path as CSV: time in seconds, azimuth (+ left) and elevation (+ up) in degrees, distance in metres."""
    rows = [
        f"{point.at_sample / SAMPLE_RATE_HZ:.6f},{point.azimuth_deg:.3f},{point.elevation_deg:.3f},"
        f"{point.distance_m:.3f}"
        for point in drawn_points(path)
    ]
    return "\n".join(["time_s,azimuth_deg,elevation_deg,distance_m", *rows, ""])


def osc_lines(lanes: Sequence[Lane], panner: Panner, end_sample: int) -> Iterator[str]:
    """Yield the lines of an OSC file in the order of time; the first lane is source 0, and each has a path."""
    merged = heapq.merge(
        *(_numbered(source, lane, end_sample) for source, lane in enumerate(lanes)), key=lambda each: each[0]
    )
    for sample, source, point in merged:
        for address, value in messages(panner, source, Direction(point.azimuth_deg, point.elevation_deg)):
            yield f"{_ntp(sample)} {address} f {value:.6f}\n"


def write_paths(files: Sequence[tuple[Path, Sequence[Lane]]], kind: Panner | None, end_sample: int) -> None:
    """Write files of paths, all or none: CSV of its only lane if `kind` is None, else OSC. Raises ExportError."""
    with Staging() as staging:
        for file, lanes in files:
            with open(staging.add_file(file), "w", encoding="utf-8", newline="") as staged:
                _write(staged, lanes, kind, end_sample)
        staging.commit()


def _write(staged: IO[str], lanes: Sequence[Lane], kind: Panner | None, end_sample: int) -> None:
    if kind is not None:
        staged.writelines(osc_lines(lanes, kind, end_sample))
        return
    for lane in lanes:
        if lane.path is not None:
            staged.write(automation(lane.path))


def _numbered(source: int, lane: Lane, end_sample: int) -> Iterator[tuple[int, int, PlacedAt]]:
    if lane.path is not None:
        for point in sampled_points(lane.path, end_sample, PER_SECOND):
            yield point.at_sample, source, point


def _ntp(sample: int) -> str:
    seconds, rest = divmod(sample, SAMPLE_RATE_HZ)
    return f"{_BEGIN_S + seconds:08x}.{(rest << 32) // SAMPLE_RATE_HZ:08x}"
