"""Project files: the same scene comes back, whatever else the file holds is refused with a sentence."""

import copy
import json
import os
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import engine.project.project_file as module
from engine.contract.errors import ExportError, InvalidInputError, SceneError
from engine.contract.scene.blocks import FileReference, GeneratedBlock
from engine.contract.scene.edits.blocks import duplicate_block
from engine.contract.scene.lane import Lane
from engine.contract.scene.recipe import Cue, PromptSlot, Recipe
from engine.contract.scene.scene import Scene, SceneFilm
from engine.project.migration import VERSION
from engine.project.parsing import MOST_BYTES, parse
from engine.project.project_file import ProjectText, digest_of, project_bytes, read_project, takes_folder, write_project
from engine.project.reading import SceneReader
from engine.project.writing import scene_values
from tests.engine.contract.scene.scenes import large_scene, random_edit, whole_scene
from tests.engine.project.json_schema import is_valid
from tests.engine.project.project_files import FOLDER, SCHEMA, document, scene_with_a_maker, written
from tests.fuzz.mutations import mutated_json


@pytest.mark.parametrize(
    "scene", [Scene(), whole_scene(), scene_with_a_maker()], ids=["empty", "whole", "made by another"]
)
def test_a_scene_comes_back_and_the_file_fits_the_schema(tmp_path: Path, scene: Scene) -> None:
    path = tmp_path / "äöü 雨.swan"
    digest = write_project(path, scene)
    read = read_project(path)
    assert (read.scene, read.digest, read.read_only) == (scene, digest, "")
    assert is_valid(json.loads(path.read_bytes()), SCHEMA)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    assert takes_folder(path) == tmp_path / "äöü 雨.takes"


@pytest.mark.slow
@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
def test_whatever_is_edited_comes_back_and_takes_less_room_than_was_estimated(seed: int) -> None:
    rng, scene = random.Random(seed), whole_scene()
    for _ in range(40):
        try:
            scene = random_edit(scene, rng).scene
        except SceneError:
            continue
    values = scene_values(scene, FOLDER)
    text = json.dumps(values)
    assert SceneReader(FOLDER, strict=True).scene(json.loads(text)) == scene
    assert is_valid(document(scene), SCHEMA)
    assert len(text) <= 4_000 + sum(lane.stored_bytes for lane in scene.lanes) + 400 * len(scene.markers)


@pytest.mark.slow
def test_lanes_that_stay_are_not_written_again_and_the_text_is_the_same() -> None:
    rng, scene, text = random.Random(3), whole_scene(), ProjectText(FOLDER)
    for _ in range(300):
        try:
            scene = random_edit(scene, rng).scene
        except SceneError:
            continue
        assert text.of(scene) == project_bytes(scene, FOLDER)
        scene = whole_scene() if rng.random() < 0.1 else scene
    assert json.loads(text.of(scene))["scene"]["lanes"] == scene_values(scene, FOLDER)["lanes"]


