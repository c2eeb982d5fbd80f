"""Patches are rendered in bfloat16 where the processor has units for it, and sound the same."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from engine.model.codec.xs import XsFoaVae
from engine.model.generator.generator import Generator
from engine.model.generator.guiding import Plans, SamplerSettings
from engine.model.specs import TINY, TINY_CODEC
from engine.model.weights import precision
from engine.model.weights.checkpoint import LoadedModel, load_model, save_codec, save_few_step, save_generator
from engine.training.generator.student import student_of
from tests.rough_generator import rough_generator


@pytest.fixture
def loaded(tmp_path: Path) -> LoadedModel:
    generator = rough_generator(0.1)
    save_codec(tmp_path / "codec.safetensors", XsFoaVae(TINY_CODEC))
    save_generator(tmp_path / "generator.safetensors", generator)
    save_few_step(tmp_path, student_of(generator))
    return load_model(tmp_path)


def rendered(generator: Generator) -> torch.Tensor:
    g = torch.Generator().manual_seed(0)
    h, noise = torch.randn(4, TINY.dim, generator=g), torch.randn(4, TINY.patch_latents, TINY.latent_dim, generator=g)
    return generator.render_step(Plans(h, -h), generator.initial_state(4), noise, SamplerSettings(5))


def test_with_units_the_locdits_alone_are_bfloat16_and_what_they_render_stays(
    loaded: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert loaded.few_step is not None
    before = rendered(loaded.generator)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": True})
    precision.quicken(loaded)
    after = rendered(loaded.generator)
    assert {p.dtype for p in loaded.generator.dit.parameters()} == {torch.bfloat16}
    assert {p.dtype for p in loaded.few_step.parameters()} == {torch.bfloat16}
    assert {p.dtype for p in loaded.generator.lm.parameters()} == {torch.float32}
    assert after.dtype == torch.float32
    assert not torch.equal(after, before)
    assert float((after - before).norm() / before.norm()) < 0.02


def test_without_units_nothing_changes(loaded: LoadedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    for found in ({}, {"avx512_bf16": False, "amx_bf16": False, "avx2": True}):
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda found=found: found)
        precision.quicken(loaded)
    monkeypatch.delattr(torch.cpu, "get_capabilities")  # an older torch
    precision.quicken(loaded)
    assert loaded.generator.dit.role.dtype == torch.float32
    precision.quicken(replace(loaded, few_step=None))
