"""The words for how often a sound comes, shared by captions and prompts: a single event, or one after another."""

import re
from typing import Final

ONE: Final = ("one", "a single", "just one")
"""Before the name of a sound that comes once."""
ONCE: Final = ("once", "a single time")
AGAIN: Final = ("again and again", "repeatedly", "many times")
"""After the name."""
_ARTICLE: Final = re.compile(r"^(?:an?|the) ")
_COUNT: Final = re.compile(
    r"^(?:(?:just |only )?(?:one|a single)) (?=\w)|,? \b(?:only |just )?(?:once|(?:a single|one) time)\b"
    r"|,? \b(?:again and again|repeatedly|many times)\b",
    re.IGNORECASE,
)


def single(name: str, words: str) -> str:
    """Return a name with words that say that the sound comes once: one of ONE or ONCE."""
    return f"{words} {_ARTICLE.sub('', name)}" if words in ONE else f"{name} {words}"


def without_count(text: str) -> str:
    """Return a text without the words for how often a sound comes; the text itself if that is all of it."""
    return _COUNT.sub("", text).strip() or text
