"""Thirty prompts in words that no training caption contains, and the accepted names of each sound for a tagger.

Every content word is a paraphrase: neither it nor an inflection of it is in the labels of the training sounds or in
the wording of the captions (a test checks the wording, `text_eval --data` the labels of a data folder). The requested
sounds belong to classes in the training data; the words for them are new.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.evaluation.taggers.tagging import AUDIOSET_NAMES
from engine.scenes.tables.rows import sound_rows


@dataclass(frozen=True)
class TextPrompt:
    """The prompt, and the class of sound (a key of `ACCEPTED`) that it has to select."""

    text: str
    sound: str


ACCEPTED: Final[Mapping[str, tuple[str, ...]]] = {
    "rain": AUDIOSET_NAMES["rain"],
    "sea": AUDIOSET_NAMES["sea"],
    "fire": AUDIOSET_NAMES["fire"],
    "dog": AUDIOSET_NAMES["dog"],
    # A crowing rooster is "Fowl" to the tagger in most real clips.
    "rooster": (*AUDIOSET_NAMES["rooster"], "Fowl"),
    "clock": AUDIOSET_NAMES["clock"],
    "helicopter": AUDIOSET_NAMES["helicopter"],
    # A chainsaw is a power tool and saws; a lawn mower, which sounds alike, is another thing and does not count.
    "chainsaw": (*AUDIOSET_NAMES["chainsaw"], "Power tool", "Sawing"),
    "baby": (*AUDIOSET_NAMES["baby"], "Wail, moan", "Whimper"),
    # The training has one class for both.
    "sneeze": (*AUDIOSET_NAMES["sneeze"], "Cough"),
    "footsteps": ("Walk, footsteps", "Run", "Shuffle"),
    "bell": ("Bell", "Church bell", "Change ringing (campanology)", "Chime"),
    # Not "Vehicle", which the tagger returns for anything that rumbles.
    "engine": (
        *(name for name in AUDIOSET_NAMES["engine"] if name != "Vehicle"),
        "Race car, auto racing",
        "Car passing by",
    ),
    "bird": AUDIOSET_NAMES["bird"],
    "cricket": ("Cricket", "Insect"),
    "wind": ("Wind", "Wind noise (microphone)"),
    "thunder": ("Thunder", "Thunderstorm"),
}
"""AudioSet names that count as the sound. General names that nearly everything gets (Animal, Vehicle, Water,
Music, Outside) are never accepted; names of a wider group only if few other sounds belong to it."""

TEXT_PROMPTS: Final = (
    TextPrompt("a steady downpour", "rain"),
    TextPrompt("a cloudburst drenching rooftops", "rain"),
    TextPrompt("a shower pattering on the roof", "rain"),
    TextPrompt("the tide washing against the shore", "sea"),
    TextPrompt("a swell lapping the coast", "sea"),
    TextPrompt("seaside foam rushing onto sand", "sea"),
    TextPrompt("logs blazing in a hearth", "fire"),
    TextPrompt("a bonfire flickering and spitting", "fire"),
    TextPrompt("a hound yapping", "dog"),
    TextPrompt("a terrier woofing at strangers", "dog"),
    TextPrompt("a cockerel greets the dawn", "rooster"),
    TextPrompt("the pendulum of a grandfather timepiece", "clock"),
    TextPrompt("a wristwatch marking seconds", "clock"),
    TextPrompt("a military chopper hovering", "helicopter"),
    TextPrompt("a whirlybird hovers", "helicopter"),
    TextPrompt("a forester felling timber with gasoline equipment", "chainsaw"),
    TextPrompt("a newborn wailing", "baby"),
    TextPrompt("an upset toddler sobbing", "baby"),
    TextPrompt("a loud achoo", "sneeze"),
    TextPrompt("hay fever, atishoo", "sneeze"),
    TextPrompt("boots striding along a corridor", "footsteps"),
    TextPrompt("a pedestrian strolling on pavement", "footsteps"),
    TextPrompt("a carillon in a cathedral", "bell"),
    TextPrompt("the steeple pealing for Sunday mass", "bell"),
    TextPrompt("an automobile cruising on the highway", "engine"),
    TextPrompt("a sports coupe at full throttle", "engine"),
    TextPrompt("robins and sparrows twittering at sunrise", "bird"),
    TextPrompt("katydids stridulating after dark", "cricket"),
    TextPrompt("a gale sweeping the moor", "wind"),
    TextPrompt("a tempest booming and flashing", "thunder"),
)

_FUNCTION_WORDS: Final = frozenset(
    "a an and the of in on at to for with by against along onto after from into over or is as while there".split()
)


def stem(word: str) -> str:
    """Return a lower-case word without the endings of plural, -ing and -ed; crude, and the same for both sides."""
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            break
    if len(word) > 3 and word[-1] == word[-2]:
        word = word[:-1]
    return word.removesuffix("e") if len(word) > 3 else word


def content_stems(text: str) -> frozenset[str]:
    """Return the stems of the words of a text that are not mere function words."""
    return frozenset(stem(word) for word in re.findall(r"[a-z]+", text.lower()) if word not in _FUNCTION_WORDS)


def known_words(prompts: Sequence[TextPrompt], texts: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return, for every prompt that shares content words with the texts, the shared stems."""
    known = frozenset().union(*map(content_stems, texts))
    shared = {prompt.text: tuple(sorted(content_stems(prompt.text) & known)) for prompt in prompts}
    return {text: words for text, words in shared.items() if words}


def label_texts(data: Path) -> tuple[str, ...]:
    """Return every label and class of a data folder. Raises InvalidInputError if its tables cannot be read."""
    wanted = ("label", "class")
    return tuple({row[column] for row in sound_rows(data, wanted) for column in wanted})
