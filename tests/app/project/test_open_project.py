"""Opening, editing, saving and recovering a project, without a window."""

import os
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from app.project.autosave import Autosave
from app.project.open_project import OpenProject
from app.project.recovery import Origin, RecoveryStore
from engine.contract.errors import ExportError, SceneError
from engine.contract.scene.blocks import Convention, FileReference, GeneratedBlock, RecordingBlock
from engine.contract.scene.edits.lanes import add_lane, set_lane_gain
from engine.contract.scene.edits.making import use_made
from engine.contract.scene.edits.takes import add_take
from engine.contract.scene.edits.whole import set_master_gain
from engine.contract.scene.edits.words import set_seed
from engine.contract.scene.recipe import SceneTake
from engine.contract.scene.scene import Scene, SceneFilm
from engine.project.migration import VERSION
from engine.project.project_file import read_project, takes_folder, write_project
from tests.engine.contract.scene.scenes import whole_scene


@pytest.fixture
def store(tmp_path: Path) -> RecoveryStore:
    return RecoveryStore(tmp_path / "recovery")


def begin(store: RecoveryStore, scene: Scene | None = None) -> OpenProject:
    return OpenProject.new(Scene() if scene is None else scene, store, pytest.fail)


def flush(project: OpenProject) -> None:
    assert project._autosave is not None
    assert project._autosave.flush()


def test_a_project_is_edited_saved_and_opened_again(tmp_path: Path, store: RecoveryStore) -> None:
    project = begin(store)
    seen: list[Scene] = []
    project.changed = seen.append
    assert not project.is_changed
    project.edit(add_lane(project.scene, "Dog"))
    assert project.is_changed
    with pytest.raises(SceneError, match="choose a name"):
        project.save()
    path = project.save_as(tmp_path / "walk")
    assert path == tmp_path / "walk.swan"
    assert not project.is_changed
    project.undo()
    assert project.is_changed
    project.redo()
    assert not project.is_changed
    project.edit(set_master_gain(project.scene, -3.0))
    project.save()
    project.close()
    assert [len(scene.lanes) for scene in seen] == [1, 0, 1, 1]
    again = OpenProject.read(path, store, pytest.fail)
    assert again.scene == seen[-1]
    again.close()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["recovery", "walk.swan"]


def test_a_drag_is_one_step(store: RecoveryStore) -> None:
    project = begin(store, whole_scene())
    gesture = project.begin_gesture()
    for gain_db in (-1.0, -2.0):
        project.edit(set_lane_gain(project.scene, 1, gain_db), gesture)
    project.edit(set_lane_gain(project.scene, 1, -5.0), project.begin_gesture())
    assert [step.name for step in project.history.past] == ["Set gain of lane 'Dog'"] * 2
    project.close()


@pytest.mark.slow
def test_work_is_kept_while_it_is_not_saved_and_only_then(tmp_path: Path, store: RecoveryStore) -> None:
    project = begin(store, whole_scene())
    project.save_as(tmp_path / "a.swan")
    (folder,) = store.folder.iterdir()
    flush(project)
    assert not (folder / "scene.swan").exists()
    project.edit(set_master_gain(project.scene, -3.0))
    flush(project)
    assert read_project(folder / "scene.swan").scene == project.scene
    project.undo()
    flush(project)
    assert not (folder / "scene.swan").exists(), "what is left is saved"
    project.redo()
    project.save()
    flush(project)
    assert not (folder / "scene.swan").exists()
    project.close()
    assert list(store.folder.iterdir()) == []


def test_a_take_that_is_made_is_kept_at_once(store: RecoveryStore) -> None:
    project = begin(store, whole_scene())
    project.edit(set_seed(project.scene, 10, 3))
    recipe = project.scene.block(10).recipe  # type: ignore[union-attr]
    project.amend(lambda scene: add_take(scene, 10, SceneTake("new", recipe)))
    flush(project)
    (folder,) = store.folder.iterdir()
    assert read_project(folder / "scene.swan").scene.block(10).current == "new"  # type: ignore[union-attr]
    project.close()


