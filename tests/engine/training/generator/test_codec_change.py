"""A generator on another codec's latents does what it did on the old ones."""

import pytest
import torch

from engine.model.codec.xs import XsFoaVae
from engine.model.generator.generator import Generator
from engine.model.specs import TINY, TINY_CODEC
from engine.training.codec.add_codes import with_added_codes
from engine.training.generator.change_codec import AffineMap, carry, in_time


def turned_latents(count: int, seed: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return old latents (N, D), new ones (N, D + 3) and the rotation between them; three numbers are unrelated."""
    generator = torch.Generator().manual_seed(seed)
    rotation = torch.linalg.qr(torch.randn(TINY.latent_dim, TINY.latent_dim, generator=generator)).Q
    old = torch.randn(count, TINY.latent_dim, generator=generator)
    new = torch.cat([old @ rotation + 0.5, torch.randn(count, 3, generator=generator)], dim=1)
    return old, new, rotation


def test_least_squares_finds_the_way_between_latents() -> None:
    old, new, _ = turned_latents(2_000, 0)
    to_old = AffineMap.fitted(new, old)
    assert torch.allclose(new @ to_old.matrix + to_old.offset, old, atol=0.02)
    to_new = AffineMap.fitted(old, new)
    made = old @ to_new.matrix + to_new.offset
    assert torch.allclose(made[:, :-3], new[:, :-3], atol=0.02)
    assert made[:, -3:].std() < 0.1  # nothing old tells them


def test_a_carried_generator_plans_and_moves_as_before() -> None:
    torch.manual_seed(0)
    before = Generator(TINY)
    for parameter in before.parameters():  # the last layer begins as nothing
        parameter.data.add_(0.05 * torch.randn_like(parameter))
    before.eval()
    old, new, rotation = turned_latents(2_000, 0)
    after = carry(before, AffineMap.fitted(new, old), AffineMap.fitted(old, new)).eval()
    assert after.spec.latent_dim == TINY.latent_dim + 3
    there, here = old[:8].reshape(1, 2, 4, -1), new[:8].reshape(1, 2, 4, -1)
    assert torch.allclose(after.history(here), before.history(there), atol=0.05)
    assert not torch.allclose(after.history(here), after.history(here + 1.0), atol=0.05)
    h, t = torch.randn(1, TINY.dim), torch.tensor([0.5])
    moved = after.dit(h, new[None, 8:16], new[None, 16:20], after.dit.modulations(t))
    wanted = before.dit(h, old[None, 8:16], old[None, 16:20], before.dit.modulations(t))
    assert wanted.abs().max() > 0.1
    assert torch.allclose(moved[..., :-3], wanted @ rotation, atol=0.05)


@pytest.mark.parametrize("scale", [0.0, 1e-9])
def test_a_latent_that_never_moves_does_no_harm(scale: float) -> None:
    old = torch.randn(200, 4)
    new = torch.cat([old, scale * torch.randn(200, 1)], dim=1)
    to_old = AffineMap.fitted(new, old)
    assert to_old.matrix.isfinite().all()
    assert torch.allclose(new @ to_old.matrix + to_old.offset, old, atol=0.02)


def test_codecs_of_different_delays_are_compared_in_time() -> None:
    torch.manual_seed(0)
    before = XsFoaVae(TINY_CODEC).eval().requires_grad_(False)
    after = with_added_codes(before, 3)
    assert after.delay_samples > before.delay_samples
    foa = 0.1 * torch.randn(1, 4, 60 * before.latent_samples) * torch.rand(60).repeat_interleave(1_920)
    old, new = (in_time(codec, foa)[0, 30:-2] for codec in (before, after))
    assert (new[:, : before.latent_dim] - old).abs().max() < 1e-3
