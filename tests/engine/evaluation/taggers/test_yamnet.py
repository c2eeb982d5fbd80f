import csv
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from engine.contract.errors import CheckpointError
from engine.evaluation.taggers.yamnet import Yamnet

CHANNELS = (32, 64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights of YAMNet's shape: enough for everything but the names being right."""
    generator = torch.Generator().manual_seed(0)

    def random(*shape: int) -> torch.Tensor:
        fan = int(np.prod(shape[1:]))
        return torch.randn(*shape, generator=generator) * (2.0 / fan) ** 0.5

    tensors = {"c1.w": random(32, 1, 3, 3), "c1.b": torch.zeros(32)}
    for layer in range(2, 15):
        before, after = CHANNELS[layer - 2], CHANNELS[layer - 1]
        tensors |= {f"d{layer}.w": random(before, 1, 3, 3), f"d{layer}.b": torch.zeros(before)}
        tensors |= {f"p{layer}.w": random(after, before, 1, 1), f"p{layer}.b": torch.zeros(after)}
    tensors |= {"fc.w": random(521, 1024), "fc.b": torch.zeros(521)}
    bands = torch.zeros(257, 64)
    for band in range(64):
        bands[4 * band : 4 * band + 4, band] = 1.0
    tensors["melfb"] = bands
    path = tmp_path_factory.mktemp("yamnet") / "yamnet.safetensors"
    save_file(tensors, path)
    with (path.parent / "yamnet_class_map.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["index", "mid", "display_name"])
        writer.writerows([i, f"/m/{i}", f"sound, number {i}"] for i in range(521))
    return path


def tone(rate_hz: int, seconds: float, hz: float = 1000.0) -> np.ndarray:
    return 0.3 * np.sin(2 * np.pi * hz * np.arange(round(rate_hz * seconds)) / rate_hz)


def test_one_row_every_048_seconds(weights: Path) -> None:
    tagger = Yamnet(weights)
    assert tagger.class_names[17] == "sound, number 17"
    for seconds, rows in ((0.2, 1), (0.975, 1), (1.45, 1), (1.46, 2), (3.4, 6)):
        assert tagger.scores(tone(16_000, seconds), 16_000).shape == (rows, 521)
    assert tagger.embeddings(tone(16_000, 1.0), 16_000).shape == (1, 1024)


def test_the_rate_of_the_recording_does_not_matter(weights: Path) -> None:
    tagger = Yamnet(weights)
    high, low = (tagger.embeddings(tone(rate, 2.0), rate)[1] for rate in (48_000, 16_000))
    other = tagger.embeddings(tone(16_000, 2.0, hz=3000.0), 16_000)[1]
    assert np.linalg.norm(high - low) < 0.1 * np.linalg.norm(other - low)


def test_log_mel_is_the_magnitude_of_hann_frames(weights: Path) -> None:
    """A full-scale tone in the middle of a bin has a magnitude of a quarter of the window's length at its bin."""
    wave = torch.from_numpy(np.sin(2 * np.pi * 32 * np.arange(15_600) / 512)).float()
    features = Yamnet(weights)._log_mel(wave[None])
    assert features.shape == (1, 1, 96, 64)
    band = features[0, 0].exp() - 0.001
    assert int(band[10].argmax()) == 8
    assert 100.0 < float(band[10, 8]) < 250.0


def test_silent_patches_do_not_count(weights: Path) -> None:
    tagger = Yamnet(weights)
    sound = tone(16_000, 0.975)
    padded = np.concatenate([sound, np.zeros(16_000 * 4)])
    assert np.allclose(tagger.mean_scores(np.zeros(40_000), 16_000), 0.0)
    alone, beside = tagger.scores(sound, 16_000)[0], tagger.mean_scores(padded, 16_000)
    diluted = tagger.scores(padded, 16_000).mean(axis=0)
    assert np.abs(beside - alone).mean() < np.abs(diluted - alone).mean()


def test_missing_or_wrong_files_say_so(weights: Path, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="missing"):
        Yamnet(tmp_path / "yamnet.safetensors")
    bad = tmp_path / "bad.safetensors"
    bad.write_bytes(b"not weights at all")
    (tmp_path / "yamnet_class_map.csv").write_text("index,mid,display_name\n0,/m/0,Speech\n")
    with pytest.raises(CheckpointError, match="not YAMNet"):
        Yamnet(bad)
    save_file({"fc.w": torch.zeros(10, 1024)}, bad)
    with pytest.raises(CheckpointError, match="not YAMNet"):
        Yamnet(bad)
