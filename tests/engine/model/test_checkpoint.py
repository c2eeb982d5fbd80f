"""Checkpoints: what is written is what is read; damage is told in a sentence."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from engine.contract.errors import CheckpointError
from engine.model.checkpoint import load_model, save_codec, save_generator
from engine.model.foa_vae_xs import XsFoaVae
from engine.model.generator import Generator
from engine.model.specs import TINY, TINY_CODEC


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
    assert loaded.generator is not None
    for model, copy in ((codec, loaded.codec), (generator, loaded.generator)):
        for key, value in model.state_dict().items():
            error = (copy.state_dict()[key].float() - value.float()).abs().max()
            assert error <= 0.01 * value.float().abs().max() + 1e-6, key
    assert load_model(folder).sha256 == loaded.sha256
    assert not list(folder.glob("*.partial"))


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
    with pytest.raises(CheckpointError, match="No weights in"):
        load_model(tmp_path / "nowhere")
    (folder / "generator.safetensors").unlink()
    with pytest.raises(CheckpointError, match="no generator"):
        load_model(folder)
    assert load_model(folder, need_generator=False).generator is None


def test_weights_that_are_not_finite_are_told(folder: Path) -> None:
    codec = XsFoaVae(TINY_CODEC)
    codec.encoder_in.bias.data[0] = float("nan")
    save_codec(folder / "codec.safetensors", codec)
    with pytest.raises(CheckpointError, match="not finite"):
        load_model(folder)
