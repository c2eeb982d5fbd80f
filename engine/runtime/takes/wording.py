"""Messages about a take: times as on the transport, missing stretches, a full disk."""

import errno
from pathlib import Path
from typing import Final

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.telemetry import EngineNotice
from engine.runtime.takes.coverage import Stretch

_TOPIC: Final = "take"
_FULL: Final = {errno.ENOSPC, errno.EDQUOT}
_MOST_NAMED: Final = 4
_SHORTEST_NAMED: Final = SAMPLE_RATE_HZ // 100


def clock_text(sample: int) -> str:
    """Return a time of the film as "1:05", with tenths below a minute's worth of detail: "0:12.4"."""
    tenths = round(10 * sample / SAMPLE_RATE_HZ)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    seconds = f"{rest // 10:02d}" + (f".{rest % 10}" if rest % 10 else "")
    return f"{hours}:{minutes:02d}:{seconds}" if hours else f"{minutes}:{seconds}"


def missing_text(holes: tuple[Stretch, ...]) -> str:
    """Return a sentence on the gaps in a take, or "" if there are none."""
    named = [f"{clock_text(begin)} to {clock_text(end)}" for begin, end in holes if end - begin >= _SHORTEST_NAMED]
    if not named:
        return ""
    more = len(named) - _MOST_NAMED
    if more > 0:
        listed = ", ".join(named[:_MOST_NAMED]) + f" and {more} more {'stretch' if more == 1 else 'stretches'}"
    else:
        listed = ", ".join(named[:-1]) + (" and " if len(named) > 1 else "") + named[-1]
    are = "was never recorded and is silent" if len(named) == 1 else "were never recorded and are silent"
    return f"{listed} {are}."


def not_recorded(at: int, error: OSError, store: Path) -> EngineNotice:
    """Return the notice that recording has stopped."""
    if error.errno in _FULL:
        why, remedy = f"the disk with {store} is full", "Free some space, and recording resumes by itself."
    else:
        reason = (error.strerror or str(error)).lower()
        why, remedy = f"{store} cannot be written ({reason})", "Recording resumes by itself when that is fixed."
    return EngineNotice(
        f"The take is not recorded after {clock_text(at)}: {why}. The film plays on, and earlier sound is safe. "
        f"{remedy}",
        topic=_TOPIC,
        lasts=True,
    )


def recorded_again(missing_from: int, at: int) -> EngineNotice:
    """Return the notice that recording has resumed."""
    if at > missing_from:
        gap = f" The sound from {clock_text(missing_from)} to {clock_text(at)} is missing in it."
    else:
        gap = f" The sound after {clock_text(missing_from)} is missing in it."
    return EngineNotice(f"Recording of the take has resumed at {clock_text(at)}.{gap}", topic=_TOPIC)


def short_of_room(seconds: float, store: Path) -> EngineNotice:
    """Return the notice that there is still room for this many seconds."""
    minutes = int(seconds // 60)
    for_how_long = f"{minutes} more minute{'s' if minutes > 1 else ''}" if minutes else "less than a minute more"
    message = f"The disk with {store} has room for {for_how_long} of this take: free some space to keep recording."
    return EngineNotice(message, topic="room")


def large_take(size_bytes: int, store: Path) -> EngineNotice:
    """Return the notice about a take that has grown large: a loop that plays for hours keeps every iteration."""
    message = f"This take has grown to {size_bytes / 1e9:.0f} GB in {store}; each iteration of a loop is kept."
    return EngineNotice(message, topic="room")


def nothing_to_tell() -> EngineNotice:
    """Return what removes the notice that a take is not recorded: that take is closed."""
    return EngineNotice("", topic=_TOPIC)
