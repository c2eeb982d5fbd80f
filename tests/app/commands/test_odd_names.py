"""Names that are not valid Unicode, as Linux allows them, and values of a size that no sound and no time has."""

import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.cli import main
from engine.export.reading.ambix_reader import read_ambix
from tests.engine.export.delivery.takes import take

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    odd = tmp_path / os.fsdecode(b"s\xfcden")
    odd.mkdir()
    take(odd / "take.wav")
    return odd


@pytest.mark.parametrize("form", ["wav", "adm", "flac", "caf"])
def test_a_file_with_such_a_name_is_exported_checked_and_read(
    folder: Path, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = folder / os.fsdecode(b"\xff." + (b"wav" if form == "adm" else form.encode()))
    assert main(["export", str(folder / "take.wav"), "--format", form, "--out", str(out), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert all(check["passed"] for check in told["checks"])
    assert main(["verify", str(out)]) == 0
    assert "s\\udcfcden" in capsys.readouterr().out
    assert read_ambix(out)[0].shape == read_ambix(folder / "take.wav")[0].shape


def test_a_name_with_a_character_that_xml_refuses_gets_valid_notes(folder: Path) -> None:
    out = folder / "a\x01b.wav"
    assert main(["export", str(folder / "take.wav"), "--format", "adm", "--out", str(out)]) == 0


def test_a_list_with_such_names_has_a_report(tmp_path: Path) -> None:
    rows = [{"task": "render", "input": "\udcff.swan", "out": "a"}, {"task": "rend\udcffer", "input": "b", "out": "b"}]
    (tmp_path / "list.jsonl").write_text("\n".join(map(json.dumps, rows)))
    assert main(["batch", str(tmp_path / "list.jsonl")]) == 2
    report = json.loads((tmp_path / "list.report.json").read_text("utf-8"))
    assert [row["input"] for row in report["rows"]] == ["\udcff.swan", "b"]


def test_a_project_in_such_a_folder_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scene", "a dog barks on the left", "--out", str(folder / "a.swan")]) == 0
    assert "s\\udcfcden" in capsys.readouterr().out


@pytest.mark.parametrize("option", ["--start", "--time-of-day"])
def test_a_time_that_no_file_can_hold_is_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str], option: str
) -> None:
    out = folder / "out.wav"
    assert main(["export", str(folder / "take.wav"), "--out", str(out), option, "1e16"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not out.exists()


@pytest.mark.parametrize("level", [3e38, 1e13])
def test_samples_that_no_sound_has_are_told_and_nothing_silent_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], level: float
) -> None:
    soundfile.write(tmp_path / "a.wav", np.full((4800, 4), level, np.float32), 48_000, "FLOAT")
    out = tmp_path / "out.wav"
    for command in (["export", str(tmp_path / "a.wav"), "--out", str(out)], ["verify", str(tmp_path / "a.wav")]):
        assert main(command) == 2
        told = capsys.readouterr().err
        assert "values that no sound has" in told
        assert told.count("\n") == 1
    assert not out.exists()


def test_floating_point_in_the_range_of_whole_numbers_is_a_sound(tmp_path: Path) -> None:
    sound = np.random.default_rng(0).standard_normal((4800, 4)).astype(np.float32)
    soundfile.write(tmp_path / "a.wav", sound * 2.0**31, 48_000, "FLOAT")
    assert main(["export", str(tmp_path / "a.wav"), "--out", str(tmp_path / "out.wav"), "--subtype", "pcm24"]) == 0
    there, _ = read_ambix(tmp_path / "out.wav")
    assert np.abs(there).max() > 0.5


@pytest.mark.parametrize("name", ["\u97f3" * 83 + ".wav", "x" * 251 + ".wav"])
def test_a_name_of_255_bytes_is_written(folder: Path, name: str) -> None:
    assert main(["export", str(folder / "take.wav"), "--out", str(folder / name)]) == 0
    assert sorted(file.name for file in folder.iterdir()) == sorted(["take.wav", name])
