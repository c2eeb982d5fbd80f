"""`export PROJECT.swan`: the mix, the lanes, every format; bad input is one sentence and leaves nothing behind."""

import json
from pathlib import Path

import pytest

from app.cli import main
from engine.export.delivery.order import EVERY_FORMAT
from engine.export.reading.wave_notes import wave_notes
from tests.app.delivery.projects import SECOND, saved, two_sides

pytestmark = pytest.mark.slow


def test_a_preset_gives_format_and_settings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = saved(tmp_path, two_sides(tmp_path, with_film=True))
    out = tmp_path / "site.mov"
    assert main(["export", str(project), "--preset", "youtube-360", "--out", str(out), "--stems", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [Path(file["file"]).name for file in told["files"]] == [
        "site.mov",
        "site 1 Tap drip.wav",
        "site 2 犬.wav",
    ]
    assert all(check["passed"] for file in told["files"] for check in file["checks"])
    assert {"SA3D", "direction"} <= {check["name"] for check in told["files"][0]["checks"]}


def test_a_range_and_a_typed_time_of_day(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = saved(tmp_path, two_sides(tmp_path))
    options = ["--range", "0.5-1", "--time-of-day", "10:00:00", "--out", str(tmp_path / "a.wav")]
    assert main(["export", str(project), *options]) == 0
    assert "ok      time reference" in capsys.readouterr().out
    notes = wave_notes(tmp_path / "a.wav")
    assert notes is not None
    assert notes.time_reference == 36_000 * SECOND + SECOND // 2


def test_every_format_of_a_project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = saved(tmp_path, two_sides(tmp_path, with_film=True))
    folder = tmp_path / "all"
    assert main(["export", str(project), "--every-format", "--range", "0.2-0.8", "--out", str(folder)]) == 0
    told = capsys.readouterr().out.splitlines()
    assert len(told) == len(EVERY_FORMAT) == len(list(folder.iterdir()))
    assert all(line.startswith("ok      walk-") for line in told)


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ("missing.swan --out a.wav", "There is no project"),
        ("walk.swan --out a.xyz", "does not stand for a format"),
        ("walk.swan --out a.mov", "no film whose pictures"),
        ("walk.swan --out 1.wav", "would be overwritten"),
        ("walk.swan --out a.wav --range 5-6", "after the end of the scene"),
        ("walk.swan --out a.wav --film film.mp4", "says itself what it holds"),
        ("walk.swan --out gone/a.wav", "does not exist"),
        ("walk.swan --out a.wav --every-format --stems", "leave out --stems"),
        ("1.wav --out a.wav --stems", "belongs to a project"),
    ],
)
def test_bad_input_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, argv: str, message: str
) -> None:
    saved(tmp_path, two_sides(tmp_path))
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())
    assert main(["export", *argv.split()]) == 2
    told = capsys.readouterr().err.strip().splitlines()
    assert len(told) == 1
    assert message in told[0]
    assert sorted(tmp_path.iterdir()) == before
