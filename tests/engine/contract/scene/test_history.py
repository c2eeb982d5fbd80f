"""Undo gives back the same scene, whatever was done; edits change nothing but what they return."""

import contextlib
import copy
import inspect
import pickle
import random
import statistics
import time
from dataclasses import FrozenInstanceError

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.contract.errors import SceneError
from engine.contract.scene.blocks import GeneratedBlock
from engine.contract.scene.edits import beds, blocks, lanes, places, rerolling, takes, whole, words
from engine.contract.scene.edits.change import Change, together
from engine.contract.scene.edits.lanes import add_lane, rename_lane, set_lane_gain
from engine.contract.scene.edits.takes import add_take, delete_take
from engine.contract.scene.edits.whole import set_master_gain
from engine.contract.scene.edits.words import set_seed
from engine.contract.scene.history import MOST_STEPS, History
from engine.contract.scene.recipe import SceneTake
from engine.contract.scene.scene import Scene
from tests.engine.contract.scene.scenes import EDITS, S, large_scene, random_edit, whole_scene

random_seeds = st.integers(0, 2**32)


@pytest.mark.slow
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(seed=random_seeds, count=st.integers(1, 60))
def test_undo_of_any_edits_gives_back_every_scene_and_redo_brings_them_again(seed: int, count: int) -> None:
    rng = random.Random(seed)
    history = History(whole_scene())
    scenes = [history.scene]
    names = []
    for _ in range(count):
        before, kept = history.scene, copy.deepcopy(history.scene)
        change, refusal = None, ""
        try:
            change = random_edit(before, rng)
        except SceneError as error:
            refusal = str(error)
        assert before == kept, "an edit changed its input"
        assert change is not None or (refusal.endswith(".") and "\n" not in refusal)
        if change is not None and change.scene != before:
            history = history.done(change)
            scenes.append(history.scene)
            names.append(change.name)
            assert history.undo_name == change.name
    for scene, name in zip(reversed(scenes[:-1]), reversed(names), strict=True):
        history = history.undone()
        assert history.scene == scene
        assert history.redo_name == name
    assert history.undone() is history
    for scene in scenes[1:]:
        history = history.redone()
        assert history.scene == scene
    assert history.redone() is history


@pytest.mark.slow
def test_the_random_edits_cover_every_edit_and_most_of_them_can_be_made() -> None:
    rng = random.Random(1)
    made: dict[int, int] = {}
    for _ in range(200):
        scene = whole_scene()
        for number, edit in enumerate(EDITS):
            try:
                scene = edit(scene, rng).scene
                made[number] = made.get(number, 0) + 1
            except SceneError:
                pass
    assert [number for number in range(len(EDITS)) if number not in made] == []
    public = [
        name
        for module in (beds, blocks, lanes, places, rerolling, takes, whole, words)
        for name, function in vars(module).items()
        if inspect.isfunction(function) and function.__module__ == module.__name__ and not name.startswith("_")
        if inspect.signature(function).return_annotation is Change
    ]
    assert len(public) == len(EDITS)


def test_a_scene_and_its_history_pickle() -> None:
    history = History(whole_scene()).done(set_master_gain(whole_scene(), 3.0))
    assert pickle.loads(pickle.dumps(history)) == history


def test_nothing_of_a_scene_can_be_set() -> None:
    scene = whole_scene()
    for value in (scene, scene.lanes[0], scene.lanes[0].blocks[0], scene.film, scene.markers[0]):
        with pytest.raises(FrozenInstanceError):
            value.name = "another"  # type: ignore[union-attr]


def test_a_drag_is_one_step_and_the_next_drag_another() -> None:
    history = History(Scene()).done(add_lane(Scene(), "Dog"))
    start = history.scene
    for gain_db in (-1.0, -2.0, -3.0):
        history = history.done(set_lane_gain(history.scene, 1, gain_db), gesture=1)
    for gain_db in (-4.0, -5.0):
        history = history.done(set_lane_gain(history.scene, 1, gain_db), gesture=2)
    assert [step.name for step in history.past] == ["Add lane 'Dog'", *["Set gain of lane 'Dog'"] * 2]
    history = history.undone()
    assert history.scene.lanes[0].gain_db == -3.0
    history = history.undone()
    assert history.scene == start
    assert history.redone().redone().scene.lanes[0].gain_db == -5.0


def test_other_values_in_one_gesture_are_other_steps() -> None:
    history = History(Scene()).done(add_lane(Scene(), "Dog"))
    history = history.done(set_lane_gain(history.scene, 1, -1.0), gesture=1)
    history = history.done(set_master_gain(history.scene, -1.0), gesture=1)
    history = history.done(set_lane_gain(history.scene, 1, -2.0), gesture=1)
    assert len(history.past) == 4


def test_a_drag_that_returns_leaves_no_step() -> None:
    history = History(Scene()).done(set_master_gain(Scene(), -1.0))
    dragged = history
    for gain_db in (-2.0, -3.0, -1.0):
        dragged = dragged.done(set_master_gain(dragged.scene, gain_db), gesture=4)
    assert dragged == history