def test_work_that_the_file_has_is_not_offered(tmp_path: Path, store: RecoveryStore) -> None:
    path = tmp_path / "a.swan"
    file = store.begin()
    file.write(whole_scene(), Origin(path, "x"))
    file.leave()
    assert [work.origin for work in store.lost()] == [Origin(path, "x")]
    write_project(path, whole_scene())
    assert store.lost() == []
    assert store.lost() == []
    assert list(store.folder.iterdir()) == []


def test_unnamed_work_is_offered_or_discarded(store: RecoveryStore) -> None:
    file = store.begin()
    file.write(Scene(), Origin())
    file.leave()
    (work,) = store.lost()
    assert "before an unnamed scene was saved" in work.sentence
    store.discard(work)
    assert store.lost() == []
    with pytest.raises(ExportError, match="already recovered or discarded"):
        store.discard(work)
    with pytest.raises(ExportError, match="already recovered or discarded"):
        OpenProject.recovered(work, store, pytest.fail)


def test_a_damaged_recovery_stays_on_disk_and_stops_nothing(store: RecoveryStore) -> None:
    first, second = store.begin(), store.begin()
    first.write(whole_scene(), Origin())
    second.write(Scene(), Origin())
    first.scene_path.write_bytes(b"{")
    (second.folder / "origin.json").write_bytes(b"[" * 5_000)
    for file in (first, second):
        file.leave()
    assert [work.origin for work in store.lost()] == [Origin()]
    assert first.scene_path.exists()


def test_a_file_that_another_program_changed_is_not_overwritten(tmp_path: Path, store: RecoveryStore) -> None:
    path = tmp_path / "a.swan"
    write_project(path, whole_scene())
    mine, other = (OpenProject.read(path, store, pytest.fail) for _ in range(2))
    other.edit(set_master_gain(other.scene, -9.0))
    other.save()
    mine.edit(set_master_gain(mine.scene, 2.0))
    with pytest.raises(SceneError, match="changed by another program"):
        mine.save()
    assert read_project(path).scene.master_gain_db == -9.0
    assert mine.is_changed
    mine.save_as(tmp_path / "b.swan")
    path.unlink()
    other.edit(set_master_gain(other.scene, -8.0))
    other.save()
    assert read_project(path).scene.master_gain_db == -8.0, "a file that is gone is written again"
    mine.close()
    other.close()


def test_a_newer_project_is_read_only_until_it_is_saved_as_a_copy(tmp_path: Path, store: RecoveryStore) -> None:
    path = tmp_path / "new.swan"
    write_project(path, whole_scene())
    path.write_text(path.read_text().replace(f'"version": {VERSION}', f'"version": {VERSION + 1}'))
    before = path.read_bytes()
    project = OpenProject.read(path, store, pytest.fail)
    assert "newer version" in project.read_only
    for refused in (lambda: project.edit(set_master_gain(project.scene, 1.0)), project.save):
        with pytest.raises(SceneError, match="open for reading only"):
            refused()
    project.save_as(tmp_path / "copy.swan")
    project.edit(set_master_gain(project.scene, 1.0))
    project.save()
    project.close()
    assert path.read_bytes() == before


def test_a_project_never_takes_the_name_of_its_film(tmp_path: Path, store: RecoveryStore) -> None:
    film = tmp_path / "film.swan"
    film.write_bytes(b"film")
    project = begin(store, Scene(film=SceneFilm(FileReference(str(film)), 48_000)))
    with pytest.raises(ExportError, match="is the film that is read"):
        project.save_as(film)
    assert film.read_bytes() == b"film"
    project.close()


def test_takes_come_along_to_another_name(tmp_path: Path, store: RecoveryStore) -> None:
    project = begin(store, whole_scene())
    beside = project.takes_folder
    assert beside is not None
    beside.mkdir(parents=True)
    (beside / "aa11.swantake").write_bytes(b"1234")
    (beside / "bb22.swantake").write_bytes(b"56")
    (beside / "of-no-block.swantake").write_bytes(b"7")
    first = project.save_as(tmp_path / "a.swan")
    second = project.save_as(tmp_path / "b.swan")
    assert project.takes_folder == takes_folder(second)
    project.close()
    for path in (first, second):
        assert sorted(file.name for file in takes_folder(path).iterdir()) == ["aa11.swantake", "bb22.swantake"]
        assert (takes_folder(path) / "aa11.swantake").read_bytes() == b"1234"


