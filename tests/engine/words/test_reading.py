"""What a prompt says is read as a person means it; what says no place stays as it is."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.annotation.captions import describe_track
from engine.contract.control import DirectionPath, GenerationSettings, Lane, Prompt
from engine.contract.directions import Direction, angle_between, unit_vectors
from engine.evaluation.probes.text_prompts import TEXT_PROMPTS
from engine.scenes.names import SOUND_NAMES
from engine.scenes.wording import place_in_words
from engine.words.movement import Movement
from engine.words.placing import place_sources
from engine.words.reading import read_prompt

SOUNDS = sorted({name for names in SOUND_NAMES.values() for name in names} | {p.text for p in TEXT_PROMPTS})


def placed(text: str) -> list[tuple[str, tuple[float, float] | None]]:
    """Return the sources of a prompt, words and direction."""
    sources = read_prompt(text).sources
    assert not any(isinstance(source.place, Movement) for source in sources)
    return [
        (source.words, None if source.place is None else (source.place.azimuth_deg, source.place.elevation_deg))
        for source in sources
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("where", "azimuth", "elevation"),
    [
        ("on the left", 90, 0), ("to my right", -90, 0), ("at my left side", 90, 0), ("straight ahead", 0, 0),
        ("in front of me", 0, 0), ("behind", 180, 0), ("from behind", 180, 0), ("behind me on the left", 135, 0),
        ("far away behind on the right", -135, 0), ("at the front right", -45, 0), ("ahead on the left", 45, 0),
        ("above", 0, 90), ("overhead", 0, 90), ("high above me", 0, 90), ("below", 0, -90), ("under my feet", 0, -90),
        ("on the left above", 90, 40), ("at the back left, high up", 135, 40), ("on the right, low down", -90, -40),
        ("30 degrees to the left", 30, 0), ("at azimuth -60 and elevation 20", -60, 20), ("at 3 o'clock", -90, 0),
        ("at azimuth 350", -10, 0), ("in the left ear", 90, 0), ("to the left of the listener", 90, 0),
    ],
)  # fmt: skip
def test_a_place_in_words_is_a_direction(where: str, azimuth: float, elevation: float) -> None:
    assert placed(f"a dog barks {where}") == [("a dog barks", (azimuth, elevation))]


@pytest.mark.parametrize("where", ["on the left", "behind me", "In front"])
def test_a_place_may_come_first(where: str) -> None:
    assert placed(f"{where} a dog barks") == placed(f"a dog barks {where}") == placed(f"{where}, a dog barks")


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(azimuth=st.floats(-180, 180), elevation=st.floats(-85, 85), seed=st.integers(0, 2**31))
def test_what_captions_say_of_a_direction_is_read_as_that_direction(
    azimuth: float, elevation: float, seed: int
) -> None:
    """One vocabulary: the words of the captions name eighths of the horizon, and heights in three steps."""
    vector = unit_vectors(np.deg2rad(azimuth), np.deg2rad(elevation))
    for words in (place_in_words(vector, np.random.default_rng(seed)), describe_track("", vector[None]).strip()):
        source = read_prompt(f"a dog barks {words}").sources[0]
        assert source.words == "a dog barks"
        assert isinstance(source.place, Direction)
        assert np.rad2deg(angle_between(source.place.unit_vector(), vector)) < 60.0


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        *SOUNDS, "rock and roll", "thunder and lightning", "a dog barks and a car passes", "a dog left the house",
        "a dog at the front door", "footsteps on the back stairs", "rain all around", "wind everywhere",
        "distant thunder", "a bell rings at 3 o'clock", "a car passes by", "rain falling on the roof",
        "the right answer", "rain at 20 degrees celsius",
        "  rain  ", "people talk in the background", "rain far away", "a voice close by",
        "", "狗叫", "⟦0⟧",
    ],
)  # fmt: skip
def test_what_says_no_place_stays_to_the_letter(text: str) -> None:
    reading = read_prompt(text)
    assert [(source.words, source.place, source.gain_db) for source in reading.sources] == [(text.strip(), None, 0.0)]
    assert reading.remarks == ()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "sources"),
    [
        ("a dog barks on the left and sea waves on the right", [("a dog barks", 90), ("sea waves", -90)]),
        ("on the left, a dog barks; on the right, sea waves", [("a dog barks", 90), ("sea waves", -90)]),
        ("on the left a dog barks and on the right a cat meows", [("a dog barks", 90), ("a cat meows", -90)]),
        ("left: a dog, right: the sea", [("a dog", 90), ("the sea", -90)]),
        ("rain with a dog barking on the left", [("rain", None), ("a dog barking", 90)]),
        ("rain everywhere and a dog barking on the left", [("rain everywhere", None), ("a dog barking", 90)]),
        ("wind and rain on the left", [("wind and rain", 90)]),
        ("cats and dogs fighting on the left", [("cats and dogs fighting", 90)]),
        ("thunder and lightning behind me", [("thunder and lightning", 180)]),
        ("a dog and a cat on the left", [("a dog and a cat", 90)]),
        ("a dog barks on the left and growls", [("a dog barks and growls", 90)]),
        ("a dog barks on the left and on the right", [("a dog barks", 90), ("a dog barks", -90)]),
        ("rain on both sides", [("rain", 90), ("rain", -90)]),
        ("a clock ticks left, a fire crackles right", [("a clock ticks", 90), ("a fire crackles", -90)]),
        ("engine (right), bird (on the left)", [("engine", -90), ("bird", 90)]),
        ("a car (red) on the left", [("a car (red)", 90)]),
        ("music from the left speaker", [("music", 90)]),
        ("rain and, on the right, a dog", [("rain", None), ("a dog", -90)]),
        ("I hear a dog on my left and there is a bell on the right", [("a dog", 90), ("a bell", -90)]),
        ("rain without thunder on the left", [("rain", 90)]),
        ("a dog barks at 45 degrees", [("a dog barks", 45)]),
        ("A dog barks on the LEFT!", [("A dog barks", 90)]),
        ("left ear: rain; right ear: sea", [("rain", 90), ("sea", -90)]),
        ("dog - left", [("dog", 90)]),
        ("a bird at the top left", [("a bird", 90)]),
        ("a river in front of me while birds sing behind me", [("a river", 0), ("birds sing", 180)]),
    ],
)
def test_clauses_with_places_are_sources(text: str, sources: list[tuple[str, float | None]]) -> None:
    assert [(words, where and where[0]) for words, where in placed(text)] == sources


def ends_and_middle(text: str, seconds: float = 10.0) -> list[tuple[int, int]]:
    path = read_prompt(text).sources[0].path(0.0, seconds)
    assert path is not None
    turns = []
    for t_s in (0.0, 0.5 * seconds, seconds):
        x, y, z = path.at(t_s)
        turns.append((round(float(np.rad2deg(np.arctan2(y, x)))) if abs(z) < 0.999 else 0, round(90 * float(z))))
    return turns


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("a car moves from left to right", [(90, 0), (0, 0), (-90, 0)]),
        ("a train passes from the right to the left behind me", [(-90, 0), (180, 0), (90, 0)]),
        ("a helicopter passes overhead from behind", [(180, 0), (0, 90), (0, 0)]),
        ("a plane flies over from left to right", [(90, 0), (0, 0), (-90, 0)]),
        ("a plane flies over me", [(0, 0), (0, 90), (180, 0)]),
        ("a jet passes overhead", [(0, 0), (0, 90), (180, 0)]),
        ("a car passes by on the left", [(30, 0), (90, 0), (150, 0)]),
        ("a car passes from the left", [(90, 0), (0, 0), (-90, 0)]),
        ("a dog runs to the right", [(0, 0), (-45, 0), (-90, 0)]),
        ("a dog barks on the left, then on the right", [(90, 0), (0, 0), (-90, 0)]),
        ("a car approaches from the right and drives away to the left", [(-90, 0), (0, 0), (90, 0)]),
        ("a train goes by from the front to the back on the right side", [(0, 0), (-90, 0), (180, 0)]),
        ("a plane takes off ahead and flies overhead to behind", [(0, 0), (0, 90), (180, 0)]),
        ("a car on the right passes to the left", [(-90, 0), (0, 0), (90, 0)]),
        ("a siren goes from far left to the center", [(90, 0), (45, 0), (0, 0)]),
        ("a bird from below to above", [(0, -90), (0, 0), (0, 90)]),
    ],
)
def test_a_movement_in_words_is_a_path(text: str, way: list[tuple[int, int]]) -> None:
    assert [(abs(az) if abs(az) == 180 else az, el) for az, el in ends_and_middle(text)] == way


@pytest.mark.parametrize(
    ("text", "quarter"),
    [
        ("a bee circles around me clockwise", -90), ("a bee circles around me", -90),
        ("a fly buzzing around my head", -90),
        ("a bee circling me counter-clockwise", 90), ("a bee flies in circles around us anticlockwise", 90),
    ],
)  # fmt: skip
def test_what_circles_goes_round_and_round(text: str, quarter: float) -> None:
    path = read_prompt(text).sources[0].path(0.0, 60.0)
    assert path is not None
    for iteration in range(6):
        assert path.at(10.0 * iteration + 2.5) == pytest.approx(Direction(quarter).unit_vector(), abs=1e-6)
        assert path.at(10.0 * iteration) == pytest.approx(Direction(0).unit_vector(), abs=1e-6)


def test_a_movement_takes_its_time_from_when_it_is_heard_and_stays_where_it_came_to() -> None:
    source = read_prompt("a car moves slowly from left to right").sources[0]
    assert source.words == "a car"
    path = source.path(30.0, 600.0)
    assert path is not None
    assert path.at(29.0) == pytest.approx(Direction(90).unit_vector())
    assert path.at(40.0) == pytest.approx(Direction(0).unit_vector(), abs=1e-6)
    assert path.at(300.0) == pytest.approx(Direction(-90).unit_vector())
    quick = read_prompt("a car moves from left to right in 3 seconds").sources[0].path(0.0, 600.0)
    assert quick is not None
    assert quick.at(3.0) == pytest.approx(Direction(-90).unit_vector())
    short = source.path(0.0, 6.0)
    assert short is not None
    assert short.at(6.0) == pytest.approx(Direction(-90).unit_vector())


def test_what_cannot_be_followed_is_said() -> None:
    without = read_prompt("rain, no thunder, no music")
    assert [source.words for source in without.sources] == ["rain"]
    assert '"no thunder, no music"' in without.remarks[0]
    assert [source.words for source in read_prompt("rain without thunder").sources] == ["rain"]
    assert "behind the door" in read_prompt("a man talks behind the door").remarks[0]
    far = read_prompt("a dog barks far away on the left")
    assert far.sources[0].gain_db < -6.0
    assert "level" in far.remarks[0]
    many = read_prompt("a dog on the left, a cat on the right, rain above, wind behind me, a bell in front")
    assert len(many.sources) == 4
    assert '"a bell"' in many.remarks[0]


def test_the_places_become_paths_and_lanes_and_a_drawn_path_goes_before() -> None:
    mine = (Lane(1, Prompt("rain")),)
    asked = GenerationSettings(Prompt("a dog barks on the left and sea waves on the right"), seed=7, lanes=mine)
    result = place_sources(asked, 0.0, 10.0)
    assert result.settings.prompt.text == "a dog barks"
    assert result.settings.path == DirectionPath.fixed(Direction(90))
    given_lane, sea = result.settings.lanes
    assert given_lane == mine[0]
    assert (sea.prompt.text, sea.path) == ("sea waves", DirectionPath.fixed(Direction(-90)))
    assert '"a dog barks" at 90,0' in result.read_as
    assert result.remarks == ()

    drawn = DirectionPath.fixed(Direction(10))
    result = place_sources(GenerationSettings(Prompt("a dog barks on the left"), drawn), 0.0, 10.0)
    assert result.settings.path == drawn
    assert "chosen direction" in result.remarks[0]

    plain = GenerationSettings(Prompt("  thunder and lightning"), seed=3)
    assert place_sources(plain, 0.0, 10.0).settings == GenerationSettings(Prompt("thunder and lightning"), seed=3)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            "a dog barks on the left and , ; . right behind me above to from while with no without passes overhead "
            "circles around clockwise far away then in front of it at 30 degrees 3 o'clock ⟦0⟧ : é between 500".split(
                " "
            )
        ),
        max_size=14,
    ).map(" ".join)
)
def test_any_words_give_sources_with_words(text: str) -> None:
    reading = read_prompt(text)
    assert reading.sources
    assert all(source.words or not text.strip() for source in reading.sources)
    for source in reading.sources:
        path = source.path(2.0, 8.0)
        assert path is None or np.linalg.norm(path.at(5.0)) == pytest.approx(1.0)


@pytest.mark.slow
def test_a_prompt_without_end_is_quick() -> None:
    assert len(read_prompt("a dog on the left and " * 5_000).sources) == 1
    read_prompt("on the left " * 160)
