"""Plots of the preview page that the evaluation does not need: a map of directions, lanes of time, counts."""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.contract.directions import azimuth_elevation, direction_to_equirectangular

_MAP_WIDTH, _MAP_HEIGHT = 540, 270
_PLOT_WIDTH: Final = 560
_LEFT: Final = 44
_RIGHT: Final = 12
_LANE_HEIGHT: Final = 20
_BAR_HEIGHT: Final = 14
_LONGEST_NAME: Final = 21


@dataclass(frozen=True, eq=False)
class MapTrack:
    """A path (P, 3) of unit vectors x, y, z in the colour `t0`, `t1` ...; `active` (P,) says where it sounds."""

    kind: str
    path: NDArray[np.floating]
    active: NDArray[np.bool_]


@dataclass(frozen=True)
class Lane:
    """A row of time: stretches (from, to) in seconds in one colour under a name."""

    kind: str
    name: str
    stretches: Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Mark:
    """An event: a line through all lanes and a short text."""

    at_s: float
    text: str


def direction_map(title: str, tracks: Sequence[MapTrack]) -> str:
    """Return an equirectangular map: lines for the ways of sources, a dot at each start, a ring at each end.

    While a source is silent its line is thin. The front is in the middle, left is left, up is up.
    """
    parts = [_frame(title, _MAP_WIDTH, _MAP_HEIGHT + 16)]
    for azimuth_deg in range(-180, 181, 45):
        x = (180 - azimuth_deg) / 360 * _MAP_WIDTH
        parts.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{_MAP_HEIGHT}"/>')
        if azimuth_deg % 90 == 0 and abs(azimuth_deg) < 180:
            parts.append(f'<text x="{x:.1f}" y="{_MAP_HEIGHT + 12}" text-anchor="middle">{azimuth_deg}</text>')
    for elevation_deg in range(-90, 91, 45):
        y = (90 - elevation_deg) / 180 * _MAP_HEIGHT
        parts.append(f'<line class="grid" x1="0" x2="{_MAP_WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>')
    for track in tracks:
        parts.extend(_track(track))
    return "".join([*parts, "</svg>"])


def lanes(title: str, seconds: float, rows: Sequence[Lane], marks: Sequence[Mark] = ()) -> str:
    """Return when each row is on, over time; marks have a separate row above them."""
    top = _LANE_HEIGHT if marks else 2
    bottom = top + _LANE_HEIGHT * len(rows)
    parts = [_frame(title, _PLOT_WIDTH, bottom + 18)]
    for second in range(int(seconds) + 1):
        x = _at(second, seconds)
        parts.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{bottom}"/>')
        parts.append(f'<text x="{x:.1f}" y="{bottom + 14}" text-anchor="middle">{second}</text>')
    for index, row in enumerate(rows):
        y = top + index * _LANE_HEIGHT
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 13}" text-anchor="end">{html.escape(row.name)}</text>')
        for begin, end in row.stretches:
            x, width = _at(begin, seconds), _at(end, seconds) - _at(begin, seconds)
            parts.append(
                f'<rect class="{row.kind}" x="{x:.1f}" y="{y + 4}" width="{width:.1f}" height="{_LANE_HEIGHT - 8}"/>'
            )
    for mark in marks:
        x = _at(mark.at_s, seconds)
        anchor = "end" if x > 0.8 * _PLOT_WIDTH else "start"
        parts.append(f'<line class="mark" x1="{x:.1f}" x2="{x:.1f}" y1="2" y2="{bottom}"/>')
        parts.append(
            f'<text x="{x + (-4 if anchor == "end" else 4):.1f}" y="12" text-anchor="{anchor}">'
            f"{html.escape(mark.text)}</text>"
        )
    return "".join([*parts, "</svg>"])


def bars(title: str, rows: Sequence[tuple[str, float, str]]) -> str:
    """Return one bar per row of (name, length, figure beside the bar); the longest fills the width."""
    height = _BAR_HEIGHT * len(rows) + 6
    left, right = _LEFT + 76, _PLOT_WIDTH - 48
    longest = max([length for _, length, _ in rows], default=1.0) or 1.0
    parts = [_frame(title, _PLOT_WIDTH, height)]
    for index, (name, length, figure) in enumerate(rows):
        y = 3 + index * _BAR_HEIGHT
        end = left + (right - left) * length / longest
        shown = name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "\u2026"
        parts.append(f'<text x="{left - 6}" y="{y + 10}" text-anchor="end">{html.escape(shown)}</text>')
        parts.append(f'<rect class="t0" x="{left}" y="{y + 2}" width="{end - left:.1f}" height="{_BAR_HEIGHT - 4}"/>')
        parts.append(f'<text x="{end + 5:.1f}" y="{y + 10}">{html.escape(figure)}</text>')
    return "".join([*parts, "</svg>"])


def histogram(title: str, edges: Sequence[float], counts: Sequence[int], height: int = 120) -> str:
    """Return counts between growing edges (one more than counts) as bars; every second edge is named where many are."""
    top, bottom = 14, height - 18
    highest = max([*counts, 1])
    parts = [_frame(title, _PLOT_WIDTH, height)]
    slots = len(counts)
    for index, count in enumerate(counts):
        x, end = _at(index, slots), _at(index + 1, slots)
        y = bottom - (bottom - top) * count / highest
        parts.append(
            f'<rect class="t0" x="{x + 1:.1f}" y="{y:.1f}" width="{end - x - 2:.1f}" height="{bottom - y:.1f}"/>'
        )
    for index, edge in enumerate(edges):
        if slots <= 12 or index % 2 == 0:
            parts.append(f'<text x="{_at(index, slots):.1f}" y="{height - 4}" text-anchor="middle">{edge:g}</text>')
    parts.append(f'<text x="{_LEFT - 5}" y="{top + 3.5}" text-anchor="end">{highest}</text>')
    parts.append(f'<text x="{_LEFT - 5}" y="{bottom + 3.5}" text-anchor="end">0</text>')
    parts.append(f'<line class="grid" x1="{_LEFT}" x2="{_PLOT_WIDTH - _RIGHT}" y1="{bottom}" y2="{bottom}"/>')
    return "".join([*parts, "</svg>"])


def _at(value: float, whole: float) -> float:
    return _LEFT + (_PLOT_WIDTH - _LEFT - _RIGHT) * min(max(value / max(whole, 1e-9), 0.0), 1.0)


def _track(track: MapTrack) -> list[str]:
    x, y = direction_to_equirectangular(*azimuth_elevation(track.path), _MAP_WIDTH, _MAP_HEIGHT)
    parts = []
    for i in range(len(track.path) - 1):
        # A step across the back leaves the map at one side and comes in at the other.
        if abs(x[i + 1] - x[i]) < 0.5 * _MAP_WIDTH:
            kind = track.kind if track.active[i] else f"{track.kind} quiet"
            parts.append(
                f'<line class="{kind}" x1="{x[i]:.1f}" y1="{y[i]:.1f}" x2="{x[i + 1]:.1f}" y2="{y[i + 1]:.1f}"/>'
            )
    parts.append(f'<circle class="{track.kind} end" cx="{x[-1]:.1f}" cy="{y[-1]:.1f}" r="8"/>')
    parts.append(f'<circle class="{track.kind} begin" cx="{x[0]:.1f}" cy="{y[0]:.1f}" r="5"/>')
    return parts


def _frame(title: str, width: int, height: int) -> str:
    name = html.escape(title)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-label="{name}">'
        f"<title>{name}</title>"
    )
