"""One sentence makes lanes: words, kind and place of each sound, and the captions of the program read backwards."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.annotation.sentence.ideas import lane_ideas
from engine.annotation.sentence.known_sound import known_sound
from engine.annotation.sentence.lanes import add_ideas
from engine.annotation.sentence.sound_table import BEDS, WORDS
from engine.contract.directions import Direction
from engine.contract.errors import SceneError
from engine.contract.scene.blocks import GeneratedBlock
from engine.contract.scene.edits.lanes import add_lane
from engine.contract.scene.history import History
from engine.contract.scene.lane import LaneKind
from engine.contract.scene.place import LanePath
from engine.contract.scene.scene import Scene
from engine.evaluation.probes.text_prompts import TEXT_PROMPTS
from engine.scenes.names import SOUND_NAMES
from engine.words.movement import Movement
from tests.engine.annotation.sentence.other_words import OTHER_WORDS, UNSEEN_WORDS
from tests.engine.annotation.sentence.round_trip import annotated, composed

NAMES = [(name, sound_class) for sound_class, names in SOUND_NAMES.items() for name in names]
CLASSES = [(name, name) for name in WORDS]


def told(sentence: str) -> list[tuple[str, str, str, tuple[float, float] | str | None]]:
    """Return words, class, kind and place of each lane."""
    found = []
    for idea in lane_ideas(sentence).lanes:
        place: tuple[float, float] | str | None = None
        if isinstance(idea.place, Direction):
            place = (idea.place.azimuth_deg, idea.place.elevation_deg)
        elif isinstance(idea.place, Movement):
            place = "moves"
        found.append((idea.words, "" if idea.sound is None else idea.sound.sound_class, idea.kind.value, place))
    return found


def test_the_sentence_of_the_readme() -> None:
    assert told("a dog barks on the left while rain falls behind me") == [
        ("a dog barks", "dog", "point", (90.0, 0.0)),
        ("rain falls", "rain", "bed", (180.0, 0.0)),
    ]


@pytest.mark.parametrize(
    ("sentence", "lanes"),
    [
        ("a dog barks and rain falls", [("a dog barks", "dog", "point", None), ("rain falls", "rain", "bed", None)]),
        ("thunder and lightning", [("thunder and lightning", "thunder", "point", None)]),
        ("a dog barks on the left and growls", [("a dog barks and growls", "dog", "point", (90.0, 0.0))]),
        (
            "a dog, a cat and a rooster",
            [("a dog", "dog", "point", None), ("a cat", "cat", "point", None), ("a rooster", "rooster", "point", None)],
        ),
        ("birds singing everywhere", [("birds singing everywhere", "birdsong", "bed", None)]),
        ("a storm with thunder behind", [("a storm with thunder", "thunder", "point", (180.0, 0.0))]),
        ("a bow and arrow shot on the right", [("a bow and arrow shot", "bow and arrow", "point", (-90.0, 0.0))]),
        (
            "a car drives from left to right, a bell overhead",
            [("a car drives", "car engine", "point", "moves"), ("a bell", "bell", "point", (0.0, 90.0))],
        ),
        ("the sound of rain", [("rain", "rain", "bed", None)]),
        ("qwertz on the left", [("qwertz", "", "point", (90.0, 0.0))]),
        (
            "Rain moving about, on the left at its beginning and end; a dog behind.",
            [("Rain", "rain", "bed", (90.0, 0.0)), ("a dog", "dog", "point", (180.0, 0.0))],
        ),
    ],
)
def test_sentences(sentence: str, lanes: list[tuple[str, str, str, object]]) -> None:
    assert told(sentence) == lanes


def test_more_sounds_than_a_prompt_can_place_all_become_lanes() -> None:
    text = "; ".join(f"{name} on the {side}" for name in ("a dog", "a cat", "a bell") for side in ("left", "right"))
    assert len(told(text)) == 6


def test_remarks_name_what_cannot_be_followed() -> None:
    ideas = lane_ideas("no thunder, a dog behind; qwertz on the left")
    assert ideas.remarks == (
        'Sounds cannot be excluded: the model does not read "no thunder".',
        '"Qwertz" names no known sound: the model uses the nearest one.',
    )


@pytest.mark.parametrize("sentence", ["", "  ", "x" * 2_001, "a dog\x00barks"])
def test_a_sentence_that_cannot_be_is_refused(sentence: str) -> None:
    with pytest.raises(SceneError, match="The sentence"):
        lane_ideas(sentence)


def test_lanes_have_places_blocks_and_seeds_and_are_one_step_of_undo() -> None:
    scene = add_lane(Scene(length_samples=20 * 48_000), "Before").scene
    ideas = lane_ideas("a car drives from left to right in 4 seconds, rain everywhere and a dog on the left")
    history = History(scene).done(add_ideas(scene, ideas.lanes, 48_000, 10 * 48_000, seed=5))
    assert history.undo_name == "Add 3 lanes"
    _, car, rain, dog = history.scene.lanes
    assert [(lane.name, lane.kind, lane.width_deg) for lane in (car, rain, dog)] == [
        ("Car drives", LaneKind.POINT, None),
        ("Rain", LaneKind.BED, 360.0),
        ("Dog", LaneKind.POINT, None),
    ]
    assert car.path is not None
    frames = car.path.keyframes
    assert (frames[0].at_sample, frames[-1].at_sample) == (48_000, 5 * 48_000)
    assert (frames[0].direction.azimuth_deg, frames[-1].direction.azimuth_deg) == (90.0, -90.0)
    assert rain.path is None
    assert dog.path == LanePath.fixed(Direction(90.0))
    recipes, directions = [], []
    for lane in (car, rain, dog):
        (block,) = lane.blocks
        assert isinstance(block, GeneratedBlock)
        assert (block.start_sample, block.end_sample) == (48_000, 480_000)
        recipes.append((block.recipe.words, block.recipe.seed, block.recipe.film_sample))
        directions.append(block.recipe.direction)
    left = Direction(90.0)
    assert directions == [left, None, left], "made where it begins; what is all around has no direction"
    assert [seed for _, seed, _ in recipes] == [5, 6, 7]
    assert recipes[1][0] == "rain everywhere", "the model was trained with these words"
    assert len({lane.colour for lane in history.scene.lanes}) == 4
    assert history.undone().scene == scene


def test_a_source_without_a_place_is_made_in_front_and_stays_there() -> None:
    scene = add_ideas(Scene(), lane_ideas("a dog barks, rain falls").lanes, 0, 48_000).scene
    told = [
        block.recipe.direction for lane in scene.lanes for block in lane.blocks if isinstance(block, GeneratedBlock)
    ]
    assert told == [Direction(0.0), None]


def test_far_and_near_are_distances_with_the_level_that_the_words_mean() -> None:
    far, near = lane_ideas("a dog far away behind me, a cat close by on the left").lanes
    assert (round(far.distance_m, 2), round(near.distance_m, 2)) == (5.64, 1.42)


@pytest.mark.parametrize("sounds", [NAMES, CLASSES], ids=["names", "classes"])
def test_captions_of_annotate_are_read_back(sounds: list[tuple[str, str]]) -> None:
    figures = annotated(sounds, 150, seed=1)
    assert figures.count == 1.0, figures.wrong
    assert figures.place >= 0.98, figures.wrong  # "a car passing by" moves, and so does a whoosh
    assert figures.sound_class >= 0.99, figures.wrong


def test_captions_of_composed_scenes_are_read_back() -> None:
    figures = composed(NAMES, 150, seed=1)
    assert figures.count >= 0.95, figures.wrong
    assert figures.sound_class >= 0.95, figures.wrong


def test_prompts_in_other_words_name_their_sounds() -> None:
    first = {"baby": "baby crying", "bird": "birdsong", "sea": "sea waves", "engine": "car engine"}
    first |= {"clock": "clock ticking", "sneeze": "sneeze or cough"}
    prompts = [(prompt.text, (first.get(prompt.sound, prompt.sound),)) for prompt in TEXT_PROMPTS]
    assert _read(prompts) == (30, 0), "(right, wrong)"
    right, wrong = _read(OTHER_WORDS)
    assert right >= 26
    assert wrong <= 2
    right, _ = _read(UNSEEN_WORDS)
    assert right >= 12, "words that the table was not written for"


def _read(prompts: Sequence[tuple[str, tuple[str, ...]]]) -> tuple[int, int]:
    """Return how many prompts are read right, and how many wrong and not unknown."""
    found = [(known_sound(text), classes) for text, classes in prompts]
    right = sum(sound is not None and sound.sound_class in classes for sound, classes in found)
    return right, sum(sound is not None for sound, _ in found) - right


@pytest.mark.parametrize(
    ("words", "sound_class"),
    [
        ("a handsaw", "saw or power tool"),  # what a compound is a kind of stands at its end
        ("a pocketwatch", "clock ticking"),
        ("a dog in the rain", "dog"),  # what stands after a preposition says where
        ("rain on a helicopter", "rain"),
        ("an owl by the stream", "owl or pigeon"),
    ],
)
def test_what_a_word_is_a_kind_of_counts_and_where_it_is_counts_less(words: str, sound_class: str) -> None:
    sound = known_sound(words)
    assert sound is not None
    assert sound.sound_class == sound_class


def test_beds_are_classes() -> None:
    assert set(WORDS) > BEDS
    assert all(words.split() for words in WORDS.values())
    assert not [word for words in WORDS.values() for word in words.split() if word.strip("-") != word]
    assert known_sound("laundry") is None


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32))
def test_any_words_become_lanes_or_one_sentence(seed: int) -> None:
    rng = random.Random(seed)
    pieces = ["a dog", "rain", "and", "with", ",", ";", "on the left", "behind", "everywhere", "no", "circling me", "5"]
    pieces += [
        "from left to right",
        "moving about, behind at its beginning and end",
        "ˍ",
        "‿",
        "(",
        "*",
        "雨",
        "with a",
    ]
    text = " ".join(rng.choice(pieces) for _ in range(rng.randrange(1, 14)))
    try:
        ideas = lane_ideas(text)
    except SceneError as error:
        assert str(error) == "The sentence names no sound: write what should be heard, and where."  # noqa: PT017
        return
    scene = add_ideas(Scene(), ideas.lanes, 0, 480_000).scene
    assert 1 <= len(scene.lanes) == len(ideas.lanes)
