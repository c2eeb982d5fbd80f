"""Times as people and workstations write them."""

import re
from typing import Final

_CLOCK: Final = re.compile(r"(?:(\d{1,4}):)?(\d{1,4}):(\d{1,2}(?:[.,]\d+)?)")


def seconds_of(text: str) -> float:
    """Return the seconds of `12.5`, `1:02.5` or `00:01:02.500`; a comma may be the decimal point.

    Raises ValueError for anything else.
    """
    clock = _CLOCK.fullmatch(text)
    if clock is None:
        return number_of(text)
    hours, minutes, seconds = clock.groups()
    return 3600.0 * float(hours or 0) + 60.0 * float(minutes) + number_of(seconds)


def number_of(text: str) -> float:
    """Return a number; a comma may be its decimal point. Raises ValueError."""
    return float(text.replace(",", ".", 1))
