"""The full-band embedding: its front end against the paper's own, its network against plain torch modules."""

import importlib.util
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from engine.contract.errors import CheckpointError
from engine.evaluation.measures.sets import frechet_distance
from engine.evaluation.suite.content import Taggers, content_of
from engine.evaluation.taggers.aisfx import CHANNELS, Aisfx, mel_bank

RATE_HZ = 44_100


class PlainNetwork(nn.Module):
    """The network of the paper out of torch's own modules, under the names of its weights."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding_net = nn.ModuleDict()
        for block in range(1, len(CHANNELS)):
            layers = nn.ModuleDict()
            for layer, before in ((1, CHANNELS[block - 1]), (2, CHANNELS[block])):
                layers[f"conv{layer}"] = nn.Conv2d(before, CHANNELS[block], 3, padding=1, bias=False)
                layers[f"bn{layer}"] = nn.BatchNorm2d(CHANNELS[block])
            self.embedding_net[f"conv_block{block}"] = layers

    def forward(self, levels: torch.Tensor) -> torch.Tensor:
        x = levels[:, None]
        for block, layers in enumerate(self.embedding_net.values(), start=1):
            for layer in (1, 2):
                x = layers[f"bn{layer}"](layers[f"conv{layer}"](x)).relu()
            x = nn.functional.max_pool2d(x, 2 if block < 4 else 1)
        return x.mean(3).max(2).values


@pytest.fixture(scope="module")
def network() -> PlainNetwork:
    torch.manual_seed(0)
    network = PlainNetwork().eval()
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight)
        if isinstance(module, nn.BatchNorm2d):
            for part, middle in ((module.running_mean, 0.0), (module.weight.data, 1.0), (module.bias.data, 0.0)):
                part.normal_(middle, 0.2)
            module.running_var.uniform_(0.5, 1.5)
    return network


@pytest.fixture(scope="module")
def weights(network: PlainNetwork, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights, kept as the package keeps its own: beside numbers of NumPy that are not wanted."""
    path = tmp_path_factory.mktemp("aisfx") / "checkpoint.pth"
    torch.save((network.state_dict(), {"a set": (np.int64(0), np.int64(3))}), path)
    return path


def chirp() -> np.ndarray:
    """3 s of a tone that climbs from 200 Hz to 18 kHz and begins anew every half second."""
    t = np.arange(3 * RATE_HZ) / RATE_HZ
    return 0.3 * np.sin(2 * np.pi * (200 * t + 3_000 * t * t)) * np.exp(-(t % 0.5) * 4)


def test_the_network_is_that_of_plain_modules(network: PlainNetwork, weights: Path) -> None:
    tagger = Aisfx(weights)
    levels = tagger._levels(chirp(), RATE_HZ)
    with torch.no_grad():
        expected = network(levels[None, :100]).numpy()
    found = tagger.embeddings(chirp(), RATE_HZ)
    assert found.shape == (1, 512)
    assert found == pytest.approx(expected, rel=1e-4, abs=1e-5)


def test_levels_are_those_of_the_paper_s_own_front_end(weights: Path) -> None:
    """The expected values were made by aisfx 0.1.2 with Essentia 2.1b6, over its largest level."""
    levels = Aisfx(weights)._levels(chirp(), RATE_HZ).numpy()
    expected = {(0, 0): 0.6415, (0, 40): 0.18901, (10, 20): 3e-5, (60, 50): 0.0, (100, 70): 0.0, (129, 95): 0.17824}
    assert levels.shape == (131, 96)
    assert {place: levels[place] for place in expected} == pytest.approx(expected, abs=2e-5)


@pytest.mark.skipif(importlib.util.find_spec("aisfx") is None, reason="the package aisfx is not installed")
def test_the_embedding_is_that_of_the_package() -> None:
    """The expected values were made by aisfx 0.1.2 itself, with Essentia 2.1b6."""
    found = Aisfx().embeddings(chirp(), RATE_HZ)[0]
    expected = {295: 8.42853, 294: 6.09067, 289: 5.55159, 140: 5.52315, 0: 1.20129, 100: 0.40331, 300: 0.77232}
    assert {place: found[place] for place in expected} == pytest.approx(expected, abs=1e-3)
    assert np.linalg.norm(found) == pytest.approx(44.77855, abs=1e-3)


def test_one_row_every_116_seconds(weights: Path) -> None:
    tagger = Aisfx(weights)
    for seconds, rows in ((0.1, 1), (2.3, 1), (3.4, 1), (3.5, 2)):
        assert tagger.embeddings(np.full(round(seconds * RATE_HZ), 0.1), RATE_HZ).shape == (rows, 512)


def test_it_hears_what_is_above_yamnet_s_range(weights: Path) -> None:
    """Two tones at 9 and 15 kHz are further apart than one of them at two rates."""
    tagger = Aisfx(weights)

    def tone(hz: float, rate_hz: int) -> np.ndarray:
        return tagger.embeddings(0.3 * np.sin(2 * np.pi * hz * np.arange(2 * rate_hz) / rate_hz), rate_hz)[0]

    low, resampled, high = tone(9_000, RATE_HZ), tone(9_000, 48_000), tone(15_000, RATE_HZ)
    assert np.linalg.norm(resampled - low) < 0.2 * np.linalg.norm(high - low)


def test_the_same_sound_is_at_no_distance_and_noise_is(weights: Path) -> None:
    taggers = Taggers(wide=Aisfx(weights))
    noise = np.random.default_rng(0).standard_normal(4 * 48_000)
    tone = np.sin(2 * np.pi * 440 * np.arange(4 * 48_000) / 48_000)
    a, same, b = (content_of(taggers, 0.1 * wave).wide for wave in (tone, tone, noise))
    assert len(a) == 2
    assert frechet_distance(a, same) == pytest.approx(0.0, abs=1e-9)
    assert frechet_distance(a, b) > 1.0


def test_silent_patches_are_not_heard(weights: Path) -> None:
    wave = np.zeros(8 * 48_000)
    wave[: 2 * 48_000] = 0.1 * np.random.default_rng(0).standard_normal(2 * 48_000)
    taggers = Taggers(wide=Aisfx(weights))
    assert len(content_of(taggers, wave).wide) == 2
    assert len(content_of(taggers, wave + 1e-4 * np.random.default_rng(1).standard_normal(wave.size)).wide) == 2
    assert len(content_of(taggers, np.zeros(96_000)).wide) == 0
    assert content_of(taggers, wave).embeddings is None


def test_every_band_of_the_bank_is_a_mean() -> None:
    bank = mel_bank()
    assert bank.shape == (96, 1_025)
    assert bank.sum(axis=1) == pytest.approx(np.ones(96))
    centres = bank @ (np.arange(1_025) * RATE_HZ / 2_048)
    assert np.all(np.diff(centres) > 0.0)
    assert centres[-1] > 20_000.0


class Trap:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, ("caught",)


def test_other_files_are_a_sentence_and_run_nothing(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = Path("checkpoint.pth")
    with pytest.raises(CheckpointError, match="missing"):
        Aisfx(file)
    for content in ({"a": torch.zeros(3)}, (Trap(), {}), ({"a": Trap()}, {}), ({}, {}), 3):
        torch.save(content, file)
        with pytest.raises(CheckpointError, match="install the package again"):
            Aisfx(file)
    for raw in (b"", b"PK", weights.read_bytes()[:100_000]):
        file.write_bytes(raw)
        with pytest.raises(CheckpointError, match="install the package again"):
            Aisfx(file)
    assert not Path("caught").exists()


def test_without_the_package_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(CheckpointError, match="pip install --no-deps aisfx"):
        Aisfx()
