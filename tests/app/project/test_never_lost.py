"""Links, long names, other programs, other windows, a kill at the worst moment: nothing of a project is lost."""

import os
import threading
from pathlib import Path

import pytest

from app.project.open_project import OpenProject
from app.project.recovery import Origin, RecoveryStore
from engine.contract.errors import ExportError
from engine.contract.scene.blocks import RecordingBlock
from engine.contract.scene.edits.lanes import add_lane
from engine.contract.scene.edits.takes import delete_take
from engine.contract.scene.scene import Scene
from engine.files import owner_lock
from engine.project.project_file import read_project, takes_folder, write_project
from tests.app.project.test_trash import block_of, put_take
from tests.engine.contract.scene.scenes import whole_scene
from tests.interrupted import killed_while_it_removes


@pytest.fixture
def store(tmp_path: Path) -> RecoveryStore:
    return RecoveryStore(tmp_path / "recovery")


def on_disk(path: Path) -> list[str]:
    return sorted(file.name for file in takes_folder(path).iterdir())


def test_files_of_other_programs_among_the_takes_hinder_nothing_and_stay(tmp_path: Path, store: RecoveryStore) -> None:
    path = tmp_path / "walk.swan"
    write_project(path, whole_scene())
    takes_folder(path).mkdir()
    foreign = ["._aa11", "aa11 (copy)", "Kopie von aa11"]  # AppleDouble, two file managers
    for name in (*foreign, "of-nothing"):
        put_take(path, name)
    project = OpenProject.read(path, store, pytest.fail)
    project.edit(add_lane(project.scene, "Dog"))
    project.save()
    project.close()
    assert on_disk(path) == sorted(f"{name}.swantake" for name in foreign)


def test_a_window_spares_the_takes_of_one_that_opened_the_project_by_another_path(
    tmp_path: Path, store: RecoveryStore
) -> None:
    real = tmp_path / "disk"
    real.mkdir()
    write_project(real / "walk.swan", whole_scene())
    takes_folder(real / "walk.swan").mkdir()
    for take_id in ("aa11", "bb22", "of-nothing"):
        put_take(real / "walk.swan", take_id)
    (tmp_path / "home").symlink_to(real)
    first = OpenProject.read(tmp_path / "home" / "walk.swan", store, pytest.fail)
    first.edit(delete_take(first.scene, block_of(first.scene, "aa11"), "aa11"))
    first.save()
    OpenProject.read(real / "walk.swan", store, pytest.fail).close()
    assert on_disk(real / "walk.swan") == ["aa11.swantake", "bb22.swantake"]
    first.undo()
    assert "aa11" in first.scene.take_ids
    first.close()


def test_undo_finds_its_takes_after_another_window_has_opened_the_project_under_its_new_name(
    tmp_path: Path, store: RecoveryStore
) -> None:
    write_project(tmp_path / "walk.swan", whole_scene())
    takes_folder(tmp_path / "walk.swan").mkdir()
    for take_id in ("aa11", "bb22"):
        put_take(tmp_path / "walk.swan", take_id)
    first = OpenProject.read(tmp_path / "walk.swan", store, pytest.fail)
    first.edit(delete_take(first.scene, block_of(first.scene, "aa11"), "aa11"))
    path = first.save_as(tmp_path / "run.swan")
    first.settle()
    OpenProject.read(path, store, pytest.fail).close()
    assert on_disk(path) == ["aa11.swantake", "bb22.swantake"]
    first.undo()
    assert "aa11" in first.scene.take_ids
    first.close()


def test_a_project_behind_a_link_finds_its_recordings_and_its_takes(tmp_path: Path) -> None:
    (tmp_path / "studio").mkdir()
    (tmp_path / "desk").mkdir()
    scene = whole_scene()
    real, link = tmp_path / "studio" / "walk.swan", tmp_path / "desk" / "walk.swan"
    write_project(real, scene)
    there = read_project(real).scene
    link.symlink_to(real)
    assert read_project(link).scene == there
    assert any(isinstance(block, RecordingBlock) for block in there.blocks())
    assert takes_folder(link) == takes_folder(real)
    write_project(link, there)
    assert link.is_symlink()
    assert read_project(real).scene == there


def test_an_edit_during_the_last_step_of_saving_is_kept(tmp_path: Path, store: RecoveryStore) -> None:
    project = OpenProject.new(Scene(), store, pytest.fail)
    project.edit(add_lane(project.scene, "Dog"))
    autosave = project._autosave
    assert autosave is not None
    forget = autosave.forget
    window = threading.Thread(target=lambda: project.edit(add_lane(project.scene, "Cat")))

    def forget_late() -> None:
        window.start()  # the user edits between what saving has found and what it does
        window.join(0.3)
        forget()

    autosave.forget = forget_late  # type: ignore[method-assign]
    project.save_as(tmp_path / "walk.swan")
    window.join()
    autosave.forget = forget  # type: ignore[method-assign]
    assert autosave.flush()
    assert [lane.name for lane in read_project(autosave.file.scene_path).scene.lanes] == ["Dog", "Cat"]
    project.close()


def test_a_name_without_room_for_the_takes_is_refused_before_anything_is_written(
    tmp_path: Path, store: RecoveryStore
) -> None:
    project = OpenProject.new(whole_scene(), store, pytest.fail)
    kept = tmp_path / "projects"
    kept.mkdir()
    with pytest.raises(ExportError, match="at least 1 bytes shorter"):
        project.save_as(kept / ("x" * 250 + ".swan"))
    assert list(kept.iterdir()) == []
    project.save_as(kept / ("x" * 249 + ".swan"))
    project.close()


def test_a_project_that_a_killed_process_had_moved_away_opens(tmp_path: Path) -> None:
    path = tmp_path / "walk.swan"
    write_project(path, whole_scene())
    scene = read_project(path).scene
    away = tmp_path / ".swansphere-0123456789abcdef"  # as on a disk without hard links
    away.mkdir()
    (away / "owner.lock").touch()
    (away / "place").write_text(path.name)
    os.replace(path, away / "before")
    assert read_project(path).scene == scene
    assert not away.exists()


def test_a_broken_disk_does_not_keep_a_project_from_closing(
    store: RecoveryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = OpenProject.new(Scene(), store, pytest.fail)
    project.edit(add_lane(project.scene, "Dog"))

    def refuse(*_args: object, **_more: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(os, "unlink", refuse)
    project.close()
    monkeypatch.undo()
    assert len(store.lost()) <= 1


def test_a_window_begins_while_another_one_looks_for_lost_work(
    store: RecoveryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = owner_lock.try_lock
    answers = [False]

    def busy_once(descriptor: int, *, shared: bool = False) -> bool:
        return answers.pop() if answers else tried(descriptor, shared=shared)

    monkeypatch.setattr(owner_lock, "try_lock", busy_once)
    store.begin().close()
    assert list(store.folder.iterdir()) == []


@pytest.mark.parametrize("after", range(5))
def test_an_interrupted_removal_of_unsaved_work_is_finished_at_the_next_start(store: RecoveryStore, after: int) -> None:
    file = store.begin()
    file.write(whole_scene(), Origin(Path("/walk.swan"), ""))
    file.note_takes(Path("/walk.swan"), ["aa11"])
    (file.folder / "scene.takes").mkdir()
    (file.folder / "scene.takes" / "aa11.swantake").write_bytes(b"sound")
    with killed_while_it_removes(after):
        file.close()
    file.leave()  # the system releases the lock of a dead process
    for work in store.lost():
        store.discard(work)
    assert list(store.folder.iterdir()) == []
