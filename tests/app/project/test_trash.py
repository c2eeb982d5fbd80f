"""A deleted take stays on disk as long as undo, the file or unsaved work can ask for it, and goes afterwards."""

import json
import os
import time
from pathlib import Path

import pytest

from app.project.open_project import OpenProject
from app.project.recovery import RecoveryStore
from engine.contract.scene.edits.finishing import finish_take
from engine.contract.scene.edits.takes import delete_take
from engine.contract.scene.recipe import SceneTake
from engine.contract.scene.scene import Scene
from engine.project.project_file import takes_folder
from tests.engine.contract.scene.scenes import whole_scene

DAYS_2 = 48 * 3600.0


@pytest.fixture
def store(tmp_path: Path) -> RecoveryStore:
    return RecoveryStore(tmp_path / "recovery")


@pytest.fixture
def path(tmp_path: Path, store: RecoveryStore) -> Path:
    """A saved project whose scene has the takes aa11 and bb22; a third one is on disk."""
    project = OpenProject.new(whole_scene(), store, pytest.fail)
    saved = project.save_as(tmp_path / "walk.swan")
    project.close()
    takes_folder(saved).mkdir()
    for take_id in ("aa11", "bb22", "of-nothing"):
        put_take(saved, take_id)
    return saved


def put_take(project: Path, take_id: str) -> None:
    file = takes_folder(project) / f"{take_id}.swantake"
    file.write_bytes(b"sound")
    os.utime(file, (time.time() - DAYS_2,) * 2)


def opened(path: Path, store: RecoveryStore) -> OpenProject:
    return OpenProject.read(path, store, pytest.fail)


def on_disk(path: Path) -> list[str]:
    return sorted(file.name.removesuffix(".swantake") for file in takes_folder(path).iterdir())


def block_of(scene: Scene, take_id: str) -> int:
    return next(b.block_id for b in scene.blocks() if take_id in [t.take_id for t in getattr(b, "takes", ())])


def delete(project: OpenProject, take_id: str) -> None:
    project.edit(delete_take(project.scene, block_of(project.scene, take_id), take_id))


def test_opening_removes_what_nothing_names(path: Path, store: RecoveryStore) -> None:
    opened(path, store).close()
    assert on_disk(path) == ["aa11", "bb22"]


def test_a_deleted_take_stays_as_long_as_undo_can_bring_it_back(path: Path, store: RecoveryStore) -> None:
    project = opened(path, store)
    delete(project, "aa11")
    project.save()
    assert on_disk(path) == ["aa11", "bb22"]
    project.undo()
    assert "aa11" in project.scene.take_ids
    project.redo()
    project.close()
    opened(path, store).close()
    assert on_disk(path) == ["bb22"]


def test_a_take_that_is_deleted_and_not_saved_is_in_the_file(path: Path, store: RecoveryStore) -> None:
    project = opened(path, store)
    delete(project, "aa11")
    project.close()  # dropped
    again = opened(path, store)
    assert on_disk(path) == ["aa11", "bb22"]
    assert "aa11" in again.scene.take_ids
    again.close()


def test_takes_of_unsaved_work_stay(path: Path, store: RecoveryStore) -> None:
    project = opened(path, store)
    scene = project.scene
    block_id = block_of(scene, "aa11")
    recipe = next(t.recipe for t in scene.block(block_id).takes if t.take_id == "aa11")
    project.amend(lambda scene: finish_take(scene, block_id, SceneTake("new", recipe), None))
    put_take(path, "new")
    assert project._autosave is not None
    assert project._autosave.flush()
    opened(path, store).close()
    assert on_disk(path) == ["aa11", "bb22", "new"]
    project.close()  # dropped, as the user chose
    opened(path, store).close()
    assert on_disk(path) == ["aa11", "bb22"]


def test_what_another_window_can_undo_stays(path: Path, store: RecoveryStore) -> None:
    first = opened(path, store)
    delete(first, "aa11")
    first.save()
    opened(path, store).close()
    assert on_disk(path) == ["aa11", "bb22"]
    first.close()
    opened(path, store).close()
    assert on_disk(path) == ["bb22"]


@pytest.mark.parametrize("name", ["scene.swan", "takes.json"])
@pytest.mark.parametrize("data", [b"", b"{}", b"[1", b'{"path": 1, "takes": 2}'])
def test_if_unsaved_work_cannot_be_read_nothing_is_removed(
    path: Path, store: RecoveryStore, name: str, data: bytes
) -> None:
    folder = store.folder / "scene-20260101-000000-x"
    folder.mkdir()
    (folder / name).write_bytes(data)
    if name == "takes.json" and data.startswith(b'{"path"'):
        (folder / name).write_text(json.dumps({"path": str(path), "takes": 2}))
    opened(path, store).close()
    assert on_disk(path) == ["aa11", "bb22", "of-nothing"]


def test_takes_of_the_last_day_stay(path: Path, store: RecoveryStore) -> None:
    os.utime(takes_folder(path) / "of-nothing.swantake")
    opened(path, store).close()
    assert on_disk(path) == ["aa11", "bb22", "of-nothing"]
