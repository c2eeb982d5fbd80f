"""Scenes to test with: one with everything in it, a large one, and random edits of any scene."""

import random
from collections.abc import Callable
from dataclasses import replace

from engine.contract.control import PathInterpolation
from engine.contract.directions import Direction
from engine.contract.scene.blocks import Convention, FileReference, GeneratedBlock, RecordingBlock
from engine.contract.scene.edits import beds, blocks, lanes, places, rerolling, takes, whole, words
from engine.contract.scene.edits.change import Change
from engine.contract.scene.lane import Lane, LaneKind
from engine.contract.scene.place import Keyframe, LanePath
from engine.contract.scene.recipe import Cue, PromptSlot, Recipe, SceneTake
from engine.contract.scene.scene import HeadLockedBus, LoopRange, Marker, Scene, SceneFilm
from engine.contract.video import FilmChoice, Pose, Projection, StereoLayout

S = 48_000
HASH = "sampled-sha256:" + "0123456789abcdef" * 4
FILM = SceneFilm(
    FileReference("/films/clip.mp4", HASH), 30 * S, FilmChoice(StereoLayout.TOP_BOTTOM, Projection.FISHEYE, 190.0, None)
)
STILL = SceneFilm(FileReference("/films/square.png", HASH), 60 * S, FilmChoice(still_s=60.0))
DOG = Recipe(
    (Cue((PromptSlot("a dog barks"), PromptSlot("growling", 0.5))), Cue((PromptSlot("a dog howls"),), 2 * S, S // 2)),
    seed=7,
    steps=5,
    direction=Direction(90.0, 10.0),
)
HOWL = replace(DOG, seed=8)
PATH = LanePath(
    (Keyframe(0, Direction(90.0, 0.0)), Keyframe(5 * S, Direction(-90.0, 30.0), 4.0)), PathInterpolation.GREAT_CIRCLE
)


KEPT = "#4f9cf7"
"""The colour in the project that is kept from version 1: it stays what it was if new lanes get others."""


def one_lane(path: LanePath | None = None) -> Scene:
    """Return a scene with an empty lane."""
    return lanes.add_lane(Scene(), "Dog", path=path).scene


def whole_scene() -> Scene:
    """Return a scene in which no value is the default."""
    dog = GeneratedBlock(
        block_id=10,
        name="dog",
        start_sample=S,
        length_samples=4 * S,
        gain_db=-3.0,
        fade_in_samples=100,
        fade_out_samples=200,
        recipe=DOG,
        before_samples=50,
        takes=(SceneTake("aa11", HOWL, "first", True), SceneTake("bb22", DOG)),
        current="bb22",
    )
    film = GeneratedBlock(block_id=11, start_sample=2 * S, length_samples=S, recipe=Recipe.of("", film_sample=2 * S))
    rain = RecordingBlock(
        block_id=12,
        name="rain on leaves",
        start_sample=0,
        length_samples=9 * S,
        gain_db=1.5,
        fade_in_samples=10,
        fade_out_samples=20,
        file=FileReference("/sounds/rain.wav", HASH),
        file_samples=20 * S,
        offset_samples=S,
        convention=Convention.FUMA,
    )
    music = RecordingBlock(
        block_id=13,
        length_samples=3 * S,
        file=FileReference("/sounds/musik äöü 雨.wav"),
        file_samples=3 * S,
        convention=Convention.STEREO,
    )
    return Scene(
        film=FILM,
        length_samples=30 * S,
        lanes=(
            Lane(lane_id=1, name="Dog", colour="#010203", gain_db=-6.0, solo=True, path=PATH, blocks=(dog, film)),
            Lane(
                lane_id=2,
                kind=LaneKind.BED,
                name="Rain",
                colour=KEPT,
                mute=True,
                armed=False,
                width_deg=270.0,
                blocks=(rain,),
            ),
            Lane(lane_id=3, kind=LaneKind.FILM_SOUND, name="Film", colour=KEPT, gain_db=-20.0),
            Lane(lane_id=4, kind=LaneKind.HEAD_LOCKED, name="Music", colour=KEPT, blocks=(music,)),
        ),
        markers=(Marker(20, S, "bark"), Marker(21, 2 * S)),
        loop=LoopRange(S, 5 * S, False),
        master_gain_db=-1.0,
        head_locked=HeadLockedBus(-2.0, True),
        horizon=Pose(1.0, -2.0, 3.0),
        av_offset_samples=-480,
        next_id=30,
    )


def large_scene(n_lanes: int = 32, n_blocks: int = 500, hours: float = 2.0, keyframes: int = 200) -> Scene:
    """Return a scene with blocks, takes and keyframes spread over a long film."""
    length = round(hours * 3600 * S)
    rows = []
    number = n_lanes + 1
    for lane in range(n_lanes):
        mine = []
        for index in range(lane, n_blocks, n_lanes):
            start = length * index // n_blocks
            recipe = Recipe.of(f"a sound of kind {lane} and number {index}", seed=index)
            made = tuple(
                SceneTake(f"{number:08x}{k:02x}" + "0" * 54, replace(recipe, seed=k + 100_000)) for k in range(5)
            )
            if index % 3:
                mine.append(
                    GeneratedBlock(block_id=number, start_sample=start, length_samples=9 * S, recipe=recipe, takes=made)
                )
            else:
                file = FileReference(f"/sounds/{index}.wav", HASH)
                mine.append(
                    RecordingBlock(
                        block_id=number, start_sample=start, length_samples=9 * S, file=file, file_samples=10 * S
                    )
                )
            number += 1
        frames = tuple(Keyframe(length * k // keyframes, Direction(k % 360 - 180.0)) for k in range(keyframes))
        rows.append(Lane(lane_id=lane + 1, name=f"Lane {lane + 1}", path=LanePath(frames), blocks=tuple(mine)))
    film = SceneFilm(FileReference("/films/long.mp4", HASH), length)
    markers = tuple(Marker(number + k, k * S, f"marker {k}") for k in range(100))
    return Scene(film=film, length_samples=length, lanes=tuple(rows), markers=markers, next_id=number + 100)


def random_edit(scene: Scene, rng: random.Random) -> Change:
    """Return a random edit of a scene; raises SceneError if it cannot be, as the user's wishes may too."""
    return rng.choice(EDITS)(scene, rng)


def _lane(scene: Scene, rng: random.Random) -> int:
    return rng.choice([*(lane.lane_id for lane in scene.lanes), 999_999])


def _block(scene: Scene, rng: random.Random) -> int:
    return rng.choice([*(block.block_id for block in scene.blocks()), 999_999])


def _marker(scene: Scene, rng: random.Random) -> int:
    return rng.choice([*(marker.marker_id for marker in scene.markers), 999_999])


def _time(rng: random.Random) -> int:
    return rng.choice((0, 480, S, 3 * S, rng.randrange(40 * S), -1, 10**12))


def _near(scene: Scene, block_id: int, rng: random.Random) -> int:
    block = scene.block(block_id)
    return rng.choice((block.start_sample, block.end_sample)) + rng.randrange(-2 * S, 2 * S)


def _name(rng: random.Random) -> str:
    return rng.choice(("dog", "rain on leaves", "", "雨", "x" * 150, "two\nlines", "y" * 500))


def _recipe(rng: random.Random) -> Recipe:
    return Recipe.of(rng.choice(("a dog", "rain", "wind")), rng.randrange(3), film_sample=rng.choice((None, 0)))


def _gain(rng: random.Random) -> float:
    return rng.choice((0.0, -60.0, 20.0, -3.25, 21.0, float("nan")))


def _take(scene: Scene, block_id: int, rng: random.Random) -> SceneTake:
    block = scene.block(block_id)
    recipe = block.recipe if isinstance(block, GeneratedBlock) and rng.random() < 0.7 else _recipe(rng)
    return SceneTake(_take_id(rng), recipe)


def _take_id(rng: random.Random) -> str:
    return rng.choice(("aa11", "bb22", "take-0", "take-1"))


def _path(rng: random.Random) -> LanePath:
    frames = (Keyframe(0, Direction(10.0)), Keyframe(rng.randrange(5 * S), Direction(90.0)))
    return LanePath(frames, rng.choice(list(PathInterpolation)))


def _keyframe(rng: random.Random) -> Keyframe:
    return Keyframe(rng.randrange(9 * S), Direction(rng.uniform(-180, 180), rng.uniform(-90, 90)), rng.uniform(0.2, 9))


def _cue(rng: random.Random) -> Cue:
    return Cue((PromptSlot("barking", rng.random()),), rng.randrange(9 * S), rng.randrange(S))


def _on_block(edit: Callable[[Scene, int, random.Random], Change]) -> Callable[[Scene, random.Random], Change]:
    return lambda scene, rng: edit(scene, _block(scene, rng), rng)


def _on_lane(edit: Callable[[Scene, int, random.Random], Change]) -> Callable[[Scene, random.Random], Change]:
    return lambda scene, rng: edit(scene, _lane(scene, rng), rng)


EDITS: list[Callable[[Scene, random.Random], Change]] = [
    lambda s, r: lanes.add_lane(s, _name(r), kind=r.choice(list(LaneKind)), index=r.choice((None, 0, 1, 99))),
    _on_lane(lambda s, i, r: lanes.remove_lane(s, i)),
    _on_lane(lambda s, i, r: lanes.rename_lane(s, i, _name(r))),
    _on_lane(lambda s, i, r: lanes.recolour_lane(s, i, r.choice(("#abcdef", "#ABCDEF", "red")))),
    _on_lane(lambda s, i, r: lanes.move_lane(s, i, r.randrange(-1, 6))),
    _on_lane(lambda s, i, r: lanes.set_lane_gain(s, i, _gain(r))),
    _on_lane(lambda s, i, r: lanes.mute_lane(s, i, r.random() < 0.5)),
    _on_lane(lambda s, i, r: lanes.solo_lane(s, i, r.random() < 0.5)),
    _on_lane(lambda s, i, r: lanes.arm_lane(s, i, r.random() < 0.5)),
    _on_lane(lambda s, i, r: lanes.widen_lane(s, i, r.choice((None, 0.0, 360.0, 361.0)))),
    _on_lane(lambda s, i, r: lanes.change_lane_kind(s, i, r.choice(list(LaneKind)))),
    _on_lane(lambda s, i, r: places.place_lane(s, i, Direction(r.uniform(-180, 180)), r.choice((1.0, 0.0)))),
    _on_lane(lambda s, i, r: places.free_lane(s, i)),
    _on_lane(lambda s, i, r: places.set_path(s, i, _path(r))),
    _on_lane(lambda s, i, r: places.interpolate_path(s, i, r.choice(list(PathInterpolation)))),
    _on_lane(lambda s, i, r: places.put_keyframe(s, i, _keyframe(r))),
    _on_lane(lambda s, i, r: places.move_keyframe(s, i, r.randrange(-1, 4), _keyframe(r))),
    _on_lane(lambda s, i, r: places.remove_keyframe(s, i, r.randrange(-1, 4))),
    _on_lane(lambda s, i, r: blocks.add_generated(s, i, _recipe(r), _time(r), r.choice((10, S, 9 * S)))),
    _on_lane(
        lambda s, i, r: blocks.add_recording(
            s, i, FileReference("/sounds/new.wav"), r.choice((10, 5 * S)), r.choice(list(Convention)), _time(r)
        )
    ),
    _on_block(lambda s, i, r: blocks.move_block(s, i, _time(r), r.choice((None, _lane(s, r))))),
    _on_block(lambda s, i, r: blocks.trim_start(s, i, _near(s, i, r))),
    _on_block(lambda s, i, r: blocks.trim_end(s, i, _near(s, i, r))),
    _on_block(lambda s, i, r: blocks.split_block(s, i, _near(s, i, r))),
    _on_block(lambda s, i, r: blocks.duplicate_block(s, i, r.choice((None, _time(r))), r.choice((None, _lane(s, r))))),
    lambda s, r: blocks.delete_blocks(s, [_block(s, r) for _ in range(r.randrange(3))]),
    _on_block(lambda s, i, r: blocks.rename_block(s, i, _name(r))),
    _on_block(lambda s, i, r: blocks.set_block_gain(s, i, _gain(r))),
    _on_block(lambda s, i, r: blocks.set_block_gains(s, [_block(s, r), _block(s, r)], i, _gain(r))),
    _on_block(lambda s, i, r: blocks.fade_block(s, i, r.randrange(S), r.randrange(S))),
    _on_block(lambda s, i, r: blocks.slip_recording(s, i, _time(r))),
    _on_block(lambda s, i, r: beds.toggle_bed(s, i)),
    _on_block(lambda s, i, r: beds.fill_as_bed(s, i)),
    _on_block(lambda s, i, r: beds.play_once(s, i)),
    _on_block(lambda s, i, r: blocks.set_convention(s, i, r.choice(list(Convention)))),
    _on_block(lambda s, i, r: words.set_words(s, i, [PromptSlot(_name(r))])),
    _on_block(lambda s, i, r: words.put_cue(s, i, _cue(r))),
    _on_block(lambda s, i, r: words.remove_cue(s, i, r.randrange(4))),
    _on_block(lambda s, i, r: words.set_seed(s, i, r.choice((0, 7, 2**31 - 1, 2**31)))),
    _on_block(lambda s, i, r: words.set_steps(s, i, r.choice((None, 1, 64, 65)))),
    _on_block(lambda s, i, r: words.follow_film(s, i, r.random() < 0.5)),
    _on_block(
        lambda s, i, r: words.continue_recording(s, i, r.choice((None, FileReference("/sounds/wind 雨.wav", HASH))))
    ),
    _on_block(lambda s, i, r: words.tell_direction(s, i, r.choice((None, Direction(5.0))))),
    _on_block(
        lambda s, i, r: rerolling.reroll_range(
            s, i, _near(s, i, r), _near(s, i, r), r.randrange(99), r.choice((0, 480, S))
        )
    ),
    _on_block(lambda s, i, r: takes.add_take(s, i, _take(s, i, r))),
    _on_block(lambda s, i, r: takes.choose_take(s, i, _take_id(r))),
    _on_block(lambda s, i, r: takes.keep_take(s, i, _take_id(r), r.random() < 0.5)),
    _on_block(lambda s, i, r: takes.name_take(s, i, _take_id(r), _name(r))),
    _on_block(lambda s, i, r: takes.delete_take(s, i, _take_id(r))),
    lambda s, r: whole.set_film(s, r.choice((None, FILM, STILL))),
    lambda s, r: whole.set_still_length(s, _time(r)),
    lambda s, r: whole.relink_recording(s, r.choice(("/sounds/rain.wav", "/gone.wav")), FileReference("/n.wav"), 9 * S),
    lambda s, r: whole.set_length(s, _time(r)),
    lambda s, r: whole.add_marker(s, _time(r), _name(r)),
    lambda s, r: whole.add_markers(s, [(_time(r), _name(r)) for _ in range(3)]),
    lambda s, r: whole.move_marker(s, _marker(s, r), _time(r)),
    lambda s, r: whole.rename_marker(s, _marker(s, r), _name(r)),
    lambda s, r: whole.remove_marker(s, _marker(s, r)),
    lambda s, r: whole.set_loop(s, r.choice((None, LoopRange(0, S)))),
    lambda s, r: whole.set_master_gain(s, _gain(r)),
    lambda s, r: whole.set_head_locked(s, HeadLockedBus(-1.0, r.random() < 0.5)),
    lambda s, r: whole.set_horizon(s, Pose(r.uniform(-200, 200), 0.0, 1.0)),
    lambda s, r: whole.set_av_offset(s, r.choice((0, -480_000, 480_001))),
]
"""One entry per edit."""
