"""Edits: what each changes, what it leaves, and the name that undo shows."""

from dataclasses import replace

import pytest

from engine.contract.directions import Direction
from engine.contract.errors import SceneError
from engine.contract.scene.blocks import Convention, FileReference, GeneratedBlock, RecordingBlock
from engine.contract.scene.edits import blocks, lanes, places, takes, whole, words
from engine.contract.scene.edits.change import quoted
from engine.contract.scene.edits.rerolling import reroll_range
from engine.contract.scene.lane import LaneKind
from engine.contract.scene.place import Keyframe, LanePath
from engine.contract.scene.recipe import Cue, PromptSlot, Recipe, SceneTake
from engine.contract.scene.scene import Scene
from tests.engine.contract.scene.scenes import DOG, FILM, HOWL, S, whole_scene


def generated(scene: Scene, block_id: int) -> GeneratedBlock:
    block = scene.block(block_id)
    assert isinstance(block, GeneratedBlock)
    return block


def recording(scene: Scene, block_id: int) -> RecordingBlock:
    block = scene.block(block_id)
    assert isinstance(block, RecordingBlock)
    return block


def test_an_edit_keeps_all_lanes_that_it_does_not_touch() -> None:
    scene = whole_scene()
    changed = lanes.set_lane_gain(scene, 1, -9.0).scene
    assert changed.lanes[0].gain_db == -9.0
    assert all(new is old for new, old in zip(changed.lanes[1:], scene.lanes[1:], strict=True))
    assert changed.lanes[0].blocks is scene.lanes[0].blocks


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (lambda s: blocks.move_block(s, 10, 0), "Move block 'dog'"),
        (lambda s: blocks.delete_blocks(s, [10]), "Delete block 'dog'"),
        (lambda s: blocks.delete_blocks(s, [10, 12]), "Delete 2 blocks"),
        (lambda s: blocks.split_block(s, 12, S), "Split block 'rain on leaves'"),
        (lambda s: lanes.mute_lane(s, 2, False), "Unmute lane 'Rain'"),
        (lambda s: lanes.solo_lane(s, 1, False), "End solo of lane 'Dog'"),
        (lambda s: lanes.rename_lane(s, 1, "Wolf"), "Rename lane 'Dog' to 'Wolf'"),
        (lambda s: takes.name_take(s, 10, "aa11", "x"), "Name take 'first' of block 'dog'"),
        (lambda s: whole.move_marker(s, 20, 0), "Move marker 'bark'"),
        (lambda s: whole.move_marker(s, 21, 0), "Move marker"),
        (lambda s: whole.set_film(s, FILM), "Open film 'clip.mp4'"),
        (lambda s: words.set_seed(s, 11, 5), "Roll the die: block 'the film's sound'"),
        (lambda s: places.free_lane(s, 1), "Leave place of lane 'Dog' to the model"),
    ],
)
def test_names_for_undo(change, name: str) -> None:
    assert change(whole_scene()).name == name


def test_long_names_are_shortened() -> None:
    assert quoted("a" * 41) == f"'{'a' * 39}…'"


def test_lanes_get_numbers_colours_and_rows() -> None:
    scene = lanes.add_lane(whole_scene(), "First", index=0).scene
    scene = lanes.add_lane(scene, "Last", kind=LaneKind.BED).scene
    assert [lane.lane_id for lane in scene.lanes] == [30, 1, 2, 3, 4, 31]
    assert scene.lanes[0].colour != scene.lanes[-1].colour
    scene = lanes.move_lane(scene, 31, 1).scene
    assert [lane.lane_id for lane in scene.lanes] == [30, 31, 1, 2, 3, 4]
    with pytest.raises(SceneError, match="choose 0 to 5"):
        lanes.move_lane(scene, 31, 6)
    without = lanes.remove_lane(scene, 31).scene
    assert lanes.add_lane(without, "Next").scene.lanes[-1].lane_id == 32, "numbers are not given twice"
    with pytest.raises(SceneError, match="two lanes for the film's own sound"):
        lanes.add_lane(scene, "Film again", kind=LaneKind.FILM_SOUND)


