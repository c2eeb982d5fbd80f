"""Plots as inline SVG, written here: nothing is loaded, and every text is escaped."""

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from engine.evaluation.measures.intervals import Estimate

_WIDTH: Final = 560
_LEFT: Final = 44
_RIGHT: Final = 12
_BAR_HEIGHT: Final = 9
_LANE_HEIGHT: Final = 18


@dataclass(frozen=True)
class Line:
    """Points of (x, y), None if there is a gap; `kind` is a CSS class: "truth" or "found"."""

    kind: str
    points: Sequence[tuple[float, float] | None]


@dataclass(frozen=True)
class Axis:
    """From, to and the marked positions."""

    low: float
    high: float
    ticks: Sequence[float]

    def place(self, value: float, start: float, end: float) -> float:
        """Return the position of a value between two positions in pixels."""
        share = (value - self.low) / max(self.high - self.low, 1e-9)
        return start + (end - start) * min(max(share, 0.0), 1.0)


def line_plot(title: str, x: Axis, y: Axis, lines: Sequence[Line], height: int = 120) -> str:
    """Return a plot of lines with a point at every value; a jump of more than half the y axis is not joined."""
    top, bottom = 8, height - 18
    parts = [_frame(title, height)]
    for tick in y.ticks:
        at = y.place(tick, bottom, top)
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{at:.1f}" y2="{at:.1f}"/>')
        parts.append(f'<text x="{_LEFT - 5}" y="{at + 3.5:.1f}" text-anchor="end">{tick:g}</text>')
    for tick in x.ticks:
        at = x.place(tick, _LEFT, _WIDTH - _RIGHT)
        parts.append(f'<text x="{at:.1f}" y="{height - 4}" text-anchor="middle">{tick:g}</text>')
    for line in lines:
        parts.extend(_line(line, x, y, top, bottom))
    return "".join([*parts, "</svg>"])


def lane_plot(title: str, x: Axis, lanes: Sequence[tuple[str, Sequence[float]]]) -> str:
    """Return a row of strokes for each name: its onsets."""
    height = _LANE_HEIGHT * len(lanes) + 20
    left = _LEFT + 76
    parts = [_frame(title, height)]
    for tick in x.ticks:
        at = x.place(tick, left, _WIDTH - _RIGHT)
        parts.append(f'<line class="grid" x1="{at:.1f}" x2="{at:.1f}" y1="0" y2="{height - 18}"/>')
        parts.append(f'<text x="{at:.1f}" y="{height - 4}" text-anchor="middle">{tick:g}</text>')
    for index, (name, times) in enumerate(lanes):
        y = _LANE_HEIGHT * index
        parts.append(f'<text x="{left - 6}" y="{y + 13}" text-anchor="end">{html.escape(name)}</text>')
        for time in times:
            at = x.place(time, left, _WIDTH - _RIGHT)
            parts.append(f'<line class="lane" x1="{at:.1f}" x2="{at:.1f}" y1="{y + 3}" y2="{y + _LANE_HEIGHT - 3}"/>')
    return "".join([*parts, "</svg>"])


def _line(line: Line, x: Axis, y: Axis, top: float, bottom: float) -> list[str]:
    parts: list[str] = []
    before: tuple[float, float] | None = None
    for point in line.points:
        if point is not None:
            a, b = x.place(point[0], _LEFT, _WIDTH - _RIGHT), y.place(point[1], bottom, top)
            parts.append(f'<circle class="{line.kind}" cx="{a:.1f}" cy="{b:.1f}" r="3"/>')
            if before is not None and abs(point[1] - before[1]) <= 0.5 * (y.high - y.low):
                c, d = x.place(before[0], _LEFT, _WIDTH - _RIGHT), y.place(before[1], bottom, top)
                parts.append(f'<line class="{line.kind}" x1="{c:.1f}" y1="{d:.1f}" x2="{a:.1f}" y2="{b:.1f}"/>')
        before = point
    return parts


def bar_plot(title: str, labels: Sequence[str], systems: Sequence[str], bars: Sequence[Sequence[Estimate]]) -> str:
    """Return bars with intervals: a group for each label, in it a bar for each system (CSS classes s0, s1 ...)."""
    group = _BAR_HEIGHT * len(systems) + 8
    height = group * len(labels) + 26
    highest = max([value for row in bars for e in row for value in (e.value, e.high) if value is not None], default=1.0)
    axis = Axis(0.0, max(highest * 1.05, 1e-6), _round_ticks(highest))
    left = _LEFT + 76
    parts = [_frame(title, height)]
    for tick in axis.ticks:
        at = axis.place(tick, left, _WIDTH - _RIGHT)
        parts.append(f'<line class="grid" x1="{at:.1f}" x2="{at:.1f}" y1="4" y2="{height - 20}"/>')
        parts.append(f'<text x="{at:.1f}" y="{height - 6}" text-anchor="middle">{tick:g}</text>')
    for index, (label, row) in enumerate(zip(labels, bars, strict=True)):
        y = 6 + index * group
        middle = y + 0.5 * _BAR_HEIGHT * len(systems) + 3.5
        parts.append(f'<text x="{left - 6}" y="{middle:.1f}" text-anchor="end">{html.escape(label)}</text>')
        for place, estimate in enumerate(row):
            parts.extend(_bar(estimate, axis, left, y + place * _BAR_HEIGHT, place))
    return "".join([*parts, "</svg>"])


def _round_ticks(highest: float) -> list[float]:
    """Return 0 and two to five round numbers up to a value above 0."""
    size = 10.0 ** math.floor(math.log10(max(highest, 1e-6)))
    step = next(step * size for step in (0.2, 0.5, 1.0, 2.0) if highest <= 5.0 * step * size)
    return [float(f"{index * step:.6g}") for index in range(math.floor(highest / step + 1e-9) + 1)]


def _bar(estimate: Estimate, axis: Axis, left: float, y: float, place: int) -> list[str]:
    if estimate.value is None:
        return []
    end = axis.place(estimate.value, left, _WIDTH - _RIGHT)
    parts = [f'<rect class="s{place}" x="{left}" y="{y}" width="{end - left:.1f}" height="{_BAR_HEIGHT - 2}"/>']
    if estimate.low is not None and estimate.high is not None:
        low, high = (axis.place(value, left, _WIDTH - _RIGHT) for value in (estimate.low, estimate.high))
        middle = y + 0.5 * (_BAR_HEIGHT - 2)
        parts.append(f'<line class="interval" x1="{low:.1f}" x2="{high:.1f}" y1="{middle}" y2="{middle}"/>')
    return parts


def _frame(title: str, height: int) -> str:
    name = html.escape(title)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{name}">'
        f"<title>{name}</title>"
    )
