"""The library is searched by words: endings, separators and case do not matter; names count more than folders."""

import pickle

from hypothesis import given
from hypothesis import strategies as st

from engine.contract.library import LibrarySound, SoundLibrary, stems

SOUNDS = (
    LibrarySound("/s/a.wav", "Dogs_barking-02", "animals"),
    LibrarySound("/s/b.wav", "rain on roof", "weather"),
    LibrarySound("/s/c.wav", "take 7", "dog park", "puppy bark"),
    LibrarySound("/s/d.wav", "DoorSlam", "foley"),
)
LIBRARY = SoundLibrary(SOUNDS)


def test_words_are_split_and_their_endings_do_not_count() -> None:
    assert stems("Dogs_barking-02") == ["dog", "bark", "02"]
    assert stems("DoorSlam3") == ["door", "slam", "3"]
    assert stems("gas bus") == ["gas", "bus"]


def test_all_words_are_needed_and_names_come_first() -> None:
    assert [sound.path for sound in LIBRARY.found("dog bark")] == ["/s/a.wav", "/s/c.wav"]
    assert [sound.path for sound in LIBRARY.found("door sl")] == ["/s/d.wav"]
    assert [sound.path for sound in LIBRARY.found("weather")] == ["/s/b.wav"]
    assert LIBRARY.found("dog rain") == []
    assert len(LIBRARY.found("  ")) == 4


def test_the_stems_travel_with_a_sound() -> None:
    assert vars(pickle.loads(pickle.dumps(SOUNDS[0])))["words"] == (" dog bark 02", " animal")


WORDS = st.lists(st.sampled_from(("Dogs", "do", "bark", "barking", "3", "rain", "door")), max_size=4).map("_".join)


@given(st.lists(st.builds(LibrarySound, st.uuids().map(str), WORDS, WORDS, WORDS), max_size=8), WORDS)
def test_the_order_is_by_words_in_the_name_then_by_name(sounds: list[LibrarySound], text: str) -> None:
    rows = []
    for sound in sounds:
        beside = stems(f"{sound.folder} {sound.tags}")
        in_name = [any(word.startswith(want) for word in stems(sound.name)) for want in stems(text)]
        if all(
            hit or any(word.startswith(want) for word in beside) for hit, want in zip(in_name, stems(text), strict=True)
        ):
            rows.append((-sum(in_name), sound.name.lower(), sound.path))
    assert [sound.path for sound in SoundLibrary(sounds).found(text)] == [path for *_, path in sorted(rows)]
