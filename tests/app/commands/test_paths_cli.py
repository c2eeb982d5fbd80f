"""`paths` writes where lanes are; what cannot be asked is one line and leaves nothing."""

from pathlib import Path

import pytest

from app.cli import main
from engine.contract.directions import Direction
from engine.contract.scene.edits.lanes import add_lane
from engine.contract.scene.edits.places import place_lane
from engine.contract.scene.scene import Scene
from engine.project.project_file import write_project


@pytest.fixture
def project(tmp_path: Path) -> Path:
    scene = add_lane(add_lane(Scene(), "Dog / cat").scene, "Rain").scene
    scene = place_lane(scene, scene.lanes[0].lane_id, Direction(90.0, 10.0)).scene
    write_project(tmp_path / "walk.swan", scene)
    return tmp_path / "walk.swan"


def test_each_placed_lane_has_a_file(project: Path, tmp_path: Path, capsys) -> None:
    out = tmp_path / "new" / "paths"
    assert main(["paths", str(project), "--out", str(out)]) == 0
    told = capsys.readouterr()
    assert "left out: Rain" in told.err
    files = list(out.iterdir())
    assert len(files) == 1
    assert files[0].name.startswith("1 Dog")
    assert files[0].read_text().splitlines()[1].startswith("0.000000,90.000,10.000,")


@pytest.mark.parametrize(("panner", "line"), [
    ("iem", "00000001.00000000 /MultiEncoder/azimuth0 f 90.000000"),
    ("sparta", "00000001.00000000 /track/1/fx/1/fxparam/5/value f 0.750000"),
])  # fmt: skip
def test_a_panner_has_one_file(project: Path, tmp_path: Path, capsys, panner: str, line: str) -> None:
    assert main(["paths", str(project), "--out", str(tmp_path), "--format", panner]) == 0
    assert (tmp_path / f"paths-{panner}.osc").read_text().splitlines()[0] == line
    assert "source 0 Dog / cat" in capsys.readouterr().out


@pytest.mark.parametrize("more", [["--lane", "3"], ["--lane", "0"], ["--lane", "2"]])
def test_what_cannot_be_asked_is_one_line(project: Path, tmp_path: Path, capsys, more: list[str]) -> None:
    assert main(["paths", str(project), "--out", str(tmp_path / "out"), *more]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "out").exists()
