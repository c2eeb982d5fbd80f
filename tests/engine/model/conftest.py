"""One torch thread, for the small tensors of the tests are far slower on two when the cores are busy; a tiny model."""

from pathlib import Path

import pytest
import torch

from engine.model.codec.xs import XsFoaVae
from engine.model.generator.generator import Generator
from engine.model.specs import TINY, TINY_CODEC
from engine.model.weights.checkpoint import save_codec, save_generator

torch.set_num_threads(1)


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("checkpoint")
    generator = Generator(TINY)
    with torch.no_grad():
        for parameter in generator.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    save_codec(path / "codec.safetensors", XsFoaVae(TINY_CODEC))
    save_generator(path / "generator.safetensors", generator)
    return path
