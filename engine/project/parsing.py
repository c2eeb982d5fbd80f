"""From the bytes of a project file to plain values; whatever the bytes are, this ends soon and takes little memory."""

import json
import re
from typing import Any, Final

from engine.contract.errors import SceneError

MOST_BYTES: Final = 24 * 2**20
_MOST_CONTAINERS: Final = 1_000_000
_DEEPEST: Final = 32
_TEXT: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_LONGEST_NUMBER: Final = 40


def parse(data: bytes) -> Any:
    """Return the value of JSON text. Raises SceneError if it is too large or deep, or is not JSON.

    NaN, infinities, numbers of more than 40 digits and objects with two values of one name are refused.
    """
    if len(data) > MOST_BYTES:
        raise SceneError(f"It is larger than {MOST_BYTES >> 20} MB.")
    brackets = data.count(b"[") + data.count(b"{")
    if brackets > _MOST_CONTAINERS and brackets - _in_texts(data) > _MOST_CONTAINERS:
        raise SceneError("It has too many values.")
    try:
        value = json.loads(
            data.decode("utf-8-sig"),
            parse_constant=_no_constant,
            parse_int=_whole,
            parse_float=_number,
            object_pairs_hook=_object,
        )
    except RecursionError:
        raise SceneError("The values are nested too deeply.") from None
    except UnicodeDecodeError:
        raise SceneError("It is not text.") from None
    except json.JSONDecodeError as error:
        raise SceneError(f"It is damaged or cut off in line {error.lineno}, column {error.colno}.") from None
    _check_depth(value)
    return value


def _in_texts(data: bytes) -> int:
    """Return how many brackets stand in texts, where they begin no value."""
    texts = (text[0] for text in _TEXT.finditer(data))
    return sum(text.count(b"[") + text.count(b"{") for text in texts)


def _no_constant(name: str) -> float:
    raise SceneError(f"It contains {name}, which is not a usable number.")


def _whole(text: str) -> int:
    if len(text) > _LONGEST_NUMBER:
        raise SceneError("It contains a number with too many digits.")
    return int(text)


def _number(text: str) -> float:
    value = float(text)
    if abs(value) == float("inf"):
        raise SceneError("It contains a number that is too large.")
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        raise SceneError("It contains an object with two values of the same name.")
    return values


def _check_depth(value: Any) -> None:
    """Raise SceneError for values deeper than any project has."""
    level = [value]
    for _ in range(_DEEPEST):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return
    raise SceneError("The values are nested too deeply.")
