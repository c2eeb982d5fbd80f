"""A small generator whose output depends on everything: a fresh one's last layers are zero."""

import torch

from engine.model.generator.generator import Generator
from engine.model.specs import TINY


def rough_generator(by: float, seed: int = 0) -> Generator:
    """Return TINY for evaluation, every weight displaced by noise of a standard deviation; by 0.15 its flow bends."""
    torch.manual_seed(seed)
    generator = Generator(TINY).eval().requires_grad_(False)
    for parameter in generator.parameters():
        parameter.add_(by * torch.randn_like(parameter))
    return generator
