"""An annotation as a picture (SVG): azimuth and elevation over time, of the dominant direction and of every source."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from typing import Any

from engine.annotation.plain_text import printable

_WIDTH, _LEFT, _RIGHT, _GAP = 900, 60, 150, 34
_PANELS = (
    ("azimuth, degrees (+ is left)", 180, (-180.0, -90.0, 0.0, 90.0, 180.0)),
    ("elevation, degrees", 120, (-90.0, -45.0, 0.0, 45.0, 90.0)),
    ("energy, dB", 80, ()),
    ("diffuseness", 60, (0.0, 0.5, 1.0)),
)
_COLOURS = ("#d1495b", "#00798c", "#edae49", "#6b4fa0", "#3a7d44", "#8c5e3c")
_MORE = "#aaa"
_LONGEST_NAME, _LONGEST_TITLE = 17, 90
_FLOOR = 1e-12


def annotation_svg(annotation: Mapping[str, Any]) -> str:
    """Return the drawing of an annotation from `annotate`."""
    segments: Sequence[Mapping[str, Any]] = annotation["segments"]
    sources: Sequence[Mapping[str, Any]] = annotation["sources"]
    end_s = max(float(segments[-1]["t_s"]) + float(annotation["segment_s"]), 1e-3)
    middle = 0.5 * float(annotation["segment_s"])

    def x(t_s: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * t_s / end_s

    # The dots of a long recording overlap, but should not hide that there are several.
    size = min(max(0.4 * (x(middle) - _LEFT), 1.0), 3.0)
    energies = [10 * math.log10(max(float(s["energy"]), _FLOOR)) for s in segments]
    loudest = 10 * -(-max(energies) // 10)
    top, parts = 44, [f'<text x="{_LEFT}" y="22" class="t">{_name(annotation["file"], _LONGEST_TITLE)}</text>']
    for panel, (title, height, ticks) in enumerate(_PANELS):
        low, high = (loudest - 60.0, loudest) if panel == 2 else (ticks[0], ticks[-1])
        marks = (low, loudest - 30.0, high) if panel == 2 else ticks

        def y(value: float, top: int = top, height: int = height, low: float = low, high: float = high) -> float:
            return top + height * (high - min(max(value, low), high)) / (high - low)

        parts += _frame(title, top, height, [(m, y(m)) for m in marks])
        if panel < 2:
            key = ("azimuth_deg", "elevation_deg")[panel]
            parts += _dots(((x(s["t_s"] + middle), s[key]) for s in segments), y, "#444", size + 1.0, hollow=True)
            # The loudest are drawn last, over the others.
            for index, source in reversed(list(enumerate(sources))):
                colour = _COLOURS[index] if index < len(_COLOURS) else _MORE
                parts += _dots(((x(p["t_s"] + middle), p[key]) for p in source["path"]), y, colour, size, hollow=False)
        else:
            values = energies if panel == 2 else [float(s["diffuseness"]) for s in segments]
            line = " ".join(
                f"{x(float(s['t_s']) + middle):.1f},{y(v):.1f}" for s, v in zip(segments, values, strict=True)
            )
            parts.append(f'<polyline points="{line}" fill="none" stroke="#444" stroke-width="1.5"/>')
        top += height + _GAP
    parts += [f'<text x="{x(t):.1f}" y="{top - 14}" class="m">{_clock(t, end_s)}</text>' for t in _times(end_s)]
    parts += _legend(sources)
    style = "text{font:12px sans-serif;fill:#222}.t{font-size:15px}.m{text-anchor:middle}.r{text-anchor:end}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{top}" viewBox="0 0 {_WIDTH} {top}">'
        f'<style>{style}</style><rect width="100%" height="100%" fill="#fff"/>{"".join(parts)}</svg>\n'
    )


def _times(end_s: float) -> list[float]:
    step = next((s for s in (1, 2, 5, 10, 30, 60, 300, 600, 1800, 3600) if end_s / s <= 12), 7200)
    return [float(t) for t in range(0, int(end_s) + 1, step)]


def _clock(t_s: float, end_s: float) -> str:
    if end_s < 120.0:
        return f"{t_s:g} s"
    minutes, seconds = divmod(int(t_s), 60)
    return f"{minutes}:{seconds:02d}" if end_s < 3600.0 else f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"


def _name(text: object, longest: int) -> str:
    """Return a name for XML: control characters would make the drawing unreadable."""
    name = printable(str(text))
    return escape(name if len(name) <= longest else name[: longest - 1] + "…")


def _frame(title: str, top: int, height: int, marks: Iterable[tuple[float, float]]) -> list[str]:
    right = _WIDTH - _RIGHT
    parts = [f'<text x="{_LEFT}" y="{top - 6}">{title}</text>']
    for value, y in marks:
        parts.append(f'<path d="M{_LEFT} {y:.1f}H{right}" stroke="#ddd"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" class="r">{value:g}</text>')
    parts.append(f'<rect x="{_LEFT}" y="{top}" width="{right - _LEFT}" height="{height}" fill="none" stroke="#999"/>')
    return parts


def _dots(
    points: Iterable[tuple[float, float | None]],
    y: Callable[[float], float],
    colour: str,
    radius: float,
    *,
    hollow: bool,
) -> list[str]:
    look = f'fill="none" stroke="{colour}"' if hollow else f'fill="{colour}"'
    return [
        f'<circle cx="{at:.1f}" cy="{y(value):.1f}" r="{radius}" {look}/>' for at, value in points if value is not None
    ]


def _legend(sources: Sequence[Mapping[str, Any]]) -> list[str]:
    at = _WIDTH - _RIGHT + 14
    parts = [f'<circle cx="{at}" cy="52" r="4" fill="none" stroke="#444"/><text x="{at + 10}" y="56">dominant</text>']
    for index, source in enumerate(sources[: len(_COLOURS)]):
        y = 74 + 20 * index
        name = _name(source["label"] or f"source {index + 1}", _LONGEST_NAME)
        parts.append(f'<circle cx="{at}" cy="{y - 4}" r="3" fill="{_COLOURS[index]}"/>')
        parts.append(f'<text x="{at + 10}" y="{y}">{name}</text>')
    if len(sources) > len(_COLOURS):
        y = 74 + 20 * len(_COLOURS)
        parts.append(f'<circle cx="{at}" cy="{y - 4}" r="3" fill="{_MORE}"/>')
        parts.append(f'<text x="{at + 10}" y="{y}">{len(sources) - len(_COLOURS)} more</text>')
    return parts
