"""A small refiner whose output depends on everything, and a checkpoint folder in which it completes TINY's latents."""

from pathlib import Path
from typing import Final

import torch

from engine.model.codec.xs import XsFoaVae
from engine.model.generator.refiner import Refiner
from engine.model.specs import TINY, TINY_CODEC, RefinerSpec
from engine.model.weights.checkpoint import save_codec, save_generator, save_refiner
from engine.training.codec.add_codes import with_added_codes
from tests.rough_generator import rough_generator

PARTIALS: Final = 5
ROUGH: Final = RefinerSpec(latent_dim=TINY.latent_dim + 2 * PARTIALS + 7, made_codes=TINY.latent_dim, dim=16, layers=2)


def rough_refiner(spec: RefinerSpec = ROUGH) -> Refiner:
    """Return a refiner for evaluation, every weight displaced by noise."""
    torch.manual_seed(3)
    refiner = Refiner(spec).eval().requires_grad_(False)
    for parameter in refiner.parameters():
        parameter.add_(0.15 * torch.randn_like(parameter))
    return refiner


def write_refined(folder: Path) -> None:
    """Write a checkpoint of TINY on a codec with partials, with its refiner."""
    folder.mkdir(exist_ok=True)
    torch.manual_seed(0)
    save_codec(folder / "codec.safetensors", with_added_codes(XsFoaVae(TINY_CODEC), PARTIALS))
    save_generator(folder / "generator.safetensors", rough_generator(0.05))
    save_refiner(folder, rough_refiner())
