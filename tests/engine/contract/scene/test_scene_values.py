"""The parts of a scene: what they refuse, in which words, and what they say about themselves."""

import math
from dataclasses import replace
from typing import Any

import pytest

from engine.contract.control import PathInterpolation
from engine.contract.directions import Direction
from engine.contract.errors import InvalidInputError, SceneError
from engine.contract.scene.blocks import Convention, FileReference, GeneratedBlock, RecordingBlock
from engine.contract.scene.checks import MOST_BLOCKS, MOST_LANES, MOST_SAMPLES, check_gain, samples_of
from engine.contract.scene.lane import Lane, LaneKind
from engine.contract.scene.place import Keyframe, LanePath
from engine.contract.scene.recipe import Cue, PromptSlot, Recipe, SceneTake
from engine.contract.scene.scene import LoopRange, Marker, Scene
from engine.contract.video import Pose
from tests.engine.contract.scene.scenes import DOG, HOWL, S, large_scene, whole_scene

REFUSED: list[tuple[str, str, Any]] = [
    ("lanes.0", "gain_db", 20.1),
    ("lanes.0", "gain_db", math.nan),
    ("lanes.0", "gain_db", "loud"),
    ("lanes.0", "gain_db", True),
    ("lanes.0", "gain_db", 10**400),
    ("lanes.0", "lane_id", 0),
    ("lanes.0", "lane_id", 2**53),
    ("lanes.0", "lane_id", 1.0),
    ("lanes.0", "name", " "),
    ("lanes.0", "name", "x" * 201),
    ("lanes.0", "name", "two\nlines"),
    ("lanes.0", "name", "\ud800"),
    ("lanes.0", "name", None),
    ("lanes.0", "kind", "point"),
    ("lanes.0", "colour", "red"),
    ("lanes.0", "colour", "#ABCDEF"),
    ("lanes.0", "mute", 1),
    ("lanes.0", "width_deg", 361.0),
    ("lanes.0", "width_deg", -1.0),
    ("lanes.0", "path", Direction(0.0)),
    ("lanes.0", "blocks", []),
    ("lanes.0", "blocks", (1,)),
    ("lanes.2", "path", LanePath.fixed(Direction(0.0))),
    ("lanes.3", "width_deg", 10.0),
    ("lanes.0.blocks.0", "block_id", -3),
    ("lanes.0.blocks.0", "start_sample", -1),
    ("lanes.0.blocks.0", "start_sample", MOST_SAMPLES),
    ("lanes.0.blocks.0", "start_sample", 0.5),
    ("lanes.0.blocks.0", "length_samples", 479),
    ("lanes.0.blocks.0", "length_samples", 10**30),
    ("lanes.0.blocks.0", "fade_in_samples", 4 * S),
    ("lanes.0.blocks.0", "fade_out_samples", -1),
    ("lanes.0.blocks.0", "before_samples", -1),
    ("lanes.0.blocks.0", "recipe", "a dog"),
    ("lanes.0.blocks.0", "recipe", replace(DOG, seed=1)),
    ("lanes.0.blocks.0", "current", "gone"),
    ("lanes.0.blocks.0", "takes", (SceneTake("bb22", DOG), SceneTake("bb22", HOWL))),
    ("lanes.1.blocks.0", "file", "/sounds/rain.wav"),
    ("lanes.1.blocks.0", "convention", "fuma"),
    ("lanes.1.blocks.0", "offset_samples", -1),
    ("lanes.1.blocks.0", "file_samples", 0),
    ("", "length_samples", 0),
    ("", "lanes", [1]),
    ("", "film", "clip.mp4"),
    ("", "loop", (0, 1)),
    ("", "master_gain_db", -61.0),
    ("", "head_locked", None),
    ("", "horizon", Pose(181.0)),
    ("", "horizon", Pose(math.nan)),
    ("", "av_offset_samples", 480_001),
    ("", "next_id", 21),
    ("", "markers", (Marker(20, 5), Marker(21, 4))),
    ("", "markers", (Marker(20, 5), Marker(20, 6))),
    ("", "markers", (Marker(1, 5),)),
    ("", "markers", tuple(Marker(100 + k, k) for k in range(2_001))),
    ("lanes.0.path", "keyframes", ()),
    ("lanes.0.path", "keyframes", (Keyframe(5, Direction(0.0)), Keyframe(4, Direction(0.0)))),
    ("lanes.0.path", "interpolation", "straight"),
]


def part_of(scene: Scene, place: str) -> Any:
    value: Any = scene
    for step in filter(None, place.split(".")):
        value = value[int(step)] if step.isdigit() else getattr(value, step)
    return value


@pytest.mark.parametrize(("place", "name", "value"), REFUSED, ids=lambda v: str(v)[:24])
def test_a_value_that_cannot_be_is_refused_with_a_sentence(place: str, name: str, value: Any) -> None:
    with pytest.raises(SceneError) as refused:
        replace(part_of(whole_scene(), place), **{name: value})
    text = str(refused.value)
    assert text[0].isupper() or text[0] == "'"
    assert text.endswith(".")
    assert len(text) < 200


