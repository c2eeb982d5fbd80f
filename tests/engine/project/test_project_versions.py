"""Project files of older versions and a newer one open, and what each version brought is saved."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

import engine.project.project_file as module
from engine.contract.errors import SceneError
from engine.contract.scene.blocks import Block, FileReference, GeneratedBlock, RecordingBlock
from engine.contract.scene.scene import Scene
from engine.project.migration import VERSION, migrated
from engine.project.project_file import read_project
from engine.project.writing import scene_values
from tests.engine.contract.scene.scenes import HASH, whole_scene
from tests.engine.project.json_schema import is_valid
from tests.engine.project.project_files import FOLDER, SCHEMA, document, scene_with_a_maker, written

KEPT = Path(__file__).parents[2] / "data" / "project-version-1.swan"
KEPT_2 = KEPT.with_name("project-version-2.swan")
KEPT_3 = KEPT.with_name("project-version-3.swan")
KEPT_4 = KEPT.with_name("project-version-4.swan")


def test_a_file_kept_from_version_1_still_opens() -> None:
    read = read_project(KEPT)
    assert scene_values(read.scene, KEPT.parent) == scene_values(whole_scene(), FOLDER)
    assert read.scene.film is not None
    assert read.scene.film.file.path == str(KEPT.parents[1] / "films" / "clip.mp4")
    assert read.read_only == ""


def test_a_file_kept_from_version_2_still_opens_and_names_the_maker_of_its_sound() -> None:
    read = read_project(KEPT_2)
    assert scene_values(read.scene, KEPT_2.parent) == scene_values(scene_with_a_maker(), FOLDER)
    assert [block.is_generated for block in read.scene.blocks()] == [True, True, True, False]


def test_a_file_kept_from_version_2_still_plays_its_recordings_once() -> None:
    recordings = [block for block in read_project(KEPT_2).scene.blocks() if isinstance(block, RecordingBlock)]
    assert recordings
    assert {block.bed_seed for block in recordings} == {None}


def scene_with_a_bed() -> Scene:
    scene = scene_with_a_maker()
    lanes = tuple(
        replace(lane, blocks=tuple(replace(b, bed_seed=7) if isinstance(b, RecordingBlock) else b for b in lane.blocks))
        for lane in scene.lanes
    )
    return replace(scene, lanes=lanes)


def scene_that_continues() -> Scene:
    """Return the scene with a bed, whose dog and its takes continue a recording."""
    scene = scene_with_a_bed()
    file = FileReference("/sounds/wind.wav", HASH)

    def continued(block: Block) -> Block:
        if not isinstance(block, GeneratedBlock) or not block.takes:
            return block
        takes = tuple(replace(take, recipe=replace(take.recipe, continued=file)) for take in block.takes)
        return replace(block, recipe=replace(block.recipe, continued=file), takes=takes)

    lanes = tuple(replace(lane, blocks=tuple(continued(block) for block in lane.blocks)) for lane in scene.lanes)
    return replace(scene, lanes=lanes)


def test_a_file_kept_from_this_version_opens_with_what_continues_a_recording() -> None:
    assert VERSION == 4  # another version keeps a file of its own
    read = read_project(KEPT_4)
    assert scene_values(read.scene, KEPT_4.parent) == scene_values(scene_that_continues(), FOLDER)
    files = [b.recipe.continued for b in read.scene.blocks() if isinstance(b, GeneratedBlock)]
    assert files == [FileReference(str(KEPT_4.parents[1] / "sounds" / "wind.wav"), HASH), None]


def test_what_continues_a_recording_is_saved_with_a_path_from_the_project(tmp_path: Path) -> None:
    values = document(scene_that_continues())
    assert is_valid(values, SCHEMA)
    block = values["scene"]["lanes"][0]["blocks"][0]
    assert block["recipe"]["continued"]["path"] == os.path.relpath("/sounds/wind.wav", FOLDER)
    block["recipe"]["continued"]["content"] = "x"
    assert not is_valid(values, SCHEMA)
    with pytest.raises(SceneError, match="content hash"):
        read_project(written(tmp_path, values))


def test_a_file_kept_from_version_3_opens_with_its_beds() -> None:
    read = read_project(KEPT_3)
    assert scene_values(read.scene, KEPT_3.parent) == scene_values(scene_with_a_bed(), FOLDER)
    assert {block.bed_seed for block in read.scene.blocks() if isinstance(block, RecordingBlock)} == {7}


def test_a_bed_is_saved(tmp_path: Path) -> None:
    values = document(scene_with_a_bed())
    assert is_valid(values, SCHEMA)
    read = read_project(written(tmp_path, values)).scene
    assert {block.bed_seed for block in read.blocks() if isinstance(block, RecordingBlock)} == {7}
    values["scene"]["lanes"][0]["blocks"] = []
    for lane in values["scene"]["lanes"]:
        for block in lane["blocks"]:
            if block["type"] == "recording":
                block["bed_seed"] = -1
    assert not is_valid(values, SCHEMA)
    with pytest.raises(SceneError, match="seed of a bed"):
        read_project(written(tmp_path, values))


def test_older_versions_are_brought_up_step_by_step() -> None:
    steps = {1: lambda d: {**d, "a": d["b"]}, 2: lambda d: {**d, "c": d["a"] + 1}}
    assert migrated({"b": 5}, 1, steps, 3) == {"b": 5, "a": 5, "c": 6}
    assert migrated({"a": 1}, 2, steps, 3) == {"a": 1, "c": 2}
    assert migrated({"x": 1}, 9, steps, 3) == {"x": 1}
    assert set(module.migrated.__defaults__[0]) == set(range(1, VERSION)), "one step per older version"  # type: ignore[index]


def test_a_newer_version_opens_for_reading_only_without_what_it_alone_knows(tmp_path: Path) -> None:
    values = document(whole_scene())
    values["version"] = VERSION + 1
    values["scene"]["lanes"][0]["reverb"] = {"room": 3}
    values["extra"] = [1, 2]
    path = written(tmp_path, values)
    read = read_project(path)
    assert "newer version of SwanSphere and is open for reading only" in read.read_only
    assert len(read.scene.lanes) == 4
    values["version"] = VERSION
    with pytest.raises(SceneError, match="unknown value 'extra'"):
        read_project(written(tmp_path, values))
