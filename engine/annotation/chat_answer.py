"""Parses the answer of an endpoint, which is untrusted: reasons, waits, counts."""

import email.utils
import json
import math
import time

from engine.annotation.plain_text import printable

_LONGEST_REASON = 160


def reason_of(raw: bytes, secret: str | None) -> str:
    """Return the reason in the body of a refusal, on one line of at most 160 letters; empty if there is none.

    Some endpoints repeat a rejected key: `secret` is cut out.
    """
    try:
        told = json.loads(raw)["error"]
        text = told["message"] if isinstance(told, dict) else told
    except (ValueError, RecursionError, KeyError, TypeError):
        return ""
    if not isinstance(text, str):
        return ""
    line = printable(text)
    return (line.replace(secret, "...") if secret else line)[:_LONGEST_REASON]


def retry_after_s(value: str | None) -> float | None:
    """Return the seconds of a Retry-After header, in either of its forms; None if it has none."""
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(value).timestamp() - time.time()
        except (ValueError, OverflowError):
            return None
    return max(seconds, 0.0) if math.isfinite(seconds) else None


def count(value: object) -> int:
    """Return a number of tokens; 0 if it is not a number."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
