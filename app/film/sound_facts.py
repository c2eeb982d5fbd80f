"""What is known of a sound file as lines of text."""

from typing import Any, Final

_LABEL_WIDTH: Final = 14
_KNOWN: Final = {"file": "from the file", "guess": "guessed", "user": "specified"}


def sound_lines(name: str, facts: dict[str, Any]) -> list[str]:
    """Return the facts of `describe_sound` as lines, one per fact; notices at the end."""
    channels, length = facts["channels"], facts["duration_s"]
    kind = f"{channels} channel{'s' * (channels > 1)}, {facts['rate']} Hz, {facts['format']}, {facts['subtype']}"
    lines = [name, _line("sound", kind), _line("length", "not stated" if length is None else f"{length:.3f} s")]
    if facts["convention"] is None:
        lines.append(_line("convention", "none: first-order ambisonics has four channels"))
    else:
        lines.append(_line("convention", f"{facts['convention']} ({_KNOWN[facts['convention_source']]})"))
    return lines + [_line("note", notice) for notice in facts["notices"]]


def _line(label: str, text: str) -> str:
    return f"  {label:<{_LABEL_WIDTH}}{text}"