def test_there_is_one_error_and_it_is_bad_input() -> None:
    assert issubclass(SceneError, InvalidInputError)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Recipe((Cue((PromptSlot("a"),), 5),)),
        lambda: Recipe((Cue((PromptSlot("a"),)), Cue((), 5), Cue((), 5))),
        lambda: Recipe(()),
        lambda: Recipe.of("  "),
        lambda: Recipe((Cue((PromptSlot("a dog", 0.0),)),)),
        lambda: Recipe.of("a", 2**31),
        lambda: replace(DOG, steps=65),
        lambda: replace(DOG, direction=90.0),  # type: ignore[arg-type]
        lambda: replace(DOG, film_sample=10**20),
        lambda: PromptSlot("a", 4.5),
        lambda: PromptSlot("x" * 1_001),
        lambda: Cue(tuple(PromptSlot("a") for _ in range(9))),
        lambda: SceneTake("../../etc", DOG),
        lambda: SceneTake("a/b", DOG),
        lambda: SceneTake("a..b", DOG),
        lambda: SceneTake("", DOG),
        lambda: SceneTake("a", "words"),  # type: ignore[arg-type]
        lambda: FileReference("", ""),
        lambda: FileReference("a\0b"),
        lambda: FileReference("x" * 5_000),
        lambda: FileReference("a.wav", "md5"),
        lambda: LoopRange(S, S),
        lambda: Keyframe(0, Direction(0.0), 0.0),
        lambda: Keyframe(0, 90.0),  # type: ignore[arg-type]
        lambda: Lane(lane_id=1, kind=LaneKind.FILM_SOUND, name="F", blocks=whole_scene().lanes[1].blocks),
        lambda: Lane(lane_id=1, kind=LaneKind.HEAD_LOCKED, name="H", blocks=whole_scene().lanes[0].blocks),
        lambda: Lane(lane_id=1, name="L", blocks=tuple(reversed(whole_scene().lanes[0].blocks))),
        lambda: Scene(lanes=tuple(Lane(lane_id=k, name="L") for k in range(1, MOST_LANES + 2)), next_id=100),
        lambda: Scene(lanes=(Lane(lane_id=1, name="L"), Lane(lane_id=1, name="M")), next_id=2),
        lambda: Scene(
            lanes=tuple(Lane(lane_id=k, kind=LaneKind.FILM_SOUND, name="F") for k in (1, 2)),
            next_id=3,
        ),
        lambda: samples_of(math.inf),
        lambda: check_gain(math.nan, "The gain"),
    ],
)
def test_parts_that_cannot_be_are_refused(make: Any) -> None:
    with pytest.raises(SceneError, match=r"\.$"):
        make()


@pytest.mark.slow
def test_more_blocks_than_possible_are_refused_in_all_lanes_together() -> None:
    scene = large_scene(n_lanes=2, n_blocks=MOST_BLOCKS)
    assert sum(1 for _ in scene.blocks()) == MOST_BLOCKS
    extra = replace(next(scene.blocks()), block_id=scene.next_id)
    lane = Lane(lane_id=scene.next_id + 1, name="more", blocks=(extra,))
    with pytest.raises(SceneError, match="4001 blocks"):
        replace(scene, lanes=(*scene.lanes, lane), next_id=scene.next_id + 2)


def test_a_path_is_interpolated_in_direction_and_distance() -> None:
    path = whole_scene().lanes[0].path
    assert path is not None
    assert path.directions.interpolation is PathInterpolation.GREAT_CIRCLE
    assert path.directions.at(0.0) == pytest.approx(Direction(90.0).unit_vector())
    assert [path.distance_m_at(t * S) for t in (-1, 0, 2.5, 5, 9)] == [2.0, 2.0, 3.0, 4.0, 4.0]
    assert not path.is_fixed
    assert LanePath.fixed(Direction(5.0), 3.0).distance_m_at(7) == 3.0
    cut = LanePath((Keyframe(S, Direction(0.0), 1.0), Keyframe(S, Direction(90.0), 5.0)))
    assert [cut.distance_m_at(sample) for sample in (S - 1, S)] == [1.0, 5.0]


def test_solo_and_mute_say_which_lanes_sound() -> None:
    scene = whole_scene()
    assert [lane.name for lane in scene.heard_lanes] == ["Dog"]
    calm = replace(scene, lanes=tuple(replace(lane, solo=False) for lane in scene.lanes))
    assert [lane.name for lane in calm.heard_lanes] == ["Dog", "Film", "Music"]
    both = replace(scene, lanes=(replace(scene.lanes[0], mute=True), *scene.lanes[1:]))
    assert both.heard_lanes == ()


def test_blocks_are_called_by_name_words_or_file() -> None:
    dog, film = whole_scene().lanes[0].blocks
    assert dog.title == "dog"
    assert replace(dog, name="").title == "a dog barks, growling"
    assert film.title == "the film's sound"
    music = whole_scene().lanes[3].blocks[0]
    assert music.title == "musik äöü 雨.wav"
    assert FileReference("C:\\sounds\\bird.wav").name == "bird.wav"
    assert isinstance(dog, GeneratedBlock)
    assert isinstance(music, RecordingBlock)
    assert Convention.A_FORMAT.channels == 4


def test_what_is_not_there_is_told() -> None:
    scene = whole_scene()
    assert scene.lane(2).name == "Rain"
    assert scene.lane_of(12).lane_id == 2
    with pytest.raises(SceneError, match="The lane no longer exists"):
        scene.lane(77)
    with pytest.raises(SceneError, match="The block no longer exists"):
        scene.block(77)
    assert scene.take_ids == {"aa11", "bb22"}


def test_seconds_become_samples() -> None:
    assert samples_of(1.5) == 72_000
    assert samples_of(-0.25) == -12_000
