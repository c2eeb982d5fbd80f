"""`make` lets another generator make blocks: a new project, or one line and exit status 2 with nothing written."""

import shlex
import sys
from pathlib import Path

import pytest

from app.cli import main
from engine.contract.scene.blocks import GeneratedBlock, RecordingBlock
from engine.contract.scene.edits.blocks import add_generated
from engine.contract.scene.edits.lanes import add_lane
from engine.contract.scene.recipe import Recipe
from engine.contract.scene.scene import Scene
from engine.project.project_file import read_project, write_project
from tests.engine.runtime.makers import odd_maker

pytestmark = pytest.mark.slow


def command(mode: str) -> str:
    return shlex.join([sys.executable, str(Path(odd_maker.__file__)), mode])


@pytest.fixture
def project(tmp_path: Path) -> Path:
    scene = add_lane(Scene(), "Dog").scene
    for start in (0, 48_000):
        scene = add_generated(scene, 1, Recipe.of("a dog barks", 3), start, 24_000).scene
    write_project(tmp_path / "a.swan", scene)
    return tmp_path / "a.swan"


def make(project: Path, out: Path, mode: str = "good", *more: str) -> int:
    options = ["--maker", command(mode), "--maker-name", "AMBIT", "--lane", "1", "--out", str(out), *more]
    return main(["make", str(project), *options])


def test_blocks_are_made_and_the_project_itself_stays(project: Path, tmp_path: Path, capsys) -> None:
    before = project.read_bytes()
    assert make(project, tmp_path / "new" / "b.swan") == 0
    assert "2 blocks made by AMBIT" in capsys.readouterr().out
    assert project.read_bytes() == before
    blocks = list(read_project(tmp_path / "new" / "b.swan").scene.blocks())
    assert [(block.made_by, block.title) for block in blocks if isinstance(block, RecordingBlock)] == [
        ("AMBIT", "a dog barks")
    ] * 2
    assert len(list((tmp_path / "new" / "b.takes").iterdir())) == 2
    assert make(tmp_path / "new" / "b.swan", tmp_path / "c.swan", "good", "--block", "2") == 0
    first, second = read_project(tmp_path / "c.swan").scene.blocks()
    assert isinstance(first, RecordingBlock)
    assert isinstance(second, RecordingBlock)
    assert {Path(block.file.path).parent for block in (first, second)} == {tmp_path / "c.takes"}
    assert Path(first.file.path).is_file()
    assert main(["render", str(tmp_path / "c.swan"), "--out", str(tmp_path / "out")]) == 0
    assert "made by AMBIT" in capsys.readouterr().err


@pytest.mark.parametrize("more", [["--block", "3"], ["--lane", "2"], ["--maker", "/no/such"], ["--maker-name", " "]])
def test_what_cannot_be_asked_is_one_line(project: Path, tmp_path: Path, capsys, more: list[str]) -> None:
    assert make(project, tmp_path / "b.swan", "good", *more) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "b.swan").exists()


def test_another_project_is_not_overwritten(project: Path, tmp_path: Path, capsys) -> None:
    other = tmp_path / "other.swan"
    write_project(other, add_lane(Scene(), "Rain").scene)
    before = other.read_bytes()
    assert make(project, other) == 2
    assert "is not overwritten" in capsys.readouterr().err
    assert other.read_bytes() == before
    assert not (tmp_path / "other.takes").exists()


def test_a_generator_that_fails_leaves_nothing(project: Path, tmp_path: Path, capsys) -> None:
    assert make(project, tmp_path / "new" / "b.swan", "silent") == 2
    assert "AMBIT made silence" in capsys.readouterr().err
    assert not list(tmp_path.glob("**/*.wav"))
    assert not (tmp_path / "new" / "b.swan").exists()
    assert all(isinstance(block, GeneratedBlock) for block in read_project(project).scene.blocks())
    assert make(project, project) == 2
    assert make(project, tmp_path / "b.wav") == 2
