"""The stream behind PatchSource: reproducible, finite, and turned to the direction asked for."""

from pathlib import Path

import numpy as np
import pytest
import torch

from engine.ambisonics.direction_lock import DirectionLock
from engine.ambisonics.intensity import direction_and_diffuseness
from engine.contract.control import Prompt
from engine.contract.conventions import AcnChannel
from engine.contract.directions import angle_between
from engine.contract.errors import DeviceError
from engine.contract.generation import PatchRequest
from engine.model.conditioning.encoders import load_encoders
from engine.model.streaming.streamer import PatchStreamer, load_patch_source
from engine.model.weights.checkpoint import load_model


@pytest.fixture(scope="module")
def streamer(tiny_folder: Path) -> PatchStreamer:
    return PatchStreamer(load_model(tiny_folder), load_encoders())


def take(streamer: PatchStreamer, seed: int, prompt: str = "rain", patches: int = 3) -> np.ndarray:
    streamer.reset(seed)
    frame = np.random.default_rng(0).integers(0, 255, (128, 256, 3), dtype=np.uint8)
    direction = np.array([0.0, 1.0, 0.0])
    results = [
        streamer.next_patch(PatchRequest(Prompt(prompt), frame, i, direction, steps=2)).samples for i in range(patches)
    ]
    return np.concatenate(results, axis=1)


def one_lane(streamer: PatchStreamer, direction: np.ndarray | None, **changes: object) -> np.ndarray:
    streamer.reset(3)
    request = PatchRequest(Prompt("rain"), direction=direction, steps=2, **changes)
    return np.concatenate([streamer.next_patch(request).samples for _ in range(4)], axis=1)


def doa_deg(foa: np.ndarray, asked: np.ndarray) -> float:
    return float(np.rad2deg(angle_between(direction_and_diffuseness(foa)[0], asked)))


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


def test_the_field_is_made_and_turned_to_what_was_asked_for(streamer: PatchStreamer) -> None:
    asked = np.array([0.0, 0.6, -0.8])
    exact = one_lane(streamer, asked)
    as_made = one_lane(streamer, asked, exact_direction=False)
    assert not np.array_equal(exact[AcnChannel.W], as_made[AcnChannel.W])
    assert doa_deg(exact, asked) < doa_deg(as_made, asked) - 10.0  # the tiny model's field is almost diffuse


def test_what_is_made_points_there_before_anything_is_turned(
    streamer: PatchStreamer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DirectionLock, "process", lambda _self, foa, _asked: foa)
    codec, asked = streamer._codec, np.array([0.0, 0.6, -0.8])
    directed = list(codec.directed_codes)
    for steps in (2, 5):
        streamer.reset(4)
        request = PatchRequest(Prompt("rain"), direction=asked, steps=steps)
        (made,) = streamer.next_patch(request).latents.values()
        codes = (torch.from_numpy(made) / codec.code_scale + codec.code_mean)[:, directed].double().numpy()
        assert max(angle_between(code[[2, 0, 1]], asked) for code in codes) < 1e-3


def test_without_a_direction_nothing_is_turned(streamer: PatchStreamer) -> None:
    assert np.array_equal(one_lane(streamer, None), one_lane(streamer, None, exact_direction=False))


def test_an_unknown_compute_device_is_told(tiny_folder: Path) -> None:
    with pytest.raises(DeviceError, match="cannot compute on 'cuda:99'"):
        load_patch_source(tiny_folder, device="cuda:99")
