"""The library is searched by words: endings, separators and case do not matter; names count more than folders."""

from engine.contract.library import LibrarySound, found, stems

SOUNDS = (
    LibrarySound("/s/a.wav", "Dogs_barking-02", "animals"),
    LibrarySound("/s/b.wav", "rain on roof", "weather"),
    LibrarySound("/s/c.wav", "take 7", "dog park", "puppy bark"),
    LibrarySound("/s/d.wav", "DoorSlam", "foley"),
)


def test_words_are_split_and_their_endings_do_not_count() -> None:
    assert stems("Dogs_barking-02") == ["dog", "bark", "02"]
    assert stems("DoorSlam3") == ["door", "slam", "3"]
    assert stems("gas bus") == ["gas", "bus"]


def test_all_words_are_needed_and_names_come_first() -> None:
    assert [sound.path for sound in found(SOUNDS, "dog bark")] == ["/s/a.wav", "/s/c.wav"]
    assert [sound.path for sound in found(SOUNDS, "door sl")] == ["/s/d.wav"]
    assert [sound.path for sound in found(SOUNDS, "weather")] == ["/s/b.wav"]
    assert found(SOUNDS, "dog rain") == []
    assert len(found(SOUNDS, "  ")) == 4
