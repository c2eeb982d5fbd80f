import argparse
import json
import subprocess
import sys
from pathlib import Path

import pytest

from app.cli import build_parser, main
from app.command_line import arguments
from app.commands.generate import _settings
from engine.contract.control import DirectionPath, GenerationSettings
from engine.contract.directions import Direction
from engine.contract.errors import ExportError
from engine.contract.version import VERSION

ROOT = Path(__file__).resolve().parents[3]


def one_line(capsys) -> str:
    text = capsys.readouterr().err
    assert text.count("\n") == 1, text
    return text


@pytest.mark.slow
@pytest.mark.parametrize(
    "argv",
    [
        ["generate", "--out", "o.wav"],
        ["generate", "--prompt", "  ", "--out", "o.wav"],
        ["generate", "--prompt", "x"],
        ["generate", "--prompt", "x", "--direction", "400,0", "--out", "o.wav"],
        ["generate", "--prompt", "x", "--direction", "400,x", "--out", "o.wav"],
        ["generate", "--prompt", "x", "--direction", "-20", "--out", "o.wav"],
        ["generate", "--prompt", "x", "--direction", "nan,0", "--out", "o.wav"],
        ["generate", "--prompt", "x", "--seconds", "0", "--out", "o.wav"],
        ["generate", "--prompt", "x", "--seconds", "inf", "--out", "o.wav"],
        ["generate", "--prompt", "x", "--steps", "65", "--out", "o.wav"],
        ["generate", "--prompt", "x", "--seed", "-1", "--out", "o.wav"],
        ["generate", "--prompt", "x", "--subtype", "mp3", "--out", "o.wav"],
        ["generate", "--prompt", "x", "--direction", "0,0", "--path", "p.json", "--out", "o.wav"],
        ["generate", "--prompt", "x", "--path", "missing.json", "--out", "o.wav"],
        ["generate", "--prompt", "x", "--out", "missing-folder/o.wav"],
        ["generate", "--prompt", "x", "--out", "."],
        ["generate", "--prompt", "x", "--out", "o.mp4"],
        ["generate", "--prompt", "x", "--out", "o.wav", "--binaural", "o.amb"],
        ["generate", "--prompt", "x", "--out", "o.flac", "--subtype", "float"],
        ["generate", "--prompt", "x", "--out", "o.wav", "--gain", "loud"],
        ["generate", "--prompt", "x", "--out", "o.wav", "--gain", "-99"],
        ["generate", "--prompt", "x", "--out", "o.wav", "--binaural", "o.wav"],
        ["generate", "--film", "missing.mp4", "--out", "o.wav"],
        ["generate", "--prompt", "x", "--out", "o.wav", "--hrtf", "missing.sofa"],
        ["generate", "--prompt", "x", "--out", "o.wav", "--binaural", "b.wav", "--hrtf", "missing.sofa"],
        ["generate", "--prompt", "x", "--out", "o.wav", "--binaural", "b.wav", "--hrtf", "."],
        ["headless", "--hrtf", "missing.sofa"],
        ["codec", "missing.wav", "o.wav"],
        ["headless", "--film", "missing.mp4"],
        ["headless", "--seconds", "-3"],
        ["annotate", "missing.wav", "--out", "annotations"],
        ["annotate", "a/x.wav", "b/x.wav", "--out", "annotations"],
        ["annotate", "x.wav", "--out", "annotations", "--labels", "missing.json"],
        ["annotate", "x.wav"],
        ["frobnicate"],
        ["--nonsense"],
    ],
)
def test_bad_input_is_one_line_exit_2_and_leaves_nothing(argv, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(argv) == 2
    assert one_line(capsys).startswith("swansphere: ")
    assert not (tmp_path / "o.wav").exists()


def test_help_is_exit_0(capsys):
    assert main(["--help"]) == 0
    assert "generate" in capsys.readouterr().out


@pytest.mark.parametrize("value", ["-90,0", "-90.5,-10", "60,0"])
def test_a_negative_azimuth_is_a_value_not_an_option(value):
    argv = arguments.join_negative_values(
        ["generate", "--prompt", "x", "--direction", value, "--out", "o"], ("--direction",)
    )
    parsed = build_parser().parse_args(argv)
    azimuth, elevation = (float(part) for part in value.split(","))
    assert parsed.direction == Direction(azimuth, elevation)


def test_the_defaults_of_generate_are_the_contract():
    parsed = build_parser().parse_args(["generate", "--prompt", "rain", "--out", "o.wav"])
    assert (parsed.seed, parsed.steps, parsed.subtype, parsed.device, parsed.checkpoint) == (
        0,
        None,
        None,  # float, but in FLAC
        "cpu",
        None,
    )
    settings = _settings(parsed)
    assert settings.prompt.text == "rain"
    assert settings.path is None


def test_direction_and_path_become_the_same_kind_of_thing(tmp_path):
    file = tmp_path / "p.json"
    file.write_text(json.dumps([{"t_s": 0, "azimuth_deg": -90, "elevation_deg": 0}, {"t_s": 4, "azimuth_deg": 90}]))
    parsed = build_parser().parse_args(["generate", "--prompt", "x", "--path", str(file), "--out", "o.wav"])
    path = _settings(parsed).path
    assert isinstance(path, DirectionPath)
    assert path.at(0.0) == pytest.approx([0.0, -1.0, 0.0], abs=1e-9)
    assert path.at(9.0) == pytest.approx([0.0, 1.0, 0.0], abs=1e-9)


def test_checking_an_output_keeps_what_is_there(tmp_path):
    file = tmp_path / "o.wav"
    file.write_bytes(b"mine")
    arguments.check_outputs(file, tmp_path / "b.wav", None, read={})
    assert file.read_bytes() == b"mine"
    assert sorted(tmp_path.iterdir()) == [file]
    with pytest.raises(ExportError):
        arguments.check_outputs(Path("/proc/o.wav"), read={})


def generate_settings(*options: str) -> GenerationSettings:
    return _settings(build_parser().parse_args(["generate", "--prompt", "rain", "--out", "o.wav", *options]))


def test_lanes_of_the_command_line():
    lanes = generate_settings("--lane", "a dog barks@60,0", "--lane", "me@home, talking@-90,20@-6.5").lanes
    assert [(lane.lane_id, lane.prompt.text, lane.gain_db) for lane in lanes] == [
        (1, "a dog barks", 0.0),
        (2, "me@home, talking", -6.5),
    ]
    assert [lane.path for lane in lanes] == [
        DirectionPath.fixed(Direction(60, 0)),
        DirectionPath.fixed(Direction(-90, 20)),
    ]
    assert generate_settings().lanes == ()


@pytest.mark.slow
@pytest.mark.parametrize(
    "text", ["a dog", "a dog@60", "@60,0", " @60,0", "a dog@60,0@loud", "a dog@60,0@99", "a@400,0"]
)
def test_a_lane_that_cannot_be_read_is_one_line(text, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["generate", "--prompt", "rain", "--lane", text, "--out", "o.wav"]) == 2
    one_line(capsys)
    assert list(tmp_path.iterdir()) == []


def test_the_direction_is_exact_unless_left_as_generated():
    assert generate_settings("--direction", "60,0").exact_direction
    assert not generate_settings("--direction", "60,0", "--direction-as-generated").exact_direction


def test_train_hands_everything_on(monkeypatch):
    import types

    seen = []
    fake = types.SimpleNamespace(main=lambda argv: seen.append(argv))
    monkeypatch.setitem(sys.modules, "engine.training.cli", fake)
    assert main(["train", "codec", "--resume", "--steps", "3"]) == 0
    assert main(["train", "--help"]) == 0
    assert seen == [["codec", "--resume", "--steps", "3"], ["--help"]]


def test_an_engine_error_of_a_command_is_one_line(monkeypatch, capsys):
    import types

    def run(_arguments: argparse.Namespace) -> int:
        raise ExportError("The disk\nis full.")

    monkeypatch.setitem(sys.modules, "app.commands.doctor", types.SimpleNamespace(run=run))
    assert main(["doctor"]) == 2
    assert one_line(capsys) == "swansphere: The disk is full.\n"


def test_without_a_screen_the_window_says_what_to_do(monkeypatch, capsys):
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert main([]) == 2
    assert "headless" in one_line(capsys)


def test_the_version_is_the_one_that_is_stated_once(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"SwanSphere {VERSION}\n"


def test_main_is_short_and_light_for_child_processes():
    assert len((ROOT / "main.py").read_text().splitlines()) <= 40
    script = "import runpy, sys; runpy.run_path('main.py', run_name='__mp_main__'); print(len(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 120


@pytest.mark.slow
@pytest.mark.parametrize("wrong", [["pack"], ["codec", "--minutes", "soon"], ["credits", "--nonsense"]])
def test_what_a_stage_cannot_read_is_one_line(capsys, wrong):
    assert main(["train", *wrong]) == 2
    said = capsys.readouterr().err
    assert said.startswith("swansphere: ")
    assert said.count("\n") == 1
