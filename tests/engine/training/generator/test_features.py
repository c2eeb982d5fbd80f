"""Features made anew in part: latents of another codec, other captions; all else stays."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from engine.contract.conventions import PATCH_SAMPLES
from engine.model.codec.xs import XsFoaVae
from engine.model.conditioning.text import TextEncoder
from engine.model.specs import TINY_CODEC
from engine.scenes.composer import SceneOptions, SceneSource
from engine.scenes.store import SHARD_SCENES, SceneStore, compose_store
from engine.training.generator.emphasis import draw_weight
from engine.training.generator.features import encoded_again, latents_of, reword
from tests.engine.scenes.small_data import write_sounds

PLAIN = SceneOptions(seconds=2.0, counts=(0.0, 1.0), bed=0.0, room=0.0, moving=0.0, change=0.0)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sounds(tmp_path_factory.mktemp("data"))


def test_latents_of_another_codec_keep_films_captions_and_turns(data: Path, tmp_path: Path) -> None:
    compose_store(data, tmp_path / "cache", tmp_path / "scenes", 2 * SHARD_SCENES, SceneOptions(seconds=1.0), seed=3)
    store = SceneStore(tmp_path / "scenes")
    torch.manual_seed(0)
    codec = XsFoaVae(TINY_CODEC).eval()
    block = {
        "roll": torch.tensor([0, -4]).repeat(len(store.scenes)),
        "latents": torch.zeros(2 * len(store.scenes), 25, 4),
        "path": torch.randn(2 * len(store.scenes), 50, 3),
    }
    again = encoded_again(codec, store, 0, block)
    assert torch.equal(again["path"], block["path"])
    assert again["latents"].shape == (2 * len(store.scenes), 25, codec.latent_dim)
    assert torch.equal(again["latents"][5], latents_of(codec, torch.from_numpy(store.foa(store.scenes[2])), 4))
    assert not torch.equal(again["latents"][5], again["latents"][4])


def test_new_captions_change_nothing_but_words(data: Path, tmp_path: Path) -> None:
    compose_store(data, tmp_path / "cache", tmp_path / "scenes", SHARD_SCENES, PLAIN, seed=3)
    store, path = SceneStore(tmp_path / "scenes"), tmp_path / "block-000.safetensors"
    turns = torch.tensor([0, -4] * len(store.scenes))
    old = {"roll": turns, "latents": torch.randn(4, 8), "text": torch.zeros(12 * len(store.scenes), 384).half()}
    save_file(old, path)
    text = TextEncoder()
    reword(path, text, store, 0)
    new = load_file(path)
    assert torch.equal(new["latents"], old["latents"])
    assert torch.equal(new["roll"], turns)
    with safe_open(path, "pt") as file:
        captions = json.loads(file.metadata()["captions"])
    assert len(captions) == len(new["text"]) == 12 * len(store.scenes)
    assert (new["text"][:3].float() - text.encode(captions[:3])).abs().max() < 1e-3
    assert list(tmp_path.glob("*.part")) == []


def test_a_clock_alone_is_drawn_seven_times_as_often_as_far_as_it_sounds() -> None:
    foa = torch.zeros(4, 8 * PATCH_SAMPLES)
    foa[0, : 6 * PATCH_SAMPLES] = 0.1
    clock, dog = (SceneSource(name, name, None, active=np.ones(8, bool)) for name in ("clock ticking", "dog"))
    assert draw_weight(foa, [dog]) == pytest.approx(6 / 8)
    assert draw_weight(foa, [clock]) == pytest.approx(7 * 6 / 8)
    assert draw_weight(foa, [clock, dog]) == pytest.approx(6 / 8)
    assert draw_weight(foa, []) == pytest.approx(6 / 8)


def test_wind_with_lows_is_drawn_twice_as_often_as_thin_wind() -> None:
    noise = torch.randn(4, 8 * PATCH_SAMPLES, generator=torch.Generator().manual_seed(0))
    spectrum = torch.fft.rfft(noise)
    frequency = torch.fft.rfftfreq(noise.shape[1], 1 / 48_000)
    full, thin = (torch.fft.irfft(spectrum * (keep / (1 + frequency))) for keep in (1.0, frequency > 200))
    wind, dog = (SceneSource(name, name, None, active=np.ones(8, bool)) for name in ("wind", "dog"))
    weights = [draw_weight(foa / foa.std(), [source]) for foa in (full, thin) for source in (wind, dog)]
    assert weights == pytest.approx([2.0, 1.0, 1.0, 1.0])
