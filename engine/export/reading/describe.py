"""How a sound file is interpreted, for `inspect`."""

from contextlib import closing
from pathlib import Path

from engine.contract.conventions import FOA_CHANNELS
from engine.export.reading.ambix_reader import AmbixReader
from engine.export.reading.opening import open_take
from engine.export.reading.source import Convention


def describe_sound(path: Path, convention: Convention | None = None) -> dict[str, object]:
    """Return the facts of a sound file, ready for JSON; one of four mono files, or a pattern, is the take of all four.

    Keys: kind ("sound"), channels, rate, duration_s, format, subtype, convention ("ambix", "fuma", "n3d", "a-format";
    None if it has too few channels for a sound field), convention_source ("file", "guess", "user"; None likewise),
    notices (sentences). Raises MediaError.
    """
    with closing(open_take(path, convention)) as source:
        told: dict[str, object] = {
            "kind": "sound",
            "channels": source.channels,
            "rate": source.rate_hz,
            "duration_s": round(source.frames / source.rate_hz, 6),
            "format": source.container,
            "subtype": source.subtype,
            "convention": None,
            "convention_source": None,
            "notices": [f"{path.name} {notice}" for notice in source.notices],
        }
        if source.channels < FOA_CHANNELS:
            return told
    with AmbixReader(path, convention) as reader:
        told["convention"], told["convention_source"] = reader.convention, reader.convention_source
        told["notices"] = list(reader.notices)
    return told
