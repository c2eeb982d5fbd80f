"""`markers` writes and reads the markers of a project: one line and exit status 2 if it cannot be."""

from pathlib import Path

import pytest

from app.cli import main
from engine.contract.errors import InvalidInputError
from engine.contract.scene.edits.whole import add_marker
from engine.contract.scene.scene import Scene
from engine.daw.marker_file import read_markers
from engine.project.project_file import read_project, write_project


@pytest.fixture
def project(tmp_path: Path) -> Path:
    scene = add_marker(add_marker(Scene(), 48_000, "Door").scene, 96_000).scene
    write_project(tmp_path / "walk.swan", scene)
    return tmp_path / "walk.swan"


@pytest.mark.parametrize(("name", "more"), [("a.csv", []), ("a.mid", []), ("a.csv", ["--format", "reaper"])])
def test_markers_go_out_and_come_back(project: Path, tmp_path: Path, capsys, name: str, more: list[str]) -> None:
    assert main(["markers", str(project), "--out", str(tmp_path / name), *more]) == 0
    assert "2 markers" in capsys.readouterr().out
    write_project(tmp_path / "new.swan", Scene())
    assert main(["markers", str(tmp_path / "new.swan"), "--import", str(tmp_path / name)]) == 0
    assert "2 markers added from a." in capsys.readouterr().out
    markers = read_project(tmp_path / "new.swan").scene.markers
    assert [(marker.at_sample, marker.name) for marker in markers] == [(48_000, "Door"), (96_000, "")]


def test_timecode_needs_a_rate_and_is_written_with_one(project: Path, tmp_path: Path, capsys) -> None:
    out = tmp_path / "tc.csv"
    assert main(["markers", str(project), "--out", str(out), "--timecode"]) == 2
    assert "specify --fps" in capsys.readouterr().err
    assert main(["markers", str(project), "--out", str(out), "--timecode", "--fps", "25"]) == 0
    assert out.read_text().splitlines()[1] == "00:00:01:00,Door"
    with pytest.raises(InvalidInputError, match="is a timecode"):
        read_markers(out)
    write_project(tmp_path / "new.swan", Scene())
    assert main(["markers", str(tmp_path / "new.swan"), "--import", str(out), "--fps", "25"]) == 0
    assert read_project(tmp_path / "new.swan").scene.markers[1].at_sample == 96_000


def test_what_cannot_be_imported_leaves_the_project_as_it_is(project: Path, tmp_path: Path, capsys) -> None:
    before = project.read_bytes()
    (tmp_path / "bad.csv").write_text("time,name\nnoon,x\n")
    assert main(["markers", str(project), "--import", str(tmp_path / "bad.csv")]) == 2
    told = capsys.readouterr().err
    assert "line 2: 'noon' is not a time" in told
    assert told.count("\n") == 1
    assert main(["markers", str(project), "--out", str(tmp_path / "same.csv")]) == 0
    assert main(["markers", str(project), "--import", str(tmp_path / "same.csv")]) == 2
    assert "has all of these markers already" in capsys.readouterr().err
    assert main(["markers", str(project), "--out", str(project)]) == 2
    assert main(["markers", str(project), "--out", str(project), "--format", "csv"]) == 2
    assert project.read_bytes() == before
