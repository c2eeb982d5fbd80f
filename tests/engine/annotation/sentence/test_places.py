"""Places as words: what is said of a place is read back as that place; rows that were not touched stay as they were."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.annotation.sentence.corrections import corrected, ideas_of, planned
from engine.annotation.sentence.ideas import lane_ideas
from engine.annotation.sentence.places import place_of_words, words_of_place
from engine.contract.directions import Direction
from engine.contract.errors import SceneError
from engine.contract.planned_lane import PlannedLane
from engine.contract.scene.lane import LaneKind
from engine.contract.scene.place import USUAL_DISTANCE_M


@settings(deadline=None, max_examples=150)
@given(st.integers(-179, 180), st.integers(-89, 89))
def test_any_direction_is_read_back_from_its_words(azimuth: int, elevation: int) -> None:
    place = Direction(float(azimuth), float(elevation))
    assert place_of_words(words_of_place(place)) == (place, USUAL_DISTANCE_M)


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("a dog on the left", "on the left"),
        ("a dog far away on the left", "on the left, far away"),
        ("a car drives from left to right in 4 seconds", "from left to right in 4 seconds"),
        ("a bee circles around me slowly", "circling me clockwise in 20 seconds"),
        ("a helicopter passes overhead from behind", "passing overhead from behind in 10 seconds"),
        ("a ball bouncing back and forth", "back and forth in 10 seconds"),
        ("a bird at azimuth 33.5, elevation 12", "azimuth 33.5, elevation 12"),
        ("rain", "all around"),
        ("a dog", ""),
    ],
)
def test_the_words_of_a_place_are_read_back_as_that_place(sentence: str, words: str) -> None:
    (idea,) = lane_ideas(sentence).lanes
    assert planned(idea).place == words
    assert place_of_words(words) == (idea.place, pytest.approx(idea.distance_m))


@pytest.mark.parametrize(
    "text", ["a dog on the left", "Tuesday", "left of the house", "x" * 2_000, "on the left and on"]
)
def test_words_that_are_no_place_are_refused_with_a_hint(text: str) -> None:
    with pytest.raises(SceneError, match="is not understood as a place: write, for example"):
        place_of_words(text)


def test_a_corrected_row_keeps_what_was_not_changed() -> None:
    (idea,) = lane_ideas("a train from the back left to the front right slowly, passing loudly").lanes[:1]
    row = planned(idea)
    assert corrected(idea, row) == idea
    other = corrected(idea, replace(row, words="a tram", gain_db=-3.0))
    assert (other.words, other.place, other.gain_db) == ("a tram", idea.place, -3.0)
    assert other.sound is not None
    assert other.sound.sound_class == "train"
    moved = corrected(idea, replace(row, place="behind", kind=LaneKind.BED))
    assert (moved.place, moved.kind, moved.words) == (Direction(180.0), LaneKind.BED, idea.words)


@pytest.mark.parametrize(
    "row",
    [
        PlannedLane(""),
        PlannedLane("x" * 1_001),
        PlannedLane("a dog", "nowhere at all"),
        PlannedLane("a dog", gain_db=40.0),
        PlannedLane("a dog", gain_db=float("nan")),
    ],
)
def test_rows_that_cannot_be_lanes_are_refused(row: PlannedLane) -> None:
    with pytest.raises(SceneError):
        ideas_of((row,))


def test_words_of_loudness_are_gains() -> None:
    sounds = lane_ideas("a faint bell on the left, a quiet dog on the right, loud thunder behind and a cat above")
    assert [lane.gain_db for lane in sounds.lanes] == [-12.0, -6.0, 6.0, 0.0]
