"""What is known of a sound file, for people to read and for programs."""

from contextlib import closing
from pathlib import Path
from typing import Any, Final

from engine.contract.conventions import FOA_CHANNELS

_LABEL_WIDTH: Final = 14
_KNOWN: Final = {"file": "as the file says", "guess": "guessed"}


def sound_facts(file: Path) -> dict[str, Any]:
    """Return a sound's facts as plain values for JSON. Raises MediaError if it is no sound.

    `convention` is how its channels are read if they are ambisonic, None if there are too few.
    """
    from engine.export.reading.ambix_reader import AmbixReader
    from engine.export.reading.opening import open_source

    with closing(open_source(file)) as source:
        facts: dict[str, Any] = {
            "file": str(file),
            "kind": "sound",
            "container": source.container,
            "subtype": source.subtype,
            "channels": source.channels,
            "rate_hz": source.rate_hz,
            "duration_s": None if source.frames is None else source.frames / source.rate_hz,
            "convention": None,
            "convention_source": None,
            "notices": [f"{file.name} {notice}" for notice in source.notices],
        }
    if facts["channels"] >= FOA_CHANNELS:
        with AmbixReader(file) as reader:
            facts |= {
                "convention": reader.convention,
                "convention_source": reader.convention_source,
                "notices": list(reader.notices),
            }
    return facts


def sound_lines(facts: dict[str, Any]) -> list[str]:
    """Return a sound's facts as lines to read."""
    channels, length = facts["channels"], facts["duration_s"]
    kind = f"{channels} channel{'s' * (channels > 1)}, {facts['rate_hz']} Hz, {facts['container']}, {facts['subtype']}"
    lines = [str(facts["file"]), _line("sound", kind)]
    lines.append(_line("length", "not stated" if length is None else f"{length:.3f} s"))
    if facts["convention"] is None:
        lines.append(_line("convention", "none: first-order ambisonics has four channels"))
    else:
        lines.append(_line("convention", f"{facts['convention']} ({_KNOWN[facts['convention_source']]})"))
    return lines + [_line("note", notice) for notice in facts["notices"]]


def _line(label: str, text: str) -> str:
    return f"  {label:<{_LABEL_WIDTH}}{text}"
