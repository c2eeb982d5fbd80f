"""What an endpoint says back, which is not to be trusted: reasons, waits, counts."""

import email.utils
import json
import math
import time

from engine.annotation.plain_text import printable

_LONGEST_REASON = 160


def reason_of(raw: bytes, secret: str | None) -> str:
    """Return what the body of a refusal says, on one line of at most 160 letters; empty where it says nothing.

    Some endpoints repeat the key that they do not like: `secret` is cut out.
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
    """Return the seconds of a Retry-After header, in either of its forms; None where it has none."""
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
    """Return a number of tokens; 0 for what is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
