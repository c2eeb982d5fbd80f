"""Captions of the clips, and which of the tagger's classes they name."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.contract.errors import InvalidInputError
from engine.evaluation.taggers.tagging import AUDIOSET_NAMES, class_scores
from engine.files.text_file import check_is_file

CLASS_WORDS: Mapping[str, frozenset[str]] = {
    name: frozenset(words.split())
    for name, words in {
        "rain": "rain rains raining raindrop raindrops drizzle downpour",
        "dog": "dog dogs puppy bark barks barking howl howls howling",
        "clock": "clock clocks tick ticks ticking",
        "engine": "engine engines motor motors car cars truck trucks motorcycle motorcycles vehicle vehicles",
        "sea": "sea ocean surf waves shore",
        "rooster": "rooster roosters cock cockerel crowing",
        "fire": "fire fires campfire bonfire fireplace crackles crackling",
        "helicopter": "helicopter helicopters",
        "chainsaw": "chainsaw chainsaws",
        "baby": "baby babies infant",
        "sneeze": "sneeze sneezes sneezing",
        "bird": "bird birds birdsong chirp chirps chirping tweet tweets",
    }.items()
}
"""Words by which a caption names a class of `tagging.AUDIOSET_NAMES`."""

CLASSES = tuple(CLASS_WORDS)
_LARGEST_BYTES = 4 << 20


def read_captions(path: Path) -> dict[str, str]:
    """Return captions by stem of a JSON file {"take-1": "a dog barks"}; `.wav` at the end of a name is removed.

    Raises InvalidInputError if the file is missing, larger than 4 MB, or not such an object.
    """
    hint = 'it should be like {"take-1": "a dog barks on the left"}.'
    try:
        check_is_file(path, "list of captions")
        if path.stat().st_size > _LARGEST_BYTES:
            raise InvalidInputError(f"The captions {path} are larger than 4 MB; {hint}")
        captions = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InvalidInputError(f"The captions {path} cannot be read: {error.strerror}.") from None
    except (ValueError, RecursionError):
        raise InvalidInputError(f"The captions {path} are not valid JSON; {hint}") from None
    if not isinstance(captions, dict) or not all(isinstance(text, str) for text in captions.values()):
        raise InvalidInputError(f"The captions {path} cannot be used; {hint}")
    return {re.sub(r"\.wav$", "", name, flags=re.IGNORECASE): text for name, text in captions.items()}


def named_classes(caption: str) -> tuple[str, ...]:
    """Return the classes that a caption names, none if it names none of the tagger's."""
    words = set(re.findall(r"[a-z]+", caption.lower()))
    return tuple(name for name in CLASSES if words & CLASS_WORDS[name])


def agrees(scores: NDArray[np.floating], display_names: Sequence[str], named: Sequence[str]) -> bool:
    """Return whether the best of all classes in a clip's scores is one that its caption names; silence never agrees."""
    known = [name for name in CLASSES if set(AUDIOSET_NAMES[name]) <= set(display_names)]
    if not known or not np.any(scores):
        return False
    return known[int(np.argmax(class_scores(scores, display_names, known)))] in named
