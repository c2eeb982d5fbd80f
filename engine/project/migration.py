"""Brings the values of projects of older versions up to the present one."""

from collections.abc import Callable, Mapping
from typing import Any, Final

VERSION: Final = 1
"""The version that this program writes. A change of the format raises it, and adds a step for the version before."""

Step = Callable[[dict[str, Any]], dict[str, Any]]

STEPS: Final[Mapping[int, Step]] = {}
"""From each older version to the next: the whole document's values."""


def migrated(
    values: dict[str, Any], version: int, steps: Mapping[int, Step] = STEPS, target: int = VERSION
) -> dict[str, Any]:
    """Return the values of a document of an older `version` as one of `target`; newer ones stay as they are."""
    for older in range(version, target):
        values = steps[older](values)
    return values
