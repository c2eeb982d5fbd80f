"""A project whose process is killed in the middle of editing and saving: at most the last second is lost."""

import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.project.open_project import OpenProject
from app.project.recovery import RecoveryStore
from engine.project.project_file import read_project, write_project
from tests.engine.contract.scene.scenes import large_scene

CHILD = Path(__file__).with_name("crash_child.py")
ROOT = Path(__file__).parents[3]
KILLS = int(os.environ.get("SWANSPHERE_KILLS", "5"))
"""Twenty were run when this was written."""
MOST_LOST_S = 1.0


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_kill_during_edits_and_saves_loses_at_most_the_last_second(tmp_path: Path) -> None:
    rng = random.Random(0)
    losses = []
    write_project(tmp_path / "large.swan", large_scene())
    for kill in range(KILLS):
        path, store = tmp_path / f"{kill}.swan", RecoveryStore(tmp_path / f"recovery-{kill}")
        shutil.copyfile(tmp_path / "large.swan", path)
        command = [sys.executable, str(CHILD), str(path), str(store.folder), "0.02"]
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        assert child.stdout is not None
        lines = [child.stdout.readline()]  # it has begun
        time.sleep(rng.uniform(0.2, 1.2))
        child.kill()
        killed_at = time.monotonic()
        lines += child.stdout.read().splitlines()
        child.wait()
        child.stdout.close()
        edits = [(int(number), float(at)) for number, at in (line.split() for line in lines if line.count(" ") == 1)]
        saved = read_project(path)  # whatever happened, the file is a whole one
        names = [saved.scene.lanes[0].name, *(work.scene.lanes[0].name for work in store.lost())]
        kept = max(int(name) if name.isdigit() else 0 for name in names)
        assert kept <= edits[-1][0] + 1
        first_lost = next((at for number, at in edits if number > kept), killed_at)
        losses.append(killed_at - first_lost)
    print(f"lost: most {max(losses):.2f} s, median {sorted(losses)[len(losses) // 2]:.2f} s")
    assert max(losses) <= MOST_LOST_S


@pytest.mark.slow
def test_lost_work_is_offered_once_and_goes_on(tmp_path: Path) -> None:
    path, store = tmp_path / "a.swan", RecoveryStore(tmp_path / "recovery")
    write_project(path, large_scene(4, 8))
    command = [sys.executable, str(CHILD), str(path), str(store.folder), "0.3"]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": str(ROOT)})
    assert child.stdout is not None
    child.stdout.readline()
    assert store.lost() == [], "its owner is alive"
    time.sleep(0.5)
    child.kill()
    child.wait()
    child.stdout.close()
    (work,) = store.lost()
    assert work.origin.path == path
    assert "SwanSphere ended before a.swan was saved" in work.sentence
    assert "4 lanes and 8 blocks" in work.sentence
    project = OpenProject.recovered(work, store, pytest.fail)
    assert store.lost() == [], "this window has it now"
    assert project.is_changed
    assert project.scene.lanes[0].name.isdigit()
    project.save()
    project.close()
    assert store.lost() == []
    assert read_project(path).scene == work.scene
    assert list(store.folder.iterdir()) == []
