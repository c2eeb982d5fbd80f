"""`import-vae`: a codec that can be run at once, one line of what it is, and one line for what a person can mend."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from app.cli import main
from engine.export.ambix_wav import AmbixWriter
from engine.export.reading.ambix_reader import read_ambix

VAE = Path(__file__).resolve().parents[2] / "golden" / "stable_audio_oobleck.safetensors"


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    torch.set_num_threads(1)


def test_the_imported_codec_runs_on_a_recording(capsys):
    assert main(["import-vae", str(VAE), "--out", "vae"]) == 0
    said = capsys.readouterr().out
    assert said.count("\n") == 1
    for part in (
        "vae/codec.safetensors",
        "4 channels x 1/2/3",
        "strides 2/4/6",
        "from stereo",
        "start for fine-tuning",
    ):
        assert part in said
    assert [file.name for file in Path("vae").iterdir()] == ["codec.safetensors"]
    with AmbixWriter(Path("in.wav")) as writer:
        writer.write(0.1 * np.random.default_rng(0).standard_normal((4, 4_000)).astype(np.float32))
    assert main(["codec", "in.wav", "out.wav", "--checkpoint", "vae"]) == 0
    foa, rate_hz = read_ambix(Path("out.wav"))
    assert (foa.shape, rate_hz) == ((4, 4_000), 48_000)
    assert np.isfinite(foa).all()
    assert foa[0].any()
    # Another rate, another convention, more channels: taken, and said so.
    six = 0.1 * np.random.default_rng(0).standard_normal((4_410, 6))
    soundfile.write("six.wav", six, 44_100)
    capsys.readouterr()
    assert main(["codec", "six.wav", "out.wav", "--checkpoint", "vae", "--convention", "fuma"]) == 0
    told = capsys.readouterr().err
    assert "44100 Hz: it is converted to 48000 Hz" in told
    assert "6 channels: the first four are used (W, X, Y, Z)" in told
    assert read_ambix(Path("out.wav"))[0].shape == (4, 4_800)


def test_importing_again_replaces_the_file(capsys):
    for _ in range(2):
        assert main(["import-vae", str(VAE), "--out", "vae"]) == 0
    assert [file.name for file in Path("vae").iterdir()] == ["codec.safetensors"]


@pytest.mark.parametrize(
    "argv",
    [
        ["import-vae", "--out", "vae"],
        ["import-vae", "weights"],
        ["import-vae", "missing.safetensors", "--out", "vae"],
        ["import-vae", ".", "--out", "vae"],
        ["import-vae", "text.ckpt", "--out", "vae"],
        ["import-vae", "cut.safetensors", "--out", "vae"],
        ["import-vae", "other.ckpt", "--out", "vae"],
        ["import-vae", "code.ckpt", "--out", "vae"],
        ["import-vae", str(VAE), "--out", "text.ckpt"],
        ["import-vae", str(VAE), "--out", "vae", "--strides", "project"],
        ["import-vae", str(VAE), "--out", "vae", "--strides", "7"],
        ["import-vae", str(VAE), "--out", "with-generator"],
        ["import-vae", "own/codec.safetensors", "--out", "own"],
    ],
)
def test_bad_input_is_one_line_exit_2_and_leaves_nothing(argv, capsys):
    Path("text.ckpt").write_text("no weights")
    Path("cut.safetensors").write_bytes(VAE.read_bytes()[:40_000])
    torch.save({"state_dict": {"layer.weight": torch.zeros(2)}}, "other.ckpt")
    torch.save({"state_dict": {}, "settings": Path("x")}, "code.ckpt")
    for folder, name in (("with-generator", "generator"), ("own", "codec")):
        Path(folder).mkdir()
        (Path(folder) / f"{name}.safetensors").write_bytes(VAE.read_bytes())
    before = sorted(Path().rglob("*"))
    assert main(argv) == 2
    text = capsys.readouterr().err
    assert text.count("\n") == 1, text
    assert text.startswith("swansphere: ")
    assert sorted(Path().rglob("*")) == before
    assert Path("own/codec.safetensors").read_bytes() == VAE.read_bytes()
