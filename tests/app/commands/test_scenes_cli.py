"""`scenes check | import | preview`: what they write and say, and exit 2 with one line for what can be mended."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.cli import main
from engine.ambisonics.encoding import encode_point
from engine.contract.directions import Direction
from engine.scenes.store import SceneStore

RATE_HZ = 48_000


@pytest.fixture
def corpus(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    folder = tmp_path / "corpus"
    for name in ("dog/bark.wav", "rain/rain.wav"):
        (folder / name).parent.mkdir(parents=True)
        soundfile.write(folder / name, 0.1 * rng.standard_normal(RATE_HZ), RATE_HZ)
    field = encode_point(0.1 * rng.standard_normal(9 * RATE_HZ), Direction(60.0))
    soundfile.write(folder / "field.wav", field.T, RATE_HZ, "PCM_24")
    return folder


def spoil(corpus: Path) -> None:
    (corpus / "dog" / "broken.wav").write_bytes(b"RIFF nothing")


def test_a_good_corpus_is_summed_up(corpus, capsys):
    assert main(["scenes", "check", "corpus"]) == 0
    said = capsys.readouterr().out
    assert "sounds: 2, 0.0 min" in said
    assert "3 rows can be used, 0 are bad, 1 warnings" in said


def test_a_bad_row_is_one_line_and_exit_2(corpus, capsys):
    spoil(corpus)
    assert main(["scenes", "check", "corpus"]) == 2
    bad = [line for line in capsys.readouterr().out.splitlines() if line.startswith("bad: ")]
    assert bad == ["bad: dog/broken.wav: cannot be read as a sound or a film: convert it to WAV."]


def test_import_stops_at_bad_rows_or_goes_on_without_them(corpus, capsys):
    spoil(corpus)
    assert main(["scenes", "import", "corpus", "--runs", "runs"]) == 2
    assert "--skip-bad" in capsys.readouterr().err
    assert not Path("runs").exists()
    assert main(["scenes", "import", "corpus", "--runs", "runs", "--skip-bad"]) == 0
    assert "2 clips" in capsys.readouterr().out
    stores = [Path("runs/imported") / name for name in ("scenes", "scenes-held-out")]
    assert sum(len(SceneStore(store).scenes) for store in stores if store.is_dir()) == 1


def test_preview_of_a_data_folder_and_of_a_store(corpus, capsys):
    rows = [f"{name},{name[:4]},training" for name in ("dog/bark.wav", "rain/rain.wav", "field.wav")]
    Path("corpus.csv").write_text("\n".join(["path,label,split", *rows]))
    assert main(["scenes", "import", "corpus", "--manifest", "corpus.csv", "--runs", "runs"]) == 0
    assert main(["scenes", "preview", "--store", "runs/imported/scenes", "--out", "page"]) == 0
    assert sorted(file.name for file in Path("page").rglob("*")) == ["index.html", "scene-001.wav", "sounds"]
    text = Path("page/index.html").read_text()
    assert text.startswith("<!doctype html>")
    assert "<script" not in text
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "").replace("http-equiv", "")
    assert "index.html" in capsys.readouterr().out
    data = ["--data", "runs/imported", "--runs", "runs", "--rooms", "0", "--count", "1", "--summary", "2"]
    assert main(["scenes", "preview", *data, "--out", "page"]) == 0
    assert "2 scenes in figures" in Path("page/index.html").read_text()


@pytest.mark.parametrize(
    "argv",
    [
        ["scenes"],
        ["scenes", "nonsense"],
        ["scenes", "check"],
        ["scenes", "check", "missing"],
        ["scenes", "check", "corpus", "--manifest", "missing.csv"],
        ["scenes", "check", "corpus", "--convention", "hoa"],
        ["scenes", "check", "corpus/dog/bark.wav"],
        ["scenes", "import", "missing", "--runs", "runs"],
        ["scenes", "import", "corpus", "--runs", "corpus/field.wav"],
        ["scenes", "preview"],
        ["scenes", "preview", "--out", "page"],
        ["scenes", "preview", "--data", "missing", "--out", "page"],
        ["scenes", "preview", "--data", "corpus", "--out", "page"],
        ["scenes", "preview", "--data", "corpus", "--out", "corpus"],
        ["scenes", "preview", "--store", "missing", "--out", "page"],
        ["scenes", "preview", "--store", "corpus", "--out", "page"],
        ["scenes", "preview", "--store", "corpus", "--out", "corpus/field.wav"],
        ["scenes", "preview", "--store", "corpus", "--out", "page", "--count", "0"],
        ["scenes", "preview", "--store", "corpus", "--out", "page", "--seed", "-1"],
    ],
)
def test_bad_input_is_one_line_exit_2_and_leaves_nothing(argv, corpus, capsys):
    assert main(argv) == 2
    text = capsys.readouterr().err
    assert text.count("\n") == 1, text
    assert text.startswith("swansphere: ")
    assert sorted(path.name for path in corpus.parent.iterdir()) == ["corpus"]
    assert sorted(path.name for path in corpus.iterdir()) == ["dog", "field.wav", "rain"]
