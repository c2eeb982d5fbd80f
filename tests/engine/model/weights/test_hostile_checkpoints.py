"""What a file says about sizes is compared with the file before any memory is taken for it."""

import json
import resource
import time
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from engine.contract.errors import CheckpointError
from engine.model.codec.oobleck import OobleckFoaVae, OobleckSpec
from engine.model.codec.xs import XsFoaVae
from engine.model.generator.generator import Generator
from engine.model.specs import TINY, TINY_CODEC, XS, XS_CODEC
from engine.model.weights.checkpoint import FORMAT, load_codec, load_generator, load_model, save_codec, save_generator
from engine.model.weights.sizes_only import shapes_of

SECONDS, MEGABYTES = 10.0, 300.0
SMALL_OOBLECK = OobleckSpec(channels=2, multipliers=(1, 1, 2, 2, 2), latent_dim=8)


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("originals")
    save_codec(folder / "codec.safetensors", XsFoaVae(TINY_CODEC))
    save_generator(folder / "generator.safetensors", Generator(TINY))
    save_codec(folder / "oobleck.safetensors", OobleckFoaVae(SMALL_OOBLECK))
    return folder


def rewritten(
    original: Path, target: Path, changes: dict[str, Any], extra: dict[str, torch.Tensor] | None = None
) -> Path:
    with safe_open(original, framework="pt") as file:
        tensors = {key: file.get_tensor(key) for key in file.keys()} | (extra or {})
        description = json.loads(file.metadata()[FORMAT])
    description["spec"] |= changes
    save_file(tensors, target, metadata={FORMAT: json.dumps(description)})
    return target


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


CASES = [
    # Sizes that a model may have, and this file has not: together they would be gigabytes.
    ("codec", {"encoder_dim": 16_384, "encoder_hidden": 16_384}),
    ("codec", {"decoder_dilations": [1] * 60, "decoder_dim": 8_192, "decoder_hidden": 8_192}),
    ("generator", {"dim": 16_384, "heads": 64, "kv_heads": 64}),
    ("generator", {"lm_layers": 128, "dim": 8_192, "heads": 64, "kv_heads": 64}),
    ("generator", {"text_hidden": 16_384, "text_tokens": 256, "dim": 16_384}),
    ("oobleck", {"channels": 16_384, "multipliers": [1, 2, 4, 8, 16]}),
    # Sizes that none has.
    ("codec", {"mel_bands": 10**9}),
    ("codec", {"latent_dim": 10**12}),
    ("codec", {"encoder_dilations": [1] * 100_000}),
    ("codec", {"encoder_dilations": [10**9, 1]}),
    ("codec", {"decoder_dilations": "1122"}),
    ("codec", {"direction_codes": True}),
    ("codec", {"latent_dim": 4}),
    ("generator", {"lm_layers": 10**9}),
    ("generator", {"window": 10**9}),
    ("generator", {"dim": 32.0}),
    ("generator", {"dim": "32"}),
    ("generator", {"heads": 0}),
    ("generator", {"kv_heads": -1}),
    ("generator", {"multiplier": float("nan")}),
    ("generator", {"multiplier": 1e308}),
    ("generator", {"multiplier": "2"}),
    ("generator", {"name": None}),
    ("generator", {"svac_channels": None}),
    ("oobleck", {"strides": [10**6] * 5}),
    ("oobleck", {"strides": 2}),
    ("oobleck", {"channels": 10**9}),
]


@pytest.mark.parametrize(("name", "changes"), CASES)
def test_a_lie_about_sizes_is_found_before_it_costs_anything(
    originals: Path, tmp_path: Path, name: str, changes: dict[str, Any]
) -> None:
    path = rewritten(originals / f"{name}.safetensors", tmp_path / f"{name}.safetensors", changes)
    before, began = peak_mb(), time.monotonic()
    with pytest.raises(CheckpointError, match=name):
        load_generator(path) if name == "generator" else load_codec(path)
    assert time.monotonic() - began < SECONDS
    assert peak_mb() - before < MEGABYTES


def test_a_scale_cannot_blow_up_a_matrix(originals: Path, tmp_path: Path) -> None:
    with safe_open(originals / "generator.safetensors", framework="pt") as file:
        key = next(key for key in file.keys() if file.get_tensor(key).ndim == 2)
    extra = {key + ".row_scale": torch.ones(1, 1_000_000)}
    path = rewritten(originals / "generator.safetensors", tmp_path / "generator.safetensors", {}, extra)
    with pytest.raises(CheckpointError, match="damaged"):
        load_generator(path)


@pytest.mark.parametrize(
    "description", ["[" * 100_000, "{}", "[]", '{"kind": "generator"}', "9" * 10_000, " " * (2 << 20)]
)
def test_any_description_is_one_sentence(originals: Path, tmp_path: Path, description: str) -> None:
    with safe_open(originals / "generator.safetensors", framework="pt") as file:
        tensors = {key: file.get_tensor(key) for key in file.keys()}
    save_file(tensors, tmp_path / "generator.safetensors", metadata={FORMAT: description})
    with pytest.raises(CheckpointError, match="damaged") as raised:
        load_generator(tmp_path / "generator.safetensors")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("steps", ["5", [10**12], [0], [True], {"5": 1}, None, [[5]]])
def test_steps_of_solvers_are_numbers(originals: Path, tmp_path: Path, steps: object) -> None:
    import hashlib
    import shutil

    for name in ("codec", "generator"):
        shutil.copyfile(originals / f"{name}.safetensors", tmp_path / f"{name}.safetensors")
    digest = hashlib.sha256((tmp_path / "generator.safetensors").read_bytes()).hexdigest()
    description = {"kind": "flow-solvers", "spec": {"steps": steps}, "beside": digest}
    tensors = {"times.5": torch.linspace(0.0, 1.0, 6), "weights.5": torch.ones(5, 6, TINY.latent_dim)}
    save_file(tensors, tmp_path / "solver.safetensors", metadata={FORMAT: json.dumps(description)})
    with pytest.raises(CheckpointError, match="solver"):
        load_model(tmp_path)


def test_shapes_without_memory_are_those_of_the_real_models() -> None:
    for build in (lambda: XsFoaVae(XS_CODEC), lambda: Generator(XS), lambda: OobleckFoaVae(SMALL_OOBLECK)):
        real = {key: tuple(value.shape) for key, value in build().state_dict().items()}
        assert shapes_of(build) == real