def test_a_lane_that_becomes_head_locked_loses_its_place() -> None:
    scene = lanes.add_lane(whole_scene(), "Voice", path=LanePath.fixed(Direction(9.0)), width_deg=20.0).scene
    locked = lanes.change_lane_kind(scene, 30, LaneKind.HEAD_LOCKED).scene.lane(30)
    assert (locked.kind, locked.path, locked.width_deg) == (LaneKind.HEAD_LOCKED, None, None)
    with pytest.raises(SceneError, match="mono and stereo recordings only"):
        lanes.change_lane_kind(scene, 1, LaneKind.HEAD_LOCKED)


def test_places_and_keyframes() -> None:
    scene = places.place_lane(whole_scene(), 2, Direction(-90.0), 3.0).scene
    assert scene.lane(2).path == LanePath.fixed(Direction(-90.0), 3.0)
    scene = places.put_keyframe(scene, 2, Keyframe(2 * S, Direction(0.0))).scene
    scene = places.put_keyframe(scene, 2, Keyframe(S, Direction(10.0))).scene
    scene = places.put_keyframe(scene, 2, Keyframe(S, Direction(20.0))).scene
    path = scene.lane(2).path
    assert path is not None
    assert [(k.at_sample, k.direction.azimuth_deg) for k in path.keyframes] == [(0, -90.0), (S, 20.0), (2 * S, 0.0)]
    moved = places.move_keyframe(scene, 2, 1, Keyframe(9 * S, Direction(1.0))).scene.lane(2).path
    assert moved is not None
    assert moved.keyframes[1].at_sample == 2 * S, "it stays between its neighbours"
    for _ in range(3):
        scene = places.remove_keyframe(scene, 2, 0).scene
    assert scene.lane(2).path is None
    with pytest.raises(SceneError, match="place it first"):
        places.remove_keyframe(scene, 2, 0)
    with pytest.raises(SceneError, match="no longer exists"):
        places.move_keyframe(whole_scene(), 1, 2, Keyframe(0, Direction(0.0)))
    with pytest.raises(SceneError, match="has no place"):
        places.place_lane(scene, 3, Direction(0.0))
    assert places.put_keyframe(scene, 2, Keyframe(5, Direction(7.0))).scene.lane(2).path is not None


def test_place_and_mix_never_touch_what_a_take_is_made_from() -> None:
    scene = whole_scene()
    before = generated(scene, 10)
    for change in (
        places.place_lane(scene, 1, Direction(0.0)),
        lanes.set_lane_gain(scene, 1, 3.0),
        lanes.mute_lane(scene, 1, True),
        lanes.widen_lane(scene, 1, 90.0),
        blocks.fade_block(scene, 10, 5, 5),
        blocks.set_block_gain(scene, 10, 3.0),
        blocks.move_block(scene, 10, 9 * S),
        blocks.trim_start(scene, 10, 2 * S),
        blocks.trim_end(scene, 10, 2 * S),
        blocks.split_block(scene, 10, 2 * S),
        blocks.duplicate_block(scene, 10),
        whole.set_master_gain(scene, 2.0),
    ):
        after = generated(change.scene, 10)
        assert (after.recipe, after.current) == (before.recipe, before.current), change.name


def test_a_split_block_sounds_as_before_and_so_do_its_halves_apart() -> None:
    scene = whole_scene()
    whole_block = generated(scene, 10)
    split = blocks.split_block(scene, 10, 3 * S).scene
    first, second = generated(split, 10), generated(split, 30)
    assert (first.start_sample, first.end_sample, second.end_sample) == (S, 3 * S, whole_block.end_sample)
    assert (first.before_samples, second.before_samples) == (50, 50 + 2 * S)
    assert (first.fade_in_samples, first.fade_out_samples) == (100, 0)
    assert (second.fade_in_samples, second.fade_out_samples) == (0, 200)
    assert (second.recipe, second.current) == (whole_block.recipe, "bb22")
    rain = blocks.split_block(scene, 12, 4 * S).scene
    assert recording(rain, 12).end_sample == recording(rain, 30).start_sample == 4 * S
    assert recording(rain, 30).offset_samples == S + 4 * S
    for at in (S, 5 * S, 0, 99 * S):
        with pytest.raises(SceneError, match="choose a time inside it"):
            blocks.split_block(scene, 10, at)
    with pytest.raises(SceneError, match="10 ms"):
        blocks.split_block(scene, 10, S + 479)


