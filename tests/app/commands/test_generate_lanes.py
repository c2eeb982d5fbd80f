"""`generate` with several sources: the same samples as `render` of the same scene, with the files of a take."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.cli import main
from engine.ambisonics.intensity import direction_and_diffuseness
from engine.ambisonics.loudness import LevelMeter
from engine.contract.directions import Direction, angle_between
from engine.export.reading.ambix_reader import read_ambix
from engine.model.streaming import streamer
from tests.engine.runtime.small_films import write_film
from tests.fakes import FAKE_SHA256, FakePatchSource, FakeSource

SECOND = 48_000


class Uneven(FakePatchSource):
    """Makes every source of a scene differently loud, and says so of its words."""

    requests: list = []  # noqa: RUF012

    def next_patch(self, request):
        self.requests.append(request)
        made = super().next_patch(request)
        gain = np.float32(0.1 if "500" in request.prompt.text else 1.0)
        remarks = (f"{request.prompt.text} is unknown.",) if request.prompt.text else ()
        return type(made)(gain * made.samples, made.stage_ms, remarks, {0: gain * made.lanes[0]}, made.latents)


@pytest.fixture
def tones(monkeypatch):
    """Let the command line load a model of tones."""
    source = Uneven(FakeSource())
    source.requests.clear()
    monkeypatch.setattr(streamer, "load_patch_source", lambda *_asked: source)
    return source


def sound(path: Path) -> np.ndarray:
    return soundfile.read(path, dtype="float32", always_2d=True)[0].T


def level_db(field: np.ndarray) -> float:
    meter = LevelMeter()
    meter.add(field.astype(np.float32))
    level = meter.level().level_db
    assert level is not None
    return level


def azimuth_error_deg(field: np.ndarray, azimuth_deg: float) -> float:
    direction, _ = direction_and_diffuseness(field)
    return float(np.rad2deg(angle_between(direction, Direction(azimuth_deg).unit_vector())))


@pytest.mark.slow
def test_the_file_is_that_of_the_scene_sample_by_sample(tmp_path, monkeypatch):
    """With the shipped model, as `scene` and `render` make it; rain without a place is all around in both."""
    source = streamer.load_patch_source()
    monkeypatch.setattr(streamer, "load_patch_source", lambda *_asked: source)
    asked = ["--prompt", "rain falls", "--lane", "a dog barks@90,0", "--seed", "4", "--seconds", "0.8"]
    files = ["--out", tmp_path / "o.wav", "--binaural", tmp_path / "b.wav", "--stems", tmp_path / "stems"]
    assert main(["generate", *asked, *map(str, files)]) == 0
    project, same = tmp_path / "same.swan", tmp_path / "scene"
    words = "rain falls while a dog barks on the left"
    assert main(["scene", words, "--seconds", "0.8", "--seed", "4", "--out", str(project)]) == 0
    assert main(["render", str(project), "--out", str(same), "--stems", "--binaural"]) == 0
    for one, other in (
        ("o.wav", "mix.wav"),
        ("b.wav", "binaural.wav"),
        ("stems/1 rain falls.wav", "1 Rain falls.wav"),
        ("stems/2 a dog barks.wav", "2 Dog barks.wav"),
    ):
        ours, theirs = sound(tmp_path / one), sound(same / other)
        assert ours.shape[1] == 0.8 * SECOND
        np.testing.assert_allclose(ours, theirs, atol=1e-6)
        assert np.abs(ours).max() > 0.01


def test_sources_are_equally_loud_and_in_their_places_though_the_model_makes_them_otherwise(tmp_path, tones):
    out, stems = tmp_path / "o.wav", tmp_path / "stems"
    asked = ["--lane", "a tone of 500 Hz@60,0", "--lane", "a tone of 900 Hz@-90,0", "--lane", "700 Hz@0,0@-6"]
    assert main(["generate", *asked, "--seconds", "2", "--out", str(out), "--stems", str(stems)]) == 0
    parts = [read_ambix(file)[0] for file in sorted(stems.iterdir())]
    levels = [level_db(part) for part in parts]
    assert levels[0] == pytest.approx(levels[1], abs=0.5)
    assert levels[2] == pytest.approx(levels[1] - 6.0, abs=0.5)
    for part, azimuth_deg in zip(parts, (60.0, -90.0, 0.0), strict=True):
        assert azimuth_error_deg(part[:, SECOND:], azimuth_deg) < 1.0
    np.testing.assert_allclose(sum(parts), read_ambix(out)[0], atol=1e-6)


def test_sources_that_the_words_place_are_a_scene_too(tmp_path, tones):
    words = "a tone of 500 Hz on the left and a tone of 900 Hz on the right"
    one, two = tmp_path / "one.wav", tmp_path / "two.wav"
    assert main(["generate", "--prompt", words, "--seconds", "1", "--seed", "7", "--out", str(one)]) == 0
    lanes = ["--lane", "a tone of 500 Hz@90,0", "--lane", "a tone of 900 Hz@-90,0"]
    assert main(["generate", *lanes, "--seconds", "1", "--seed", "7", "--out", str(two)]) == 0
    np.testing.assert_allclose(sound(one), sound(two), atol=1e-6)


def test_the_report_keeps_its_content(tmp_path, tones, capsys):
    out, report = tmp_path / "o.flac", tmp_path / "r.json"
    asked = ["--prompt", "700 Hz", "--direction", "30,0", "--lane", "a tone of 500 Hz@-90,10@-3", "--steps", "3"]
    files = ["--out", str(out), "--report", str(report), "--subtype", "pcm24", "--gain", "auto"]
    assert main(["generate", *asked, "--seed", "5", "--seconds", "1.5", *files]) == 0
    assert "500 Hz is unknown." in capsys.readouterr().err
    told = json.loads(report.read_text())
    single = tmp_path / "single.json"
    assert main(["generate", "--prompt", "700 Hz", "--out", str(tmp_path / "s.wav"), "--report", str(single)]) == 0
    assert list(told) == list(json.loads(single.read_text()))
    assert (told["seconds"], told["seed"], told["prompt"], told["steps"]) == (1.5, 5, "700 Hz", 3)
    assert told["path"] == [{"t_s": 0.0, "azimuth_deg": 30.0, "elevation_deg": 0.0}]
    assert [(lane["prompt"], lane["gain_db"]) for lane in told["lanes"]] == [("a tone of 500 Hz", -3.0)]
    assert told["checkpoint_sha256"] == FAKE_SHA256
    assert told["remarks"].count("700 Hz is unknown.") >= 1
    assert [row["file"] for row in told["levels"]] == ["o.flac"]
    assert len(told["doa"]) == 2
    assert told["stage_ms"]["tone"] > 0.0
    assert 0.0 < told["rtf"] < 1.0
    assert 0.0 < told["first_audio_s"] < 60.0
    assert {request.steps for request in tones.requests[:20]} == {3}


def test_the_prompts_source_follows_the_film_from_the_start_that_was_asked_for(tmp_path, tones):
    film, out = write_film(tmp_path / "film.mp4", 4.0), tmp_path / "o.wav"
    asked = ["--film", str(film), "--lane", "500 Hz@90,0", "--start", "2", "--seconds", "9"]
    report = tmp_path / "r.json"
    assert main(["generate", *asked, "--out", str(out), "--stems", str(tmp_path / "s"), "--report", str(report)]) == 0
    assert sorted(file.name for file in (tmp_path / "s").iterdir()) == ["1 film.wav", "2 500 Hz.wav"]
    indices = [request.frame_index for request in tones.requests if not request.prompt.text]
    assert indices == [8 + int(0.16 * 4 * patch) for patch in range(13)]
    assert all(request.frame is None for request in tones.requests if request.prompt.text)
    assert sound(out).shape[1] == 2 * SECOND
    told = json.loads(report.read_text())
    assert any("not 9 s" in remark for remark in told["remarks"])
    assert told["stage_ms"]["film"] >= 0.0
    bext = out.read_bytes().split(b"bext", 1)[1]
    assert int.from_bytes(bext[4 + 338 : 4 + 346], "little") == 2 * SECOND


def test_the_model_gets_the_places_where_sources_begin(tmp_path, tones):
    (tmp_path / "p.json").write_text(
        json.dumps([{"t_s": 0, "azimuth_deg": -90, "elevation_deg": 0}, {"t_s": 2, "azimuth_deg": 90}])
    )
    asked = ["--prompt", "700 Hz", "--path", str(tmp_path / "p.json"), "--lane", "500 Hz@90,0"]
    assert main(["generate", *asked, "--out", str(tmp_path / "o.wav"), "--seconds", "0.5"]) == 0
    told = {request.prompt.text: request.direction for request in tones.requests}
    np.testing.assert_allclose(told["700 Hz"], [0.0, -1.0, 0.0], atol=1e-9)
    np.testing.assert_allclose(told["500 Hz"], [0.0, 1.0, 0.0], atol=1e-9)
    assert all(request.exact_direction for request in tones.requests)


def test_a_path_from_before_the_film_is_followed(tmp_path, tones):
    (tmp_path / "p.json").write_text(
        json.dumps([{"t_s": -2, "azimuth_deg": -90, "elevation_deg": 0}, {"t_s": 2, "azimuth_deg": 90}])
    )
    asked = ["--prompt", "700 Hz", "--path", str(tmp_path / "p.json"), "--lane", "500 Hz@0,0", "--seconds", "3"]
    assert main(["generate", *asked, "--out", str(tmp_path / "o.wav"), "--stems", str(tmp_path / "s")]) == 0
    field = read_ambix(tmp_path / "s" / "1 700 Hz.wav")[0]
    assert azimuth_error_deg(field[:, SECOND - 2_400 : SECOND + 2_400], 45.0) < 2.0
    assert azimuth_error_deg(field[:, -4_800:], 90.0) < 1.0


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--prime", "w.wav"], "--prime continues a recording with one source"),
        (["--continue", "w.wav"], "--continue continues a recording with one source"),
        (["--continue", "w.wav", "--prime", "w.wav"], "not allowed with argument"),
        (["--direction-as-generated"], "--direction-as-generated is for one source"),
        (["--seconds", "0.001"], "length of a block"),
        (["--prompt", "w" * 1_001], "use at most 1000"),
    ],
)
def test_what_several_sources_cannot_do_is_one_line(options, says, tmp_path, tones, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    soundfile.write("w.wav", np.zeros(SECOND), SECOND)
    assert main(["generate", "--prompt", "700 Hz", "--lane", "500 Hz@0,0", "--out", "o.wav", *options]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert says in told
    assert [file.name for file in tmp_path.iterdir()] == ["w.wav"]
    assert not tones.requests
