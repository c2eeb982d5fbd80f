"""The decoder fitted against a discriminator of its levels."""

import pytest
import torch

from engine.model.codec.xs import XsFoaVae
from engine.model.specs import TINY_CODEC
from engine.training.codec.adversarial import LevelDiscriminators, adversarial_step, free_decoder
from engine.training.codec.loss import CodecLoss

Parts = tuple[XsFoaVae, LevelDiscriminators, tuple[torch.optim.Optimizer, torch.optim.Optimizer]]


@pytest.fixture
def parts() -> Parts:
    torch.manual_seed(0)
    codec, discriminators = XsFoaVae(TINY_CODEC), LevelDiscriminators()
    free_decoder(codec)
    trained = [p for p in codec.parameters() if p.requires_grad]
    return (
        codec,
        discriminators,
        (torch.optim.AdamW(trained, 1e-3), torch.optim.AdamW(discriminators.parameters(), 2e-3)),
    )


def pulses(batch: int = 2) -> torch.Tensor:
    """Return noise that comes and goes, AmbiX (B, 4, N), from the left."""
    n = 16 * 1_920 + 1_440
    gate = (torch.arange(n) // 4_800 % 2).float()
    noise = 0.1 * torch.randn(batch, n, generator=torch.Generator().manual_seed(1)) * gate
    return torch.stack([noise, noise, 0 * noise, 0 * noise], dim=1)


def test_the_judges_learn_to_tell_and_latents_stay_what_they_were(parts: Parts) -> None:
    codec, discriminators, optimisers = parts
    foa, loss_of = pulses(), CodecLoss()
    before = codec.encode(foa[..., : 16 * 1_920]).detach().clone()
    heard = [adversarial_step(codec, discriminators, loss_of, optimisers, foa, 1.0, 2.0) for _ in range(12)]
    assert heard[-1][1] < heard[0][1] - 0.02
    assert torch.equal(codec.encode(foa[..., : 16 * 1_920]), before)
    assert heard[-1][0] < heard[0][0]


def test_without_weight_the_judges_are_not_asked(parts: Parts) -> None:
    codec, discriminators, optimisers = parts
    before = [p.detach().clone() for p in discriminators.parameters()]
    heard = adversarial_step(codec, discriminators, CodecLoss(), optimisers, pulses(), 0.0, 2.0)
    assert heard[1:] == (0.0, 0.0, 0.0)
    assert all(torch.equal(a, b) for a, b in zip(before, discriminators.parameters(), strict=True))


def test_a_judge_hears_levels_and_no_phases() -> None:
    discriminator = LevelDiscriminators()
    sound = pulses()[:, 0]
    with torch.no_grad():
        same, louder, other = (discriminator(v)[0].features[0] for v in (-sound, 4.0 * sound, sound.flip(-1)))
        true = discriminator(sound)[0].features[0]
    assert torch.allclose(same, true, atol=1e-5)
    assert (louder - true).abs().mean() > 0.05
    assert (other - true).abs().mean() > 0.05
