"""Brings the values of projects of older versions up to the present one."""

from collections.abc import Callable, Mapping
from typing import Any, Final

VERSION: Final = 4
"""The version that this program writes. A change of the format raises it, and adds a step for the version before."""

Step = Callable[[dict[str, Any]], dict[str, Any]]


def _with_makers(values: dict[str, Any]) -> dict[str, Any]:
    """Version 2 names the generator of a sound file; all files of version 1 are recordings."""
    scene = values.get("scene")
    for lane in _dicts(scene, "lanes"):
        for block in _dicts(lane, "blocks"):
            if block.get("type") == "recording":
                block["made_by"] = ""
    return values


def _with_beds(values: dict[str, Any]) -> dict[str, Any]:
    """Version 3 has beds; all recordings of version 2 are played once."""
    for lane in _dicts(values.get("scene"), "lanes"):
        for block in _dicts(lane, "blocks"):
            if block.get("type") == "recording":
                block["bed_seed"] = None
    return values


def _with_continuing(values: dict[str, Any]) -> dict[str, Any]:
    """Version 4 has blocks that continue a recording; none of version 3 does."""
    for lane in _dicts(values.get("scene"), "lanes"):
        for block in _dicts(lane, "blocks"):
            for made in (block, *_dicts(block, "takes")):
                if isinstance(recipe := made.get("recipe"), dict):
                    recipe["continued"] = None
    return values


def _dicts(values: object, name: str) -> list[dict[str, Any]]:
    """Return the objects of a list in untrusted values; what is none is refused by the reader."""
    items = values.get(name) if isinstance(values, dict) else None
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


STEPS: Final[Mapping[int, Step]] = {1: _with_makers, 2: _with_beds, 3: _with_continuing}
"""From each older version to the next: the whole document's values."""


def migrated(
    values: dict[str, Any], version: int, steps: Mapping[int, Step] = STEPS, target: int = VERSION
) -> dict[str, Any]:
    """Return the values of a document of an older `version` as one of `target`; newer ones stay as they are."""
    for older in range(version, target):
        values = steps[older](values)
    return values
