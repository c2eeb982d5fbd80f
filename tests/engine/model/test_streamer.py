"""The stream behind PatchSource: reproducible, finite, and a changed prompt is ramped in."""

from pathlib import Path

import numpy as np
import pytest
import torch

from engine.contract.control import Prompt
from engine.contract.errors import DeviceError
from engine.contract.generation import PatchRequest
from engine.model.checkpoint import load_model, save_codec, save_generator
from engine.model.foa_vae_xs import XsFoaVae
from engine.model.generator import Generator
from engine.model.specs import TINY, TINY_CODEC
from engine.model.streamer import PROMPT_RAMP_PATCHES, PatchStreamer, load_patch_source


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("checkpoint")
    generator = Generator(TINY)
    with torch.no_grad():
        for parameter in generator.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    save_codec(path / "codec.safetensors", XsFoaVae(TINY_CODEC))
    save_generator(path / "generator.safetensors", generator)
    return path


@pytest.fixture(scope="module")
def streamer(folder: Path) -> PatchStreamer:
    return PatchStreamer(load_model(folder))


def take(streamer: PatchStreamer, seed: int, prompt: str = "rain", patches: int = 3) -> np.ndarray:
    streamer.reset(seed)
    frame = np.random.default_rng(0).integers(0, 255, (128, 256, 3), dtype=np.uint8)
    direction = np.array([0.0, 1.0, 0.0])
    results = [
        streamer.next_patch(PatchRequest(Prompt(prompt), frame, i, direction, steps=2)).samples for i in range(patches)
    ]
    return np.concatenate(results, axis=1)


def test_the_same_seed_gives_the_same_bytes(streamer: PatchStreamer) -> None:
    first, again, other = take(streamer, 5), take(streamer, 5), take(streamer, 6)
    assert first.tobytes() == again.tobytes()
    assert first.tobytes() != other.tobytes()
    assert first.shape == (4, 3 * 7_680)
    assert first.dtype == np.float32
    assert np.isfinite(first).all()
    assert np.abs(first).max() <= 1.0


def test_the_prompt_the_picture_and_the_direction_matter(streamer: PatchStreamer) -> None:
    def one(**changes: object) -> bytes:
        streamer.reset(1)
        frame = np.full((128, 256, 3), 90, np.uint8)
        request = {"prompt": Prompt("rain"), "frame": frame, "frame_index": 0, "direction": np.array([1.0, 0, 0])}
        return streamer.next_patch(PatchRequest(**(request | changes), steps=2)).samples.tobytes()

    base = one()
    assert one(prompt=Prompt("a barking dog")) != base
    assert one(prompt=Prompt("")) != base
    assert one(frame=None) != base
    assert one(direction=np.array([0.0, 1.0, 0.0])) != base
    assert one() == base


def test_a_changed_prompt_arrives_over_a_few_patches(streamer: PatchStreamer) -> None:
    streamer.reset(0)
    first, weight = streamer._text_now(Prompt("rain"))
    assert weight == 1.0
    steps = [streamer._text_now(Prompt("a barking dog"))[0] for _ in range(PROMPT_RAMP_PATCHES + 1)]
    goal = streamer._text.encode(["a barking dog"])[0]
    distances = [float((s - goal).norm()) for s in steps]
    assert distances == sorted(distances, reverse=True)
    assert distances[0] < float((first - goal).norm())
    assert distances[-1] == pytest.approx(0.0, abs=1e-5)


def test_an_emptied_prompt_fades_out_without_another_meaning(streamer: PatchStreamer) -> None:
    streamer.reset(0)
    before, _ = streamer._text_now(Prompt("rain"))
    weights = []
    for _ in range(PROMPT_RAMP_PATCHES + 1):
        embedding, weight = streamer._text_now(Prompt(""))
        weights.append(weight)
        assert torch.allclose(embedding, before, atol=1e-6)
    assert weights == sorted(weights, reverse=True)
    assert weights[-1] == 0.0


def test_an_unknown_compute_device_is_told(folder: Path) -> None:
    with pytest.raises(DeviceError, match="cannot compute on 'cuda:99'"):
        load_patch_source(folder, device="cuda:99")
