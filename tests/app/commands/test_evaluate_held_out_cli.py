"""`evaluate --suite held-out`: only what no training sees, by seed, whole or not at all."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from app.cli import main
from engine.contract.generation import PatchRequest, PatchResult
from engine.evaluation.suite.evaluate import load_taggers
from engine.video.decoder import VideoDecoder
from engine.video.probe import probe
from tests.app.commands.held_out_data import TRAINING_LABEL, make_data
from tests.app.fake_patch_sources import NoiseSource


class Watched(NoiseSource):
    """Noise from where it is asked for; keeps what it was asked, and can be interrupted."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[PatchRequest] = []
        self.stop_after = 10**9

    def next_patch(self, request: PatchRequest) -> PatchResult:
        self.asked.append(request)
        if len(self.asked) > self.stop_after:
            raise KeyboardInterrupt
        return super().next_patch(request)


@pytest.fixture
def source(monkeypatch) -> Watched:
    made = Watched()
    monkeypatch.setattr("engine.model.streaming.streamer.load_patch_source", lambda checkpoint, device: made)
    # Sentences are told apart by their length: no weights are needed.
    monkeypatch.setattr(
        "engine.evaluation.suite.evaluate.sentence_embeddings",
        lambda: lambda texts: np.array([[1.0, len(text) / 100.0] for text in texts]),
    )
    return made


@pytest.fixture(scope="module")
def made_data(tmp_path_factory) -> Path:
    return make_data(tmp_path_factory.mktemp("data") / "data")


@pytest.fixture
def folder(made_data, tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(made_data, "data")
    return tmp_path


SUITE = ["evaluate", "--suite", "held-out", "--data", "data", "--clips", "2", "--seconds", "1.6", "--rooms", "0"]
OUT = ["--out", "r.json", "--html", "r.html"]


def names_in(folder: Path) -> list[str]:
    return sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file())


def test_it_makes_the_set_and_the_takes_and_measures_both(folder, source, capsys):
    assert main([*SUITE, "--seed", "3", "--work", "work", *OUT]) == 0
    assert names_in(Path("work")) == [
        "captions.json", "generated/clip-001.json", "generated/clip-001.wav", "generated/clip-002.json",
        "generated/clip-002.wav", "held-out.json", "reference/clip-001.json", "reference/clip-001.mp4",
        "reference/clip-001.wav", "reference/clip-002.json", "reference/clip-002.mp4", "reference/clip-002.wav",
    ]  # fmt: skip
    report = json.loads(Path("r.json").read_text())
    assert (report["pairs"], report["suite"]["seed"], report["suite"]["direction given"]) == (2, 3, False)
    assert report["metrics"]["rtf"]["generated"]["value"] is not None
    assert report["metrics"]["time_angle_rad"]["retrieve_and_pan"]["value_deg"] < 10.0
    captions = json.loads(Path("work/captions.json").read_text())
    assert [request.prompt.text for request in source.asked[:1]] == [captions["clip-001"]]
    assert all(request.direction is None and request.frame is not None for request in source.asked)
    assert "<table class='suite'>" in Path("r.html").read_text()
    assert "2 held-out scenes, with films" in capsys.readouterr().out
    assert sorted(path.name for path in folder.iterdir()) == ["data", "r.html", "r.json", "runs", "work"]


def test_the_rival_knows_training_sounds_only_and_the_scenes_none(folder, source):
    assert main([*SUITE, "--work", "work", *OUT]) == 0
    report = json.loads(Path("r.json").read_text())
    assert {clip["retrieved"] for clip in report["clips"]} == {TRAINING_LABEL}
    assert all(TRAINING_LABEL not in clip["caption"] for clip in report["clips"])
    with VideoDecoder(probe(Path("work/reference/clip-001.mp4"))) as film:
        assert np.median(next(film.frames()).rgb) == pytest.approx(120, abs=4), "the held-out panorama"


