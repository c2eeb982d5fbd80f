"""Checkpoints: what is written is what is read; damage is told in a sentence."""

import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from engine.contract.control import Prompt
from engine.contract.errors import CheckpointError, ExportError
from engine.contract.generation import PatchRequest
from engine.model.codec.oobleck import STABLE_AUDIO_STRIDES, OobleckFoaVae, OobleckSpec
from engine.model.codec.xs import XsFoaVae
from engine.model.conditioning.encoders import load_encoders
from engine.model.generator.flow_solver import FittedSolver
from engine.model.generator.generator import Generator
from engine.model.specs import TINY, TINY_CODEC
from engine.model.streaming.streamer import PatchStreamer
from engine.model.weights import checkpoint
from engine.model.weights.checkpoint import (
    FORMAT,
    load_codec,
    load_folder_codec,
    load_model,
    save_codec,
    save_few_step,
    save_generator,
    save_solvers,
)
from engine.model.weights.tensor_file import write_tensors
from engine.training.generator.student import student_of

SMALL_OOBLECK = OobleckSpec(channels=2, multipliers=(1, 1, 2, 2, 2), latent_dim=8)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    save_codec(tmp_path / "codec.safetensors", XsFoaVae(TINY_CODEC))
    save_generator(tmp_path / "generator.safetensors", Generator(TINY))
    return tmp_path


def test_round_trip_keeps_the_weights_to_a_percent(folder: Path) -> None:
    torch.manual_seed(0)
    codec, generator = XsFoaVae(TINY_CODEC), Generator(TINY)
    loaded = load_model(folder)
    for model, copy in ((codec, loaded.codec), (generator, loaded.generator)):
        for key, value in model.state_dict().items():
            error = (copy.state_dict()[key].float() - value.float()).abs().max()
            assert error <= 0.01 * value.float().abs().max() + 1e-6, key
    assert load_model(folder).sha256 == loaded.sha256
    assert not list(folder.glob(".*"))


def test_other_weights_have_another_hash(folder: Path) -> None:
    before = load_model(folder).sha256
    save_generator(folder / "generator.safetensors", Generator(TINY))
    assert load_model(folder).sha256 != before


