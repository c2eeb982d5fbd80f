"""`export` and `verify`: what is written is shown, checked, and read back; bad input is one sentence and status 2."""

import json
from pathlib import Path

import numpy as np
import pytest

from app.cli import main
from app.command_line import delivery_commands
from engine.export.delivery.order import EVERY_FORMAT
from engine.export.delivery.presets import PRESETS
from engine.export.reading.ambix_reader import read_ambix
from engine.export.reading.wave_notes import wave_notes
from engine.video.probe import probe
from tests.engine.export.delivery.takes import RATE, film, take
from tests.engine.video.made_films import STEADY, write_film

pytestmark = pytest.mark.slow


@pytest.fixture
def files(tmp_path: Path) -> Path:
    take(tmp_path / "take.wav")
    film(tmp_path / "film.mp4")
    return tmp_path


def exported(capsys: pytest.CaptureFixture[str], folder: Path, *argv: str) -> dict:
    assert main(["export", str(folder / "take.wav"), *argv, "--json"]) == 0, capsys.readouterr().err
    told = json.loads(capsys.readouterr().out)
    assert all(check["passed"] for check in told["checks"])
    return told


def verified(capsys: pytest.CaptureFixture[str], file: Path) -> dict[str, str]:
    assert main(["verify", str(file), "--json"]) == 0
    return {line["what"]: line["found"] for line in json.loads(capsys.readouterr().out)["page"]}


def test_the_presets_of_the_command_line_are_those_of_the_engine() -> None:
    assert set(delivery_commands._PRESETS) == set(PRESETS)


def test_a_film_for_the_site(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = exported(
        capsys, files, "--preset", "youtube-360", "--film", str(files / "film.mp4"), "--out", str(files / "a.mov")
    )
    assert (told["format"], told["coding"], told["channels"]) == ("mov", "pcm24", 4)
    assert "s longer than the pictures" in " ".join(told["notices"])
    page = verified(capsys, files / "a.mov")
    assert page["tracks"] == "1 of pictures, 1 of sound"
    assert page["SA3D"].startswith("AmbiX")
    assert page["sv3d"].startswith("equi")
    frames = int(page["length"].split()[0])
    assert abs(frames - 1.2 * RATE) < 0.02 * RATE
    assert frames == told["frames"]


def test_a_part_of_a_film(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = ("--film", str(files / "film.mp4"), "--range", "0:00.4-0.8", "--out", str(files / "a.mov"))
    told = exported(capsys, files, *given, "--subtype", "float", "--no-watermark")
    field, _ = read_ambix(files / "take.wav")
    back, _ = read_ambix(files / "a.mov")
    assert told["frames"] == back.shape[1] == round(0.4 * RATE)
    assert np.array_equal(back, field[:, round(0.4 * RATE) : round(0.8 * RATE)])


def test_the_timecode_of_the_film_becomes_the_time_reference(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_film(files / "coded.mov", STEADY[:30], timecode="01:00:00:00", codec="mpeg4", raw=True, rate=25)
    given = ("--film", str(files / "coded.mov"), "--start", "0:02", "--range", "0.5-1")
    exported(capsys, files, *given, "--preset", "nuendo", "--out", str(files / "a.wav"))
    notes = wave_notes(files / "a.wav")
    assert notes is not None
    assert notes.time_reference == round(3602.5 * RATE)
    exported(capsys, files, "--time-of-day", "10:00:00", "--out", str(files / "b.wav"))
    page = verified(capsys, files / "b.wav")
    assert page["time reference"].startswith(f"{36_000 * RATE} samples")
    assert page["bext and iXML"] == "agree"
    assert (
        main(["export", str(files / "take.wav"), "--film", str(files / "coded.mov"), "--out", str(files / "c.mov")])
        == 0
    )
    assert probe(files / "c.mov").timecode == "01:00:00:00"


def test_a_time_of_day_is_within_the_day(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["export", str(files / "take.wav"), "--out", str(files / "a.wav"), "--time-of-day"]
    assert main([*argv, "24:00:00"]) == 2
    assert "A day has 24 hours" in capsys.readouterr().err
    assert not (files / "a.wav").exists()
    assert main([*argv, "23:59:59"]) == 0


def test_loudness_goes_to_the_goal(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = exported(capsys, files, "--normalise", "-26", "--ceiling", "-2", "--out", str(files / "a.wav"))
    assert told["loudness"]["binaural"]["integrated_lufs"] == pytest.approx(-26.0, abs=0.02)


def test_the_table_of_checks_is_shown(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", str(files / "take.wav"), "--out", str(files / "a.amb")]) == 0
    told = capsys.readouterr().out
    assert "binaural sum" in told
    assert "ok      direction" in told
    assert "FAILED" not in told
    assert main(["verify", str(files / "a.amb")]) == 0
    assert "fuma, stated in the file" in capsys.readouterr().out


def test_every_format_is_written_and_checked(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["export", str(files / "take.wav"), "--film", str(files / "film.mp4"), "--every-format"]
    assert main([*asked, "--out", str(files / "all")]) == 0
    written = capsys.readouterr()
    assert written.err.count("does not state its projection") == 1
    told = written.out.splitlines()
    assert len(told) == len(EVERY_FORMAT) == len(list((files / "all").iterdir()))
    assert all(line.startswith("ok      take-") for line in told)
    assert main([*asked, "--out", str(files / "all"), "--preset", "reaper"]) == 2
    assert "leave out --preset" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ("--out a.xyz", "does not stand for a format"),
        ("--out a.mp4", "needs pictures"),
        ("--out take.wav", "would be overwritten"),
        ("--out a.wav --format mov", "suffix of its format"),
        ("--out a.wav --rate 22050", "44100, 48000 or 96000"),
        ("--out a.wav --range 3-2", "ends before it begins"),
        ("--out a.wav --range 3", "not a range"),
        ("--out a.wav --range 8-9", "choose another range"),
        ("--out missing/a.wav", "does not exist"),
        ("--out a.wav --head-locked take.wav", "head-locked sound is stereo"),
        ("--out a.wav --layout mono", "specify --film"),
        ("--out a.mov --film film.mp4 --projection fisheye", "equirectangular first"),
        ("--out a.mov --film take.wav", "take.wav"),
        ("--out a.mov --film film.mp4 --range 1-1.2 --start 9", "no picture in this range"),
        ("--out a.wav --normalise nan", "usable loudness"),
    ],
)
def test_bad_input_is_one_sentence(
    files: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, argv: str, message: str
) -> None:
    monkeypatch.chdir(files)
    before = sorted(files.iterdir())
    assert main(["export", "take.wav", *argv.split()]) == 2
    told = capsys.readouterr().err.strip().splitlines()
    assert message in told[-1]
    assert sorted(files.iterdir()) == before


@pytest.mark.parametrize("content", [b"", b"RIFF\0\0\0\0WAVE", b"caff\0\1\0\0", b"\0\0\0\x08moov", b"text"])
def test_what_is_no_sound_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes) -> None:
    (tmp_path / "a").write_bytes(content)
    for argv in (["verify", str(tmp_path / "a")], ["verify", str(tmp_path)], ["verify", str(tmp_path / "missing")]):
        assert main(argv) == 2
        assert len(capsys.readouterr().err.strip().splitlines()) == 1