def test_a_place_that_cannot_be_written_is_told_and_the_project_opens(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    told: list[str] = []
    project = OpenProject.new(Scene(), RecoveryStore(tmp_path / "file" / "inside"), told.append)
    assert "Unsaved work cannot be kept" in told[0]
    project.edit(set_master_gain(project.scene, 1.0))
    assert project.takes_folder is None
    project.save_as(tmp_path / "a.swan")
    project.close()


def test_a_disk_that_fills_is_told_once_and_writing_resumes(
    store: RecoveryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.project.autosave._AGAIN_S", 0.02)
    monkeypatch.setattr("app.project.autosave.PERIOD_S", 0.0)
    told: list[str] = []
    file = store.begin()
    write, calls = file.write, []
    resumed = threading.Event()

    def failing(scene: Scene, origin: Origin) -> None:
        calls.append(scene)
        if len(calls) < 4:
            raise ExportError("The disk is full.")
        write(scene, origin)
        resumed.set()

    monkeypatch.setattr(file, "write", failing)
    autosave = Autosave(file, told.append)
    autosave.keep(whole_scene(), Origin())
    assert resumed.wait(5.0)
    assert autosave.flush()
    assert told == ["Unsaved work is not kept at the moment. The disk is full."]
    assert read_project(file.scene_path).scene == whole_scene()
    autosave.close(keep=True)
    assert [work.scene for work in store.lost()] == [whole_scene()]


def test_only_the_newest_of_many_edits_is_written(store: RecoveryStore) -> None:
    file = store.begin()
    written: list[Scene] = []
    write = file.write
    file.write = lambda scene, origin: (written.append(scene), write(scene, origin))  # type: ignore[method-assign,assignment]
    autosave = Autosave(file, pytest.fail)
    scene = whole_scene()
    for number in range(300):
        scene = replace(scene, master_gain_db=-number / 10)
        autosave.keep(scene, Origin())
    assert autosave.flush()
    assert len(written) <= 3
    assert read_project(file.scene_path).scene == scene
    autosave.close()


def test_without_locks_a_window_shows_that_it_is_alive(store: RecoveryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_lock(*_args: object, **_more: object) -> bool:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("engine.files.owner_lock.try_lock", no_lock)
    monkeypatch.setattr("app.project.autosave._SIGN_OF_LIFE_S", 0.02)
    project = begin(store, whole_scene())
    project.edit(set_master_gain(project.scene, -3.0))
    flush(project)
    (folder,) = store.folder.iterdir()
    os.utime(folder / "owner.lock", (1.0, 1.0))
    until_s = time.monotonic() + 5.0
    while (folder / "owner.lock").stat().st_mtime < 2.0 and time.monotonic() < until_s:
        time.sleep(0.01)
    assert store.lost() == []
    project.close()


def test_files_of_other_generators_come_along_when_a_project_gets_a_name(tmp_path: Path, store: RecoveryStore) -> None:
    project = begin(store, whole_scene())
    takes = project.takes_folder
    assert takes is not None
    takes.mkdir(parents=True)
    for block_id, name in ((10, "made-1.wav"), (11, "made-2.wav")):
        (takes / name).write_bytes(name.encode())
        file = FileReference(str(takes / name))
        project.edit(use_made(project.scene, block_id, "AMBIT", "dog", file, 96_000, Convention.MONO))
    project.undo()
    path = project.save_as(tmp_path / "walk")
    project.settle()
    assert not project.is_changed
    first = read_project(path).scene.block(10)
    assert isinstance(first, RecordingBlock)
    assert Path(first.file.path) == tmp_path / "walk.takes" / "made-1.wav"
    assert first.made_by == "AMBIT"
    project.redo()
    second = project.scene.block(11)
    assert isinstance(second, RecordingBlock)
    project.close()
    assert not takes.exists()
    assert Path(first.file.path).read_bytes() == b"made-1.wav"
    assert Path(second.file.path).read_bytes() == b"made-2.wav"
    project.undo()
    project.undo()
    assert isinstance(project.scene.block(10), GeneratedBlock)
