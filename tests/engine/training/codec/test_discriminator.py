"""The STFT discriminator: it can learn to tell two sounds apart, and its losses are those it is told to have."""

import numpy as np
import pytest
import torch
from torch import Tensor

from engine.training.codec.discriminator import (
    DiscriminatorOutput,
    DiscriminatorSpec,
    StftDiscriminator,
    adversarial_loss,
    discriminator_loss,
    feature_matching_loss,
)

SPEC = DiscriminatorSpec(channels=4, filters=4, fft_sizes=(256, 64))


def output(score: float, feature: float) -> DiscriminatorOutput:
    return DiscriminatorOutput(
        torch.full((1, 1, 2, 2), score), (torch.full((1, 3, 2, 2), feature), torch.zeros(1, 3, 2, 2))
    )


def test_it_is_stable_audios() -> None:
    """Recorded from stable-audio-tools 0.0.19: `EncodecDiscriminator(filters=4, in_channels=4, ...)` of FFT sizes 256
    and 64, hops a quarter, with these weights (`original0` is its `weight_g`, `original1` its `weight_v`).
    """
    draw = np.random.default_rng(8)
    discriminator = StftDiscriminator(SPEC)
    weights = {}
    for name, value in sorted(discriminator.state_dict().items()):
        size = 3.0 if name.endswith("original0") else 1.0
        weights[name] = torch.from_numpy(size * draw.standard_normal(value.shape)).float()
    discriminator.load_state_dict(weights)
    with torch.no_grad():
        real, fake = (
            discriminator(torch.from_numpy(3.0 * np.random.default_rng(seed).standard_normal((2, 4, 512))).float())
            for seed in (1, 2)
        )
    assert float(discriminator_loss(real, fake)) == pytest.approx(61.87662, rel=1e-5)
    assert float(adversarial_loss(fake)) == pytest.approx(33.13888, rel=1e-5)
    assert float(feature_matching_loss(real, fake)) == pytest.approx(17.79321, rel=1e-5)


def test_losses_by_hand() -> None:
    """Two discriminators; hinges at +-1; feature distance is the mean over two layers, one of them equal."""
    real, fake = [output(0.5, 1.0), output(2.0, 1.0)], [output(-0.25, 3.0), output(1.0, 1.0)]
    assert float(discriminator_loss(real, fake)) == pytest.approx(((0.5 + 0.75) + (0.0 + 2.0)) / 2)
    assert float(adversarial_loss(fake)) == pytest.approx((0.25 - 1.0) / 2)
    assert float(feature_matching_loss(real, fake)) == pytest.approx((2.0 / 2 + 0.0) / 2)


def test_shapes_follow_the_sound() -> None:
    outputs = StftDiscriminator(SPEC)(torch.randn(2, 4, 512))
    assert [tuple(j.score.shape) for j in outputs] == [(2, 1, 5, 129), (2, 1, 29, 33)]
    assert all(len(j.features) == 5 and j.features[-1].shape[1] == SPEC.filters for j in outputs)
    strided = StftDiscriminator(DiscriminatorSpec(1, 4, (64,), frequency_stride=2))(torch.randn(1, 1, 128))
    assert strided[0].score.shape == (1, 1, 5, 5)


def test_it_hears_a_channel_turned_around() -> None:
    """Y with the wrong sign is the same sound in every channel alone; together it is another place."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    discriminator = StftDiscriminator(DiscriminatorSpec(4, 4, (64,), frequency_stride=2))
    optimiser = torch.optim.AdamW(discriminator.parameters(), lr=3e-3, betas=(0.8, 0.99))
    sign = torch.tensor([1.0, -1.0, 1.0, 1.0])[:, None]

    def pair(seed: int) -> tuple[Tensor, Tensor]:
        source = torch.randn(4, 1, 256, generator=torch.Generator().manual_seed(seed))
        real = source * torch.tensor([1.0, 0.9, 0.0, 0.4])[:, None]
        return real, real * sign

    for step in range(25):
        real, fake = pair(step)
        loss = discriminator_loss(discriminator(real), discriminator(fake))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    real, fake = pair(1000)
    with torch.no_grad():
        assert float(discriminator_loss(discriminator(real), discriminator(fake))) < 1.0  # 2 is not knowing


def test_gradients_pass_through_to_the_sound() -> None:
    sound = torch.randn(1, 4, 512, requires_grad=True)
    adversarial_loss(StftDiscriminator(SPEC)(sound)).backward()
    assert sound.grad is not None
    assert all(float(channel.abs().max()) > 0 for channel in sound.grad[0])


def test_what_cannot_be_judged_is_refused() -> None:
    with pytest.raises(ValueError, match="too few for a window of 256"):
        StftDiscriminator(SPEC)(torch.zeros(1, 4, 255))
    for sizes in ((0, 4, (64,)), (4, 0, (64,)), (4, 4, ())):
        with pytest.raises(ValueError, match="cannot have these sizes"):
            DiscriminatorSpec(*sizes)
