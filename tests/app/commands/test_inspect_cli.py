"""`inspect`: one page about a film or a sound, the same facts as JSON, and one line for what is neither."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.cli import main
from tests.engine.video.boxed_films import boxed_film, equi, st3d, sv3d, xmp
from tests.engine.video.made_films import STEADY, write_film


def inspected(capsys: pytest.CaptureFixture[str], *argv: str) -> dict:
    assert main(["inspect", "--json", *argv]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    return json.loads(captured.out)


def test_a_film_says_what_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    film = boxed_film(tmp_path / "vr180.mp4", st3d(2) + sv3d(equi(0, 0, 0.25, 0.25), (90.0, 0.0, 0.0)))
    facts = inspected(capsys, str(film))
    expected = {
        "kind": "film", "width": 64, "height": 32, "layout": "left-right", "layout_source": "file",
        "projection": "equirectangular", "projection_source": "file", "timecode": None, "sounds": [], "notices": [],
        "pose": {"yaw_deg": 90.0, "pitch_deg": 0.0, "roll_deg": 0.0}, "start_s": 0.0,
    }  # fmt: skip
    assert {name: facts[name] for name in expected} == expected
    assert facts["duration_s"] == pytest.approx(0.4, abs=0.05)
    chosen = inspected(capsys, str(film), "--layout", "mono", "--projection", "fisheye")
    assert (chosen["layout_source"], chosen["projection"], chosen["projection_source"]) == ("user", "fisheye", "user")


def test_lenses_and_the_first_look_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = xmp(Spherical="true", ProjectionType="equirectangular", InitialViewHeadingDegrees="-30")
    film = boxed_film(tmp_path / "f.mp4", in_track=text)
    assert inspected(capsys, str(film))["first_view"] == {"yaw_deg": 30.0, "pitch_deg": 0.0, "roll_deg": 0.0}
    assert main(["inspect", str(film), "--projection", "fisheye", "--fov", "200"]) == 0
    page = capsys.readouterr().out
    assert "azimuth 30, elevation 0" in page
    assert "200 degrees" in page


def test_the_page_to_read_names_time_sounds_and_notices(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    film = write_film(
        tmp_path / "late.mov", [0.8 + t for t in STEADY], (64, 48), sound_s=4.0, timecode="10:00:00:00", rate=25
    )
    assert main(["inspect", str(film)]) == 0
    page = capsys.readouterr().out
    for part in ("64 x 48", "first picture at 0.8", "mono (guessed)", "10:00:00:00", "1728000000", "48000 Hz"):
        assert part in page
    assert "does not look like a 360-degree film" in page
    assert "until then the film is black" in page


def test_a_sound_says_how_its_channels_are_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for channels, convention in ((4, "ambix"), (2, None)):
        soundfile.write(tmp_path / "a.wav", np.zeros((4_410, channels)), 44_100)
        facts = inspected(capsys, str(tmp_path / "a.wav"))
        assert (facts["kind"], facts["channels"], facts["rate"]) == ("sound", channels, 44_100)
        assert facts["convention"] == convention
        assert facts["duration_s"] == pytest.approx(0.1)
    assert inspected(capsys, str(tmp_path / "a.wav"), "--convention", "fuma")["convention_source"] in (None, "user")
    assert main(["inspect", str(tmp_path / "a.wav")]) == 0
    assert "2 channels, 44100 Hz" in capsys.readouterr().out


def test_what_is_neither_is_one_line_and_exit_code_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "notes.txt").write_text("dear diary\n" * 50)
    (tmp_path / "empty.mp4").write_bytes(b"")
    for path in (tmp_path, tmp_path / "notes.txt", tmp_path / "empty.mp4", tmp_path / "missing.mp4"):
        assert main(["inspect", str(path)]) == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        assert captured.err.count("\n") == 1
        assert path.name in captured.err