@pytest.mark.slow
@settings(deadline=None, max_examples=300, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
def test_what_the_reader_takes_fits_the_schema_and_what_it_refuses_it_refuses_with_a_sentence(seed: int) -> None:
    rng = random.Random(seed)
    mutant = mutated_json(document(whole_scene()), rng)
    try:
        scene, _version = module._read(json.dumps(mutant).encode("utf-8", "surrogatepass"), FOLDER)
    except InvalidInputError as error:
        refusal = str(error)
    else:
        refusal = ""
        assert is_valid(mutant, SCHEMA) or mutant["version"] > VERSION
        assert module._read(project_bytes(scene, FOLDER), FOLDER)[0] == scene
    assert refusal == "" or (refusal.endswith(".") and "\n" not in refusal and len(refusal) < 300)


def test_the_schema_refuses_what_is_not_a_project() -> None:
    whole = document(whole_scene())
    for change in (
        lambda d: d.update(version=VERSION + 1),
        lambda d: d.update(more=1),
        lambda d: d["scene"]["lanes"][0].update(gain_db=21),
        lambda d: d["scene"]["lanes"][0].update(kind="choir"),
        lambda d: d["scene"]["lanes"][0].pop("mute"),
        lambda d: d["scene"]["lanes"][0]["path"]["keyframes"][0].append(1),
        lambda d: d["scene"]["lanes"][0]["blocks"][0].update(start_sample=0.5),
        lambda d: d["scene"]["lanes"][0]["blocks"][0]["takes"][0].update(take_id="../x"),
    ):
        changed = copy.deepcopy(whole)
        change(changed)
        assert not is_valid(changed, SCHEMA)
    assert is_valid(whole, SCHEMA)


def test_a_project_moves_with_its_films_and_recordings(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    (old / "media").mkdir(parents=True)
    film = SceneFilm(FileReference(str(old / "media" / "clip.mp4")), 48_000)
    write_project(old / "a.swan", replace(whole_scene(), film=film))
    assert json.loads((old / "a.swan").read_bytes())["scene"]["film"]["file"]["path"] == "media/clip.mp4"
    old.rename(new)
    moved = read_project(new / "a.swan").scene.film
    assert moved is not None
    assert moved.file.path == str(new / "media" / "clip.mp4")


def test_a_file_name_that_is_not_unicode_is_kept(tmp_path: Path) -> None:
    path = os.fsdecode(b"/films/\xff\xfe.mp4")
    scene = Scene(film=SceneFilm(FileReference(path), 48_000))
    write_project(tmp_path / "a.swan", scene)
    assert read_project(tmp_path / "a.swan").scene == scene


HOSTILE: list[tuple[bytes | str, str]] = [
    (b"", "damaged or cut off"),
    (b"\xff\xfe\x00", "not text"),
    (b"\x00" * 100, "damaged or cut off"),
    (b"[" * 100_000, "nested too deeply"),
    (b'{"a":' * 3_000, "nested too deeply"),
    (b"[" * 40 + b"]" * 40, "nested too deeply"),
    (b"[{}," * 510_000, "too many values"),
    (b"[1," * 10, "damaged or cut off"),
    (b'{"format": "swansphere-project", "format": 1}', "two values of the same name"),
    ("NaN", "NaN, which is not a usable number"),
    ('{"a": -Infinity}', "not a usable number"),
    ("1e999", "too large"),
    ("9" * 5_000, "too many digits"),
    ("[1, 2]", "not a project of SwanSphere"),
    ('{"format": "swansphere-take", "version": 1}', "not a project of SwanSphere"),
    ('{"format": "swansphere-project"}', "has no version"),
    ('{"format": "swansphere-project", "version": "1"}', "not a usable whole number"),
    ('{"format": "swansphere-project", "version": 0}', "version 0 is not known"),
    ('{"format": "swansphere-project", "version": 1, "sample_rate_hz": 44100, "program": "", "scene": 1}', "48000 Hz"),
]


@pytest.mark.parametrize(("data", "why"), HOSTILE, ids=[why[:20] + str(n) for n, (_, why) in enumerate(HOSTILE)])
def test_a_hostile_file_is_one_sentence(tmp_path: Path, data: bytes | str, why: str) -> None:
    path = tmp_path / "odd.swan"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    with pytest.raises(SceneError, match=why) as refused:
        read_project(path)
    assert str(refused.value).startswith(f"The project {path} cannot be opened: ")
    assert str(refused.value).endswith(".")
    assert "\n" not in str(refused.value)


CHANGES: list[tuple[Any, str]] = [
    (lambda s: s.pop("loop"), "the scene has no loop"),
    (lambda s: s.update(lanes={}), "lanes of the scene is not a list"),
    (lambda s: s.update(lanes=s["lanes"] * 20), "80 entries: at most 64"),
    (lambda s: s["lanes"].append(s["lanes"][0]), "same number"),
    (lambda s: s["lanes"][1].update(blocks=s["lanes"][0]["blocks"]), "same number"),
    (lambda s: s["lanes"][0].update(gain_db=10**30), "not a usable number"),
    (lambda s: s["lanes"][0].update(gain_db=None), "gain_db of Lane 1 is not a usable number"),
    (lambda s: s["lanes"][0].update(mute="yes"), "neither true nor false"),
    (lambda s: s["lanes"][0].update(name=5), "is not text"),
    (lambda s: s["lanes"][0].update(kind="choir"), "'choir', which is not known"),
    (lambda s: s["lanes"][0].update(kind=["point"]), "not text, which is not known"),
    (lambda s: s["lanes"][0].update(volume=3), "unknown value 'volume'"),
    (lambda s: s["lanes"][0]["blocks"][0].update(start_sample=2**60), "not a usable whole number"),
    (lambda s: s["lanes"][0]["blocks"][0]["recipe"].update(seed=-1), "seed is -1"),
    (lambda s: s["lanes"][0]["blocks"][0]["recipe"]["direction"].update(azimuth_deg=200), "Azimuth 200|azimuth 200"),
    (lambda s: s["lanes"][0]["path"].update(keyframes=[[1, 2]]), "keyframe is not a list"),
    (lambda s: s["lanes"][0]["path"].update(keyframes=[[0, 0, 0, True]]), "not a usable number"),
    (lambda s: s["lanes"][0]["path"].update(keyframes=[[0.5, 0, 0, 1]]), "not a whole number of samples"),
    (lambda s: s["film"].update(still_s=-1), "still_s of the film"),
    (lambda s: s["film"].update(fov_deg=1), "field of view"),
    (lambda s: s["film"]["file"].update(path="a\0b"), "file name that cannot be used"),
    (lambda s: s["film"]["file"].update(path=""), "no file name"),
    (lambda s: s.update(horizon=[]), "not an object"),
    (lambda s: s.update(next_id=3), "next free number"),
]


@pytest.mark.parametrize(("change", "why"), CHANGES, ids=[why[:30] for _, why in CHANGES])
def test_a_value_that_cannot_be_is_named(tmp_path: Path, change: Any, why: str) -> None:
    values = document(whole_scene())
    change(values["scene"])
    with pytest.raises(SceneError, match=why):
        read_project(written(tmp_path, values))


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large.swan"
    with open(path, "wb") as file:
        file.truncate(2**40)
    with pytest.raises(SceneError, match="larger than 24 MB"):
        read_project(path)
    with pytest.raises(SceneError, match="larger than 24 MB"):
        parse(b" " * (MOST_BYTES + 1))


def test_what_is_no_file_is_told_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.swan")
    for path, why in (
        (tmp_path, "is not a project file"),
        (tmp_path / "pipe.swan", "is not a project file"),
        (tmp_path / "gone.swan", "There is no project"),
        (tmp_path / ("x" * 300), "cannot be read"),
        (Path("a\0b"), "NUL character"),
    ):
        with pytest.raises(SceneError, match=why):
            read_project(path)
    assert digest_of(tmp_path / "gone.swan") == ""


def test_a_scene_that_cannot_be_written_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.swan"
    digest = write_project(path, Scene())
    monkeypatch.setattr(Path, "write_bytes", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(ExportError, match="disk is full"):
        write_project(path, whole_scene())
    monkeypatch.undo()
    assert digest_of(path) == digest
    assert [file.name for file in tmp_path.iterdir()] == ["a.swan"]


@pytest.mark.slow
def test_the_largest_scene_can_be_saved_and_opened_again(tmp_path: Path) -> None:
    scene = large_scene(keyframes=2_000)
    path = tmp_path / "large.swan"
    write_project(path, scene)
    assert path.stat().st_size < MOST_BYTES // 2
    assert read_project(path).scene == scene
    slots = tuple(PromptSlot("𝄞" * 1_000) for _ in range(8))
    words = Recipe(tuple(Cue(slots, k) for k in range(150)))
    block = GeneratedBlock(block_id=2, length_samples=48_000, recipe=words)
    large = Scene(lanes=(Lane(lane_id=1, name="L", blocks=(block,)),), next_id=3)
    data = project_bytes(large, tmp_path)
    assert 14_000_000 < len(data) < MOST_BYTES
    write_project(path, large)
    assert read_project(path).scene == large
    with pytest.raises(SceneError, match="too many words, takes and keyframes together"):
        duplicate_block(large, 2)


def test_brackets_in_texts_are_no_values(tmp_path):
    """Every scene that can be edited can be saved and opened again."""
    slots = tuple(PromptSlot("[{" * 500) for _ in range(8))
    blocks = tuple(
        GeneratedBlock(block_id=n, length_samples=48_000, start_sample=n * 48_000, recipe=Recipe((Cue(slots),), n))
        for n in range(2, 200)
    )
    scene = Scene(lanes=(Lane(lane_id=1, name="rain", blocks=blocks),), next_id=200)
    write_project(tmp_path / "a.swan", scene)
    assert read_project(tmp_path / "a.swan").scene == scene
    (tmp_path / "b.swan").write_text("[" + "{}, " * 1_000_001 + "0]")
    with pytest.raises(SceneError, match="too many values"):
        read_project(tmp_path / "b.swan")
