"""Damages files: every mutant is a function of the file and a seed."""

import json
import random
import struct
from typing import Any

_ODD_VALUES: tuple[Any, ...] = (
    None, True, -1, 0, 3, 1e308, float("inf"), float("nan"), 10**400, 2**31, 2**63, -(2**63), 0.1, "", "x" * 300, "nan",
    "\u0000", "../../../etc/passwd", "9" * 400, [], {}, [[[]]], {"a": 1}, [None] * 50, "\ud83d\ude00", "-", "1e999",
)  # fmt: skip
_ODD_WORDS = (
    "",
    "nan",
    "-inf",
    "9" * 400,
    "1e999",
    "x" * 300,
    "\x00",
    '"',
    "\ufeff",
    ",,,;;;\t\t",
    "a/" * 200,
    "-0",
    "🎧",
)
_ODD_BYTES = (
    b"", b"\0" * 64, b"\xff" * 64, b"[" * 20_000, b'{"a":' * 5_000, b"\xef\xbb\xbf", b"\xff\xfe", b"9" * 400, b"RIFF",
)  # fmt: skip
_ODD_INTEGERS = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)
_HEAD = 2_048


def mutated_bytes(data: bytes, rng: random.Random) -> bytes:
    """Return data with one to four faults; most lie near the start, where the sizes are."""
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        at = rng.randrange(min(len(out), _HEAD) if rng.random() < 0.7 and out else max(len(out), 1))
        match rng.randrange(7):
            case 0:
                out[at : at + 1] = bytes([rng.randrange(256)])
            case 1:
                at -= at % 2
                out[at : at + 4] = struct.pack(rng.choice("<>") + "I", rng.choice(_ODD_INTEGERS))
            case 2:
                out[at : at + 8] = struct.pack(rng.choice("<>") + "Q", rng.choice((*_ODD_INTEGERS, 2**63, 2**64 - 1)))
            case 3:
                del out[at:]
            case 4:
                del out[at : at + rng.randrange(1, 64)]
            case 5:
                out[at:at] = out[at : at + rng.randrange(1, 512)]
            case _:
                out[at:at] = rng.choice(_ODD_BYTES)
    return bytes(out)


def mutated_json(value: Any, rng: random.Random) -> Any:
    """Return a value with one place of it removed, doubled, or replaced by an odd value."""
    value = json.loads(json.dumps(value))
    places = list(_places(value))
    if not places or rng.random() < 0.05:
        return rng.choice(_ODD_VALUES)
    holder, key = rng.choice(places)
    match rng.randrange(4):
        case 0:
            del holder[key]
        case 1 if isinstance(holder, list):
            holder.insert(key, holder[key])
        case _:
            holder[key] = rng.choice(_ODD_VALUES)
    return value


def mutated_text(data: bytes, rng: random.Random) -> bytes:
    """Return JSON, lines of JSON, a table or settings with a fault in their structure, now and then in their bytes."""
    if rng.random() < 0.25:
        return mutated_bytes(data, rng)
    text = data.decode("utf-8")
    try:
        return json.dumps(mutated_json(json.loads(text), rng)).encode("utf-8", "surrogatepass")
    except ValueError:
        pass
    lines = text.splitlines(keepends=True)
    at = rng.randrange(len(lines))
    try:
        lines[at] = json.dumps(mutated_json(json.loads(lines[at]), rng)) + "\n"
    except ValueError:
        parts = lines[at].replace("=", "\t=\t").replace(",", "\t,\t").split("\t")
        parts[rng.randrange(len(parts))] = rng.choice(_ODD_WORDS)
        lines[at] = "\t".join(parts).replace("\t=\t", "=").replace("\t,\t", ",")
    return "".join(lines).encode("utf-8", "surrogatepass")


def mutated_safetensors(data: bytes, rng: random.Random) -> bytes:
    """Return a file of tensors whose header, or what is written in its metadata, is wrong; else its bytes are."""
    if rng.random() < 0.3:
        return mutated_bytes(data, rng)
    length = int.from_bytes(data[:8], "little")
    header, body = json.loads(data[8 : 8 + length]), data[8 + length :]
    notes = header.get("__metadata__", {})
    if notes and rng.random() < 0.6:
        key = rng.choice(sorted(notes))
        notes[key] = json.dumps(mutated_json(json.loads(notes[key]), rng))
    else:
        header = mutated_json(header, rng)
    written = json.dumps(header).encode()
    return len(written).to_bytes(8, "little") + written + body


def _places(value: Any) -> Any:
    if isinstance(value, dict | list):
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from _places(value[key])
