"""`evaluate`: its files, and one line for what a person can mend."""

import json
from pathlib import Path

import numpy as np
import pytest

from app.cli import main
from engine.ambisonics.encoding import encode_point
from engine.contract.directions import Direction
from engine.export.ambix_wav import AmbixWriter


@pytest.fixture
def folders(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    for folder, azimuth in (("takes", 40.0), ("truth", 0.0)):
        Path(folder).mkdir()
        for stem in ("one", "two"):
            with AmbixWriter(Path(folder) / f"{stem}.wav") as writer:
                writer.write(encode_point(0.1 * rng.standard_normal(48_000), Direction(azimuth)))
    Path("captions.json").write_text('{"one": "rain"}')
    Path("broken.json").write_text("{")
    Path("empty").mkdir()
    return tmp_path


PAIR = ["evaluate", "--generated", "takes", "--reference", "truth"]
OUT = ["--out", "r.json", "--html", "r.html"]


@pytest.mark.slow
def test_it_writes_both_reports_and_says_what_is_missing(folders, capsys):
    assert main([*PAIR, "--captions", "captions.json", *OUT]) == 0
    report = json.loads(Path("r.json").read_text())
    assert report["pairs"] == 2
    assert report["metrics"]["clip_angle_rad"]["generated"]["value_deg"] == pytest.approx(40.0, abs=1.0)
    assert Path("r.html").read_text().startswith("<!doctype html>")
    assert sorted(file.name for file in folders.iterdir() if file.is_file()) == [
        "broken.json", "captions.json", "r.html", "r.json"
    ]  # fmt: skip
    said = capsys.readouterr().out
    assert "--yamnet" in said
    assert "Great-circle error: generated 0.698 rad" in said


@pytest.mark.slow
@pytest.mark.parametrize(
    "argv",
    [
        ["evaluate", *OUT],
        [*PAIR],
        ["evaluate", "--generated", "missing", "--reference", "truth", *OUT],
        ["evaluate", "--generated", "takes", "--reference", "missing", *OUT],
        ["evaluate", "--generated", "takes", "--reference", "takes", *OUT],
        ["evaluate", "--generated", "takes", "--reference", "empty", *OUT],
        ["evaluate", "--generated", "takes/one.wav", "--reference", "truth", *OUT],
        [*PAIR, "--captions", "missing.json", *OUT],
        [*PAIR, "--captions", "broken.json", *OUT],
        [*PAIR, "--yamnet", "missing.safetensors", *OUT],
        [*PAIR, "--yamnet", "captions.json", *OUT],
        [*PAIR, "--sounds", "empty", *OUT],
        [*PAIR, "--training", "missing", *OUT],
        [*PAIR, "--seed", "x", *OUT],
        [*PAIR, "--out", "r.json", "--html", "r.json"],
        [*PAIR, "--out", "missing/r.json"],
    ],
)
def test_bad_input_is_one_line_exit_2_and_leaves_nothing(argv, folders, capsys):
    assert main(argv) == 2
    text = capsys.readouterr().err
    assert text.count("\n") == 1, text
    assert text.startswith("swansphere: ")
    assert not Path("r.json").exists()
    assert not Path("r.html").exists()
