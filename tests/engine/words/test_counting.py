"""Words for one event and for repeated ones stay in a prompt, and are not taken for a part of the sound's name."""

import numpy as np
import pytest

from engine.scenes.wording import Phrase, phrase_in_words
from engine.words.counting import AGAIN, ONCE, ONE, single, without_count
from engine.words.reading import read_prompt


@pytest.mark.parametrize("words", [*ONE, *ONCE])
def test_a_single_event_is_read_back(words: str) -> None:
    assert without_count(single("a door slam", words)) in ("a door slam", "door slam")


@pytest.mark.parametrize("words", AGAIN)
def test_repeated_events_are_read_back_and_stay_one_sound(words: str) -> None:
    assert without_count(f"a dog barking {words}") == "a dog barking"
    (source,) = read_prompt(f"a dog barking {words} on the left").sources
    assert source.words == f"a dog barking {words}"
    assert source.place is not None


def test_other_words_stay() -> None:
    for text in ("one", "thunder", "phone ringing", "a stone", "someone singing", "rain and wind"):
        assert without_count(text) == text


def test_captions_count_only_what_has_events() -> None:
    rng = np.random.default_rng(0)
    texture = [phrase_in_words(Phrase("rain", "rain", None), rng) for _ in range(200)]
    assert not [words for words in texture if without_count(words) != words]
    once = [phrase_in_words(Phrase("door", "door slam", None, events=1), rng) for _ in range(200)]
    counted = np.mean([without_count(words) != words for words in once])
    assert 0.6 < counted < 0.9
    assert not [words for words in once if "again" in words or "  " in words or " a a " in words]
