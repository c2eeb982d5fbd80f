"""Whether a JSON file in the place of an annotation is a complete one: a user may have written or edited it."""

import math
from collections.abc import Mapping
from typing import Any

FORMAT = "swansphere-annotation-1"
_LONGEST_S = 1e7


def is_whole(value: object) -> bool:
    """Return whether a value has every part that drawing and captioning an annotation need, of the right type."""
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        return False
    texts = all(isinstance(value.get(key), str) for key in ("file", "caption"))
    times = all(_is_time(value.get(key)) for key in ("duration_s", "segment_s"))
    segments, sources = value.get("segments"), value.get("sources")
    return (
        texts
        and times
        and value["segment_s"] > 0
        and isinstance(segments, list)
        and bool(segments)
        and all(_is_point(s) and _is_number(s.get("energy")) and _is_number(s.get("diffuseness")) for s in segments)
        and isinstance(sources, list)
        and all(_is_source(source) for source in sources)
        and _are_texts(value.get("notices", []))
        and not _holds_odd_numbers(value)
    )


def _is_source(source: object) -> bool:
    if not isinstance(source, dict) or not isinstance(source.get("label"), str | None):
        return False
    path = source.get("path")
    return isinstance(path, list) and all(_is_point(p) and _is_number(p.get("energy_share")) for p in path)


def _is_point(point: object) -> bool:
    if not isinstance(point, dict) or not _is_time(point.get("t_s")):
        return False
    angles = [point.get(key, "") for key in ("azimuth_deg", "elevation_deg")]
    return all(angle is None for angle in angles) or all(_is_number(angle) for angle in angles)


def _is_time(value: Any) -> bool:
    return _is_number(value) and 0.0 <= value <= _LONGEST_S


def _is_number(value: Any) -> bool:
    """Return whether a value is a finite number; integers with hundreds of digits cannot be used in calculations."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


def _holds_odd_numbers(value: object) -> bool:
    """Return whether there is a number anywhere that JSON does not have: it could not be written back."""
    if isinstance(value, Mapping):
        return any(_holds_odd_numbers(inner) for inner in value.values())
    if isinstance(value, list):
        return any(_holds_odd_numbers(inner) for inner in value)
    return isinstance(value, float) and not math.isfinite(value)