def test_an_edit_that_changes_nothing_keeps_what_was_undone() -> None:
    history = History(Scene()).done(set_master_gain(Scene(), -1.0)).undone()
    assert history.done(set_master_gain(history.scene, 0.0)) is history
    assert history.redo_name == "Set master gain"
    assert history.done(set_master_gain(history.scene, 2.0)).redo_name == ""


def test_a_drag_after_undo_is_not_merged_into_what_was_undone() -> None:
    history = History(Scene()).done(set_master_gain(Scene(), -1.0), gesture=1)
    history = history.done(set_master_gain(history.scene, -2.0), gesture=2).undone()
    history = history.done(set_master_gain(history.scene, -3.0), gesture=2)
    assert history.undone().scene.master_gain_db == -1.0
    assert history.undone().undone().scene.master_gain_db == 0.0


def test_the_oldest_steps_are_forgotten() -> None:
    history = History(Scene()).done(add_lane(Scene(), "Dog"))
    for number in range(MOST_STEPS + 10):
        history = history.done(rename_lane(history.scene, 1, f"Dog {number}"))
    assert len(history.past) == MOST_STEPS
    while history.past:
        history = history.undone()
    assert history.scene.lanes[0].name == "Dog 9"


def test_a_take_that_arrives_is_no_step_and_undo_does_not_lose_it() -> None:
    history = History(whole_scene())
    history = history.done(set_seed(history.scene, 10, 99))
    rolled = history.scene.block(10)
    assert isinstance(rolled, GeneratedBlock)
    assert rolled.current is None
    take = SceneTake("cc33", rolled.recipe)
    history = history.amended(lambda scene: add_take(scene, 10, take))
    assert [step.name for step in history.past] == ["Roll the die: block 'dog'"]
    assert history.scene.block(10).current == "cc33"  # type: ignore[union-attr]
    before = history.undone()
    block = before.scene.block(10)
    assert isinstance(block, GeneratedBlock)
    assert block.current == "bb22", "undo brings back what was heard before"
    assert block.take("cc33") == take, "and the new take stays in the list"
    assert before.redone().scene.block(10).current == "cc33"  # type: ignore[union-attr]


def test_a_take_of_a_block_that_was_deleted_waits_in_the_past() -> None:
    history = History(whole_scene())
    history = history.done(blocks.delete_blocks(history.scene, [11]))
    recipe = whole_scene().block(11).recipe  # type: ignore[union-attr]
    history = history.amended(lambda scene: add_take(scene, 11, SceneTake("dd44", recipe)))
    assert history.undone().scene.block(11).current == "dd44"  # type: ignore[union-attr]


def test_what_undo_may_bring_back_is_in_the_scenes_of_the_history() -> None:
    history = History(whole_scene())
    history = history.done(delete_take(history.scene, 10, "aa11"))
    assert history.scene.take_ids == {"bb22"}
    assert history.take_ids == {"aa11", "bb22"}


def test_several_edits_are_one_step_or_none() -> None:
    scene = whole_scene()
    change = together(
        scene,
        "Move 2 blocks",
        [lambda s: blocks.move_block(s, 10, 3 * S), lambda s: blocks.move_block(s, 11, 4 * S)],
    )
    history = History(scene).done(change)
    assert history.undo_name == "Move 2 blocks"
    assert [block.start_sample for block in history.scene.lanes[0].blocks] == [3 * S, 4 * S]
    with pytest.raises(SceneError, match="no longer exists"):
        together(scene, "Move", [lambda s: blocks.move_block(s, 10, 0), lambda s: blocks.move_block(s, 999, 0)])
    assert scene == whole_scene()


@pytest.mark.slow
def test_every_edit_of_a_large_scene_takes_less_than_50_ms() -> None:
    scene, rng = large_scene(), random.Random(2)
    history = History(scene)
    for edit in EDITS:
        times = []
        for _ in range(20):
            began = time.perf_counter()
            with contextlib.suppress(SceneError):
                history.done(edit(scene, rng)).undone().redone()
            times.append(time.perf_counter() - began)
        assert statistics.median(times) < 0.05


def test_states_that_share_a_lane_still_share_it_after_takes_have_arrived() -> None:
    history = History(whole_scene())
    for number in range(20):
        history = history.done(rename_lane(history.scene, 2, f"Rain {number}"))
    for number in range(10):
        take = SceneTake(f"take-{number}", whole_scene().block(11).recipe)  # type: ignore[union-attr]
        history = history.amended(lambda scene, take=take: add_take(scene, 11, take))  # type: ignore[misc]
    scenes = [history.scene, *(step.scene for step in history.past)]
    assert len({id(scene.lane(1)) for scene in scenes}) == 1
    assert all(scene.block(11).takes[-1].take_id == "take-9" for scene in scenes)  # type: ignore[union-attr]
    assert len({id(scene.lane(2)) for scene in scenes}) == 21
