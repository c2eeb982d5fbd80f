"""Checks of plain values, each with a sentence; and the bounds of a document.

Times of a scene are whole samples of the film at 48 kHz, so that edges meet exactly after any number of edits.
"""

import math
from collections import Counter
from collections.abc import Sequence, Sized
from typing import Final

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import SceneError

MOST_SAMPLES: Final = 24 * 3600 * SAMPLE_RATE_HZ
"""The latest time in a scene: a day."""
MOST_LANES: Final = 64
MOST_BLOCKS: Final = 4_000
"""In a whole scene."""
MOST_KEYFRAMES: Final = 20_000
"""In one path."""
MOST_MARKERS: Final = 2_000
MOST_CUES: Final = 256
"""Changes of words in one block."""
MOST_SLOTS: Final = 8
MOST_TAKES: Final = 256
"""Takes of one block."""
MOST_ID: Final = 2**53 - 1
"""Any JSON reader keeps whole numbers up to here."""
LOWEST_GAIN_DB: Final = -60.0
HIGHEST_GAIN_DB: Final = 20.0
LONGEST_NAME: Final = 200
LONGEST_WORDS: Final = 1_000
LONGEST_PATH: Final = 4_096
MOST_STORED_BYTES: Final = 16 * 2**20
"""The size of a scene in a project file, about: every scene that can be edited can be saved and opened again."""


def check_number(value: object, low: float, high: float, what: str) -> None:
    """Raise SceneError unless a value is a number from `low` to `high`; `what` names it with its unit."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise SceneError(f"{what} is not a number: choose {low:g} to {high:g}.")
    if not low <= value <= high:  # also for NaN
        shown = f"{value:g}" if abs(value) <= MOST_ID else "no usable number"
        raise SceneError(f"{what} is {shown}: choose {low:g} to {high:g}.")


def check_whole(value: object, low: int, high: int, what: str) -> None:
    """Raise SceneError unless a value is a whole number from `low` to `high`."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise SceneError(f"{what} is not a whole number: choose {low} to {high}.")
    if not low <= value <= high:
        shown = str(value) if abs(value) <= MOST_ID else "too large or too small"
        raise SceneError(f"{what} is {shown}: choose {low} to {high}.")


def check_time(value: object, what: str, low: int = 0) -> None:
    """Raise SceneError unless a value is a time or a length in samples, from `low` samples to a day."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise SceneError(f"{what} is not a whole number of samples.")
    if not low <= value <= MOST_SAMPLES:
        raise SceneError(f"{what} is not between {low / SAMPLE_RATE_HZ:g} s and 24 hours.")


def check_gain(value: object, what: str) -> None:
    """Raise SceneError unless a value is a gain from -60 to 20 dB."""
    check_number(value, LOWEST_GAIN_DB, HIGHEST_GAIN_DB, f"{what} in dB")


def check_flag(value: object, what: str) -> None:
    """Raise SceneError unless a value is True or False."""
    if not isinstance(value, bool):
        raise SceneError(f"{what} is neither on nor off.")


def check_text(value: object, longest: int, what: str, *, may_be_empty: bool = True) -> None:
    """Raise SceneError unless a value is one line of text that any file and any font can hold."""
    if not isinstance(value, str):
        raise SceneError(f"{what} is not text.")
    if len(value) > longest:
        raise SceneError(f"{what} has {len(value)} characters: use at most {longest}.")
    if not (may_be_empty or value.strip()):
        raise SceneError(f"{what} is empty: write at least one character.")
    if any(ord(sign) < 32 or 0x7F <= ord(sign) < 0xA0 or 0xD800 <= ord(sign) < 0xE000 for sign in value):
        raise SceneError(f"{what} contains a character that is not text: remove line breaks and control characters.")


def check_path(value: object, what: str) -> None:
    """Raise SceneError unless a value can be the path of a file."""
    if not isinstance(value, str) or not value:
        raise SceneError(f"{what} has no file name.")
    if len(value) > LONGEST_PATH or "\0" in value:
        raise SceneError(f"{what} has a file name that cannot be used: it is too long or contains a NUL character.")


def check_most(values: Sized, most: int, what: str) -> None:
    """Raise SceneError for more than `most` values; `what` is their plural."""
    if len(values) > most:
        raise SceneError(f"There are {len(values)} {what}: at most {most} are possible.")


def check_all(values: object, kind: type | tuple[type, ...], what: str) -> None:
    """Raise SceneError unless `values` is a tuple of one type: a list could be changed behind the scene's back."""
    if not isinstance(values, tuple) or not all(isinstance(value, kind) for value in values):
        raise SceneError(f"The {what} are not of the expected kind.")


def check_ids(ids: Sequence[int], what: str) -> None:
    """Raise SceneError if two ids are the same; `what` is the plural of what they identify."""
    if len(set(ids)) < len(ids):
        twice = next(number for number, count in Counter(ids).items() if count > 1)
        raise SceneError(f"Two {what} have the same number {twice}.")


def stored_bytes(text: str) -> int:
    """Return at least how many bytes a text takes in a project file."""
    return 2 * len(text) if text.isascii() and text.isprintable() else 12 * len(text)


def samples_of(seconds: float) -> int:
    """Return the nearest sample of a time in seconds. Raises SceneError if it is not a time up to a day."""
    if not (math.isfinite(seconds) and abs(seconds) * SAMPLE_RATE_HZ <= MOST_SAMPLES):
        raise SceneError("A time is not between 0 s and 24 hours.")
    return round(seconds * SAMPLE_RATE_HZ)
