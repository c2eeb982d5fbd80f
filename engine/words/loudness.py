"""How loud a sound is in words: "faint", "quietly", "loud", as a gain beside sounds without such words."""

import re
from typing import Final

_FAINT_DB: Final = -12.0
_QUIET_DB: Final = -6.0
_LOUD_DB: Final = 6.0
_LEVELS: Final = (
    (
        re.compile(r"\b(?:faint(?:ly)?|(?:barely|hardly) audible|(?:very|really) (?:quiet|soft)(?:ly)?)\b"),
        _FAINT_DB,
    ),
    (re.compile(r"\b(?:quiet(?:ly)?|soft(?:ly)?|gentl[ey]|muted|in the background)\b"), _QUIET_DB),
    (re.compile(r"\b(?:loud(?:ly)?|deafening|noisy|noisily|thunderous(?:ly)?)\b"), _LOUD_DB),
)


def gain_in_words_db(words: str) -> float:
    """Return the gain in dB that some words say, 0 if they say nothing about loudness."""
    said = words.lower()
    return next((gain_db for pattern, gain_db in _LEVELS if pattern.search(said)), 0.0)