def test_a_block_that_follows_the_film_is_made_again_when_it_moves_and_not_when_it_returns() -> None:
    scene = whole_scene()
    scene = takes.add_take(scene, 11, SceneTake("film-take", generated(scene, 11).recipe)).scene
    assert generated(scene, 11).current == "film-take"
    moved = blocks.move_block(scene, 11, 5 * S).scene
    assert generated(moved, 11).recipe.film_sample == 5 * S
    assert generated(moved, 11).current is None
    assert generated(moved, 11).take("film-take") is not None
    assert blocks.move_block(moved, 11, 2 * S).scene == scene
    copy = generated(blocks.duplicate_block(scene, 11, 6 * S).scene, 30)
    assert (copy.recipe.film_sample, copy.current) == (6 * S, None)
    half = generated(blocks.split_block(scene, 11, 2 * S + S // 2).scene, 30)
    assert (half.recipe.film_sample, half.current) == (2 * S, "film-take")


def test_a_generated_block_may_start_before_its_words_and_changes_them_when_it_did() -> None:
    scene = whole_scene()
    shorter = blocks.trim_start(scene, 10, 2 * S).scene
    assert generated(shorter, 10).before_samples == S + 50
    assert blocks.trim_start(shorter, 10, S).scene == scene
    early = generated(blocks.trim_start(scene, 10, 0).scene, 10)
    assert (early.start_sample, early.before_samples, early.current) == (0, 0, None)
    assert [cue.after_samples for cue in early.recipe.cues] == [0, 2 * S + S - 50]


def test_a_recording_stays_inside_its_file() -> None:
    scene = whole_scene()
    trimmed = blocks.trim_start(scene, 12, S).scene
    assert (recording(trimmed, 12).offset_samples, recording(trimmed, 12).length_samples) == (2 * S, 8 * S)
    moved = blocks.move_block(scene, 12, 5 * S).scene
    with pytest.raises(SceneError, match="its file begins later"):
        blocks.trim_start(moved, 12, 4 * S - 1)
    assert recording(blocks.trim_end(scene, 12, 19 * S).scene, 12).end_sample == 19 * S
    with pytest.raises(SceneError, match="its file is shorter"):
        blocks.trim_end(scene, 12, 19 * S + 1)
    assert recording(blocks.slip_recording(scene, 12, 11 * S).scene, 12).offset_samples == 11 * S
    with pytest.raises(SceneError, match="its file ends there"):
        blocks.slip_recording(scene, 12, 11 * S + 1)
    with pytest.raises(SceneError, match="is generated and has no file"):
        blocks.slip_recording(scene, 10, 0)
    assert recording(blocks.set_convention(scene, 12, Convention.AMBIX).scene, 12).convention is Convention.AMBIX
    with pytest.raises(SceneError, match="has 4 channels, and mono needs 1"):
        blocks.set_convention(scene, 12, Convention.MONO)


def test_a_shorter_file_shortens_no_block() -> None:
    scene = whole_scene()
    found = FileReference("/elsewhere/rain.wav")
    linked = whole.relink_recording(scene, "/sounds/rain.wav", found, 5 * S).scene
    assert (recording(linked, 12).file, recording(linked, 12).length_samples) == (found, 9 * S)
    assert recording(blocks.trim_end(linked, 12, 8 * S).scene, 12).end_sample == 8 * S
    with pytest.raises(SceneError, match=r"No block uses the recording 'gone\.wav'"):
        whole.relink_recording(scene, "/sounds/gone.wav", found, 5 * S)


def test_fades_are_shortened_with_their_block_and_refused_beyond_it() -> None:
    scene = blocks.fade_block(whole_scene(), 10, 2 * S, 2 * S).scene
    short = blocks.trim_end(scene, 10, 4 * S).scene
    assert (generated(short, 10).fade_in_samples, generated(short, 10).fade_out_samples) == (2 * S, S)
    with pytest.raises(SceneError, match="longer than the block"):
        blocks.fade_block(scene, 10, 3 * S, 2 * S)


def test_blocks_move_to_other_lanes_if_these_take_them() -> None:
    scene = blocks.move_block(whole_scene(), 12, S, lane_id=1).scene
    assert [block.block_id for block in scene.lane(1).blocks] == [10, 12, 11]
    assert scene.lane(2).blocks == ()
    for lane_id, why in ((3, "holds no blocks"), (4, "head-locked"), (99, "no longer exists")):
        with pytest.raises(SceneError, match=why):
            blocks.move_block(whole_scene(), 12, S, lane_id=lane_id)
    added = blocks.add_recording(scene, 4, FileReference("/v.wav"), S, Convention.MONO, 2 * S, "voice").scene
    assert added.block(30).title == "voice"
    assert blocks.add_generated(scene, 2, DOG, 0, S).scene.block(30).title == "a dog barks, growling"
    with pytest.raises(SceneError, match="No block is selected"):
        blocks.delete_blocks(scene, [])


def test_other_words_make_another_take_and_the_old_words_bring_the_old_one_back() -> None:
    scene = whole_scene()
    changed = words.set_words(scene, 10, [PromptSlot("a wolf")]).scene
    assert generated(changed, 10).current is None
    assert [take.take_id for take in generated(changed, 10).takes] == ["aa11", "bb22"]
    assert words.set_words(changed, 10, DOG.cues[0].slots).scene == scene
    assert generated(words.set_seed(scene, 10, 8).scene, 10).current == "aa11", "a take with that seed was there"
    later = words.put_cue(scene, 10, Cue((PromptSlot("silence"),), 3 * S)).scene
    assert [cue.after_samples for cue in generated(later, 10).recipe.cues] == [0, 2 * S, 3 * S]
    assert words.remove_cue(later, 10, 2).scene == scene
    for index in (0, 3):
        with pytest.raises(SceneError, match="no longer exists"):
            words.remove_cue(later, 10, index)
    assert generated(words.set_steps(scene, 10, None).scene, 10).recipe.steps is None
    assert generated(words.tell_direction(scene, 10, None).scene, 10).recipe.direction is None
    with pytest.raises(SceneError, match="no words and no takes"):
        words.set_words(scene, 12, [])
    with pytest.raises(SceneError, match="needs words"):
        words.set_words(words.remove_cue(scene, 10, 1).scene, 10, [])


def test_a_block_follows_the_film_from_its_own_time_on() -> None:
    scene = words.follow_film(whole_scene(), 10, True).scene
    assert generated(scene, 10).recipe.film_sample == S - 50
    assert words.follow_film(scene, 10, False).scene == whole_scene()
    with pytest.raises(SceneError, match="no film to follow"):
        words.follow_film(replace(whole_scene(), film=None), 10, True)


def test_takes_are_chosen_with_their_words_kept_named_and_deleted() -> None:
    scene = takes.choose_take(whole_scene(), 10, "aa11").scene
    assert (generated(scene, 10).current, generated(scene, 10).recipe) == ("aa11", HOWL)
    scene = takes.name_take(scene, 10, "aa11", "the long one").scene
    scene = takes.keep_take(scene, 10, "bb22", True).scene
    assert [(take.name, take.is_kept) for take in generated(scene, 10).takes] == [("the long one", True), ("", True)]
    gone = takes.delete_take(scene, 10, "aa11").scene
    assert (generated(gone, 10).current, [t.take_id for t in generated(gone, 10).takes]) == (None, ["bb22"])
    other = takes.delete_take(scene, 10, "bb22").scene
    assert generated(other, 10).current == "aa11"
    with pytest.raises(SceneError, match="it was deleted"):
        takes.choose_take(gone, 10, "aa11")


def test_too_many_takes_push_out_the_oldest_that_nobody_kept() -> None:
    scene = whole_scene()
    for number in range(300):
        scene = takes.add_take(scene, 10, SceneTake(f"t{number}", replace(DOG, seed=number + 1_000))).scene
    names = [take.take_id for take in generated(scene, 10).takes]
    assert len(names) == 256
    assert names[:2] == ["aa11", "bb22"], "the kept and the heard one"
    assert names[-1] == "t299"
    assert generated(scene, 10).current == "bb22"
    for take_id in names:
        scene = takes.keep_take(scene, 10, take_id, True).scene
    with pytest.raises(SceneError, match="delete one first"):
        takes.add_take(scene, 10, SceneTake("one-more", Recipe.of("x")))


def test_the_film_gives_its_length_and_keeps_the_takes() -> None:
    scene = whole_scene()
    longer = whole.set_film(scene, replace(FILM, length_samples=60 * S)).scene
    assert longer.length_samples == 60 * S
    assert generated(longer, 10).current == "bb22"
    with pytest.raises(SceneError, match="as long as its film"):
        whole.set_length(scene, 5 * S)
    assert whole.set_length(whole.set_film(scene, None).scene, 5 * S).scene.length_samples == 5 * S


def test_markers_stay_in_order() -> None:
    scene = whole.add_marker(whole_scene(), 0, "start").scene
    scene = whole.move_marker(scene, 20, 9 * S).scene
    assert [marker.marker_id for marker in scene.markers] == [30, 21, 20]
    scene = whole.remove_marker(whole.rename_marker(scene, 21, "two").scene, 30).scene
    assert [marker.name for marker in scene.markers] == ["two", "bark"]
    with pytest.raises(SceneError, match="it was removed"):
        whole.move_marker(scene, 30, 0)


def test_a_range_is_made_again_and_the_rest_keeps_its_take_and_fades_into_it() -> None:
    scene = whole_scene()  # block 10 is from 1 s to 5 s, and its words change 2 s after its recipe's start
    change = reroll_range(scene, 10, 2 * S, 4 * S, seed=99, fade_samples=480)
    before, middle, after = (generated(change.scene, block_id) for block_id in (10, 30, 31))
    assert change.name == "Roll the die for a part of block 'dog'"
    assert [(b.start_sample, b.end_sample) for b in (before, middle, after)] == [
        (S, 2 * S + 480),
        (2 * S, 4 * S),
        (4 * S - 480, 5 * S),
    ]
    assert [(b.fade_in_samples, b.fade_out_samples) for b in (before, middle, after)] == [
        (100, 480),
        (480, 480),
        (480, 200),
    ]
    assert before.current == after.current == "bb22"
    assert (before.recipe, after.recipe) == (DOG, DOG)
    assert before.before_samples == 50
    assert after.before_samples == 50 + 3 * S - 480
    assert (middle.current, middle.recipe.seed, middle.before_samples) == (None, 99, 0)
    assert [cue.after_samples for cue in middle.recipe.cues] == [0, S - 50]
    assert middle.recipe.cues[0].slots == DOG.cues[0].slots


def test_the_words_of_a_range_are_those_that_hold_there() -> None:
    late = generated(reroll_range(whole_scene(), 10, 4 * S, 5 * S, 99, 480).scene, 30)
    assert [cue.slots for cue in late.recipe.cues] == [DOG.cues[1].slots]
    assert (late.fade_in_samples, late.fade_out_samples) == (480, 200)
    film = generated(reroll_range(whole_scene(), 11, 2 * S, 2 * S + 4_800, 1, 0).scene, 30)
    assert film.recipe.film_sample == 2 * S
    everything = reroll_range(whole_scene(), 10, S, 5 * S, 99, 480).scene
    assert [block.block_id for block in everything.lane(1).blocks] == [30, 11]


def test_a_range_that_cannot_be_is_refused() -> None:
    for start, end, why in ((0, 2 * S, "lies outside"), (2 * S, 6 * S, "lies outside"), (2 * S, 2 * S + 900, "short")):
        with pytest.raises(SceneError, match=why):
            reroll_range(whole_scene(), 10, start, end, 1, 480)
    with pytest.raises(SceneError, match="no words and no takes"):
        reroll_range(whole_scene(), 12, 0, S, 1, 480)