@pytest.mark.parametrize("name", ["codec.safetensors", "generator.safetensors"])
def test_a_cut_file_is_told(folder: Path, name: str) -> None:
    data = (folder / name).read_bytes()
    (folder / name).write_bytes(data[: len(data) // 2])
    with pytest.raises(CheckpointError, match=f"{name} is damaged"):
        load_model(folder)


def test_text_or_foreign_weights_are_told(folder: Path) -> None:
    (folder / "codec.safetensors").write_text("not weights at all")
    with pytest.raises(CheckpointError, match="damaged or not a SwanSphere checkpoint"):
        load_model(folder)
    save_file({"a": torch.zeros(3)}, folder / "codec.safetensors")
    with pytest.raises(CheckpointError, match="damaged or not a SwanSphere checkpoint"):
        load_model(folder)


def test_swapped_files_are_told(folder: Path) -> None:
    (folder / "codec.safetensors").write_bytes((folder / "generator.safetensors").read_bytes())
    with pytest.raises(CheckpointError, match="holds a generator"):
        load_model(folder)


def test_missing_folder_and_missing_generator_are_told(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="no weights in"):
        load_model(tmp_path / "nowhere")
    (folder / "generator.safetensors").unlink()
    with pytest.raises(CheckpointError, match="no generator"):
        load_model(folder)
    assert load_folder_codec(folder).latent_dim == TINY_CODEC.latent_dim


def test_weights_that_are_not_finite_are_told(folder: Path) -> None:
    codec = XsFoaVae(TINY_CODEC)
    codec.encoder_in.bias.data[0] = float("nan")
    save_codec(folder / "codec.safetensors", codec)
    with pytest.raises(CheckpointError, match="not finite"):
        load_model(folder)


def test_an_oobleck_codec_is_kept_to_the_bit(tmp_path: Path) -> None:
    codec = OobleckFoaVae(SMALL_OOBLECK)
    codec.latent_mean += 0.3
    save_codec(tmp_path / "codec.safetensors", codec)
    loaded = load_folder_codec(tmp_path)
    assert isinstance(loaded, OobleckFoaVae)
    assert loaded.spec == SMALL_OOBLECK
    assert not loaded.training
    for key, value in codec.state_dict().items():
        assert torch.equal(loaded.state_dict()[key], value), key
    assert [file.name for file in tmp_path.iterdir()] == ["codec.safetensors"]


def test_a_generator_streams_through_an_oobleck_codec(folder: Path) -> None:
    save_codec(folder / "codec.safetensors", OobleckFoaVae(SMALL_OOBLECK))
    streamer = PatchStreamer(load_model(folder), load_encoders())
    request = PatchRequest(Prompt("rain"), None, 0, np.array([0.0, 1.0, 0.0]), steps=1)
    samples = [streamer.next_patch(request).samples for _ in range(2)]
    assert all(block.shape == (4, 7_680) and np.isfinite(block).all() and block.any() for block in samples)


def test_a_codec_on_another_grid_is_refused_beside_a_generator(folder: Path) -> None:
    save_codec(folder / "codec.safetensors", OobleckFoaVae(replace(SMALL_OOBLECK, strides=STABLE_AUDIO_STRIDES)))
    with pytest.raises(CheckpointError, match=r"2048 samples per latent.* --strides project"):
        load_model(folder)
    (folder / "generator.safetensors").unlink()
    assert load_folder_codec(folder).latent_samples == 2048


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"channels": 10**12}, "does not know|does not fit"),
        ({"channels": 4}, "does not fit"),
        ({"channels": "many"}, "does not know"),
        ({"strides": [2, 4]}, "does not know"),
        ({"strides": 7}, "does not know"),
        ({"depth": 3}, "does not know"),
        ({"audio_channels": 2}, "2 channels"),
    ],
)
def test_an_oobleck_file_that_lies_about_its_sizes_is_told(changes: dict, told: str, tmp_path: Path) -> None:
    path = tmp_path / "codec.safetensors"
    save_codec(path, OobleckFoaVae(SMALL_OOBLECK))
    with safe_open(path, framework="pt") as file:
        tensors = {key: file.get_tensor(key) for key in file.keys()}
        description = json.loads(file.metadata()[FORMAT])
    description["spec"] |= changes
    save_file(tensors, path, metadata={FORMAT: json.dumps(description)})
    with pytest.raises(CheckpointError, match=told):
        load_codec(path)


def test_a_file_that_cannot_be_written_is_told_and_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(ExportError, match="cannot be written"):
        save_codec(tmp_path / "taken" / "codec.safetensors", OobleckFoaVae(SMALL_OOBLECK))
    (tmp_path / "codec.safetensors").mkdir()
    with pytest.raises(ExportError, match="is a folder"):
        save_codec(tmp_path / "codec.safetensors", OobleckFoaVae(SMALL_OOBLECK))
    assert sorted(file.name for file in tmp_path.iterdir()) == ["codec.safetensors", "taken"]


def test_every_file_of_a_checkpoint_is_hashed_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    generator = load_model(folder).generator
    save_few_step(folder, student_of(generator))
    times = torch.linspace(0.0, 1.0, 3)
    save_solvers(folder, {2: FittedSolver(times, torch.ones(2, 3, TINY.latent_dim))})
    hashed: list[str] = []
    read = checkpoint.hash_file
    monkeypatch.setattr(checkpoint, "hash_file", lambda path, *to: (hashed.append(path.name), read(path, *to)))
    loaded = load_model(folder)
    in_order = ["codec", "generator", "jumps", "solver"]
    assert hashed == [f"{name}.safetensors" for name in in_order]
    whole = b"".join((folder / name).read_bytes() for name in hashed)
    assert loaded.sha256 == hashlib.sha256(whole).hexdigest()


@pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX")
def test_a_checkpoint_can_be_read_by_whoever_may_read_other_files(tmp_path: Path) -> None:
    usual = tmp_path / "usual"
    usual.touch()
    write_tensors(tmp_path / "some.safetensors", {"a": torch.ones(2)})
    assert (tmp_path / "some.safetensors").stat().st_mode == usual.stat().st_mode