def test_the_same_seed_gives_the_same_set_and_another_another(folder, source):
    sets = {}
    for name, seed in (("a", "5"), ("b", "5"), ("c", "6")):
        assert main([*SUITE, "--seed", seed, "--work", name, "--out", f"{name}.json"]) == 0
        files = [file for file in names_in(Path(name)) if not file.startswith("generated/clip-00") or ".wav" in file]
        sets[name] = {file: Path(name, file).read_bytes() for file in files}
    assert sets["a"] == sets["b"]
    assert all(sets["a"][file] != sets["c"][file] for file in sets["a"] if file.endswith(".wav"))
    a, b = (json.loads(Path(f"{name}.json").read_text()) for name in "ab")
    for report in (a, b):
        for key in ("first_audio_s", "rtf"):
            report["metrics"].pop(key)
            for clip in report["clips"]:
                clip["values"]["generated"].pop(key)
    assert a == b


def test_with_direction_the_take_is_where_the_truth_is(folder, source):
    assert main([*SUITE, "--with-direction", *OUT]) == 0
    report = json.loads(Path("r.json").read_text())
    assert report["metrics"]["time_angle_rad"]["generated"]["value_deg"] < 5.0
    assert not Path("work").exists()
    assert not list(folder.glob(".*"))


def test_with_the_picture_alone_there_is_no_text(folder, source):
    assert main([*SUITE, "--video-only", *OUT]) == 0
    assert {request.prompt.text for request in source.asked} == {""}
    assert json.loads(Path("r.json").read_text())["clips"][0]["caption"]


def test_data_without_pictures_make_no_film(folder, source, capsys):
    Path("data/panoramas.tsv").unlink()
    assert main([*SUITE, *OUT]) == 0
    assert {request.frame is None for request in source.asked} == {True}
    assert "without films" in capsys.readouterr().out
    assert main([*SUITE, "--video-only", *OUT]) == 2
    assert "--video-only" in capsys.readouterr().err


@pytest.mark.parametrize("stop_after", [3, 14])
def test_an_interruption_leaves_nothing(folder, source, stop_after):
    source.stop_after = stop_after
    assert main([*SUITE, "--work", "work", *OUT]) == 130
    assert sorted(path.name for path in folder.iterdir()) == ["data", "runs"]


def test_an_interruption_keeps_an_earlier_set(folder, source):
    assert main([*SUITE, "--work", "work", *OUT]) == 0
    before = {name: Path("work", name).read_bytes() for name in names_in(Path("work"))}
    source.stop_after = len(source.asked) + 3
    assert main([*SUITE, "--seed", "9", "--work", "work", *OUT]) == 130
    assert {name: Path("work", name).read_bytes() for name in names_in(Path("work"))} == before
    source.stop_after = 10**9
    assert main([*SUITE, "--seed", "9", "--work", "work", *OUT]) == 0
    assert Path("work/reference/clip-001.wav").read_bytes() != before["reference/clip-001.wav"]


@pytest.mark.parametrize(
    "argv",
    [
        [*SUITE[:3], *OUT],
        [*SUITE, "--data", "missing", *OUT],
        [*SUITE, "--data", "empty", *OUT],
        [*SUITE, "--generated", "data", *OUT],
        [*SUITE, "--sounds", "data", *OUT],
        [*SUITE, "--clips", "0", *OUT],
        [*SUITE, "--seconds", "0.5", *OUT],
        [*SUITE, "--rooms", "-1", *OUT],
        [*SUITE, "--yamnet", "missing.safetensors", *OUT],
        [*SUITE, "--training", "missing", *OUT],
        [*SUITE, "--work", "data", *OUT],
        [*SUITE, "--work", "data/sounds.tsv", *OUT],
        ["evaluate", "--suite", "nonsense", *OUT],
    ],
)
def test_bad_input_is_one_line_exit_2_and_leaves_nothing(argv, folder, source, capsys):
    Path("empty").mkdir()
    assert main(argv) == 2
    text = capsys.readouterr().err
    assert text.count("\n") == 1, text
    assert text.startswith("swansphere: ")
    assert {path.name for path in folder.iterdir()} - {"runs"} == {"data", "empty"}
    assert not source.asked, "what can be seen at once is said before any take is made"


def test_nobody_listens_where_nobody_is_asked():
    taggers = load_taggers(None, False)
    assert (taggers.tagger, taggers.wide) == (None, None)
