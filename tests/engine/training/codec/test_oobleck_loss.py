"""The losses of the Oobleck codec, against auraloss where it has them, and a codec that learns by them."""

import numpy as np
import pytest
import torch
from scipy.signal import freqz
from torch import Tensor

from engine.model.codec.oobleck import OobleckFoaVae, OobleckSpec
from engine.training.codec.a_weighting import a_weighting_taps
from engine.training.codec.discriminator import DiscriminatorSpec
from engine.training.codec.oobleck_loss import MultiResolutionStftLoss, OobleckTraining, kl_divergence

TINY = OobleckSpec(channels=8, multipliers=(1, 2), strides=(2, 4), latent_dim=8)
DISCRIMINATORS = DiscriminatorSpec(channels=4, filters=4, fft_sizes=(128, 64))


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)


def noise(seed: int, shape: tuple[int, ...], level: float) -> Tensor:
    return torch.from_numpy(level * np.random.default_rng(seed).standard_normal(shape)).float()


def test_it_is_auraloss_per_channel_and_clip() -> None:
    """Recorded from auraloss 0.4.0: MultiResolutionSTFTLoss with FFT sizes 2048 ... 32, hops a quarter, windows as long
    as the FFT, perceptual weighting at 48 kHz, called for one channel of one clip at a time, (made, real).
    """
    made, real = noise(5, (2, 4, 4096), 0.2), noise(6, (2, 4, 4096), 0.3)
    recorded = [[1.4604999, 1.4595978, 1.4721287, 1.4649678], [1.4598492, 1.4634279, 1.4662771, 1.4536608]]
    loss = MultiResolutionStftLoss()
    for clip in range(2):
        for channel in range(4):
            one = loss(made[clip : clip + 1, channel : channel + 1], real[clip : clip + 1, channel : channel + 1])
            assert float(one) == pytest.approx(recorded[clip][channel], abs=2e-6)
    assert float(loss(made, real)) == pytest.approx(np.mean(recorded), abs=2e-6)


def test_each_channel_counts_a_quarter() -> None:
    real = noise(1, (1, 4, 2048), 0.3)
    loss = MultiResolutionStftLoss((256, 64))
    alone = float(loss(0.5 * real[:, :1], real[:, :1]))
    for channel in range(1, 4):
        made = real.clone()
        made[:, channel] = 0.5 * real[:, channel]
        assert float(loss(made, real)) == pytest.approx(alone / 4, rel=0.05)
    assert float(loss(real, real)) == 0.0


def test_a_silent_channel_does_not_drown_the_others() -> None:
    """Z of a horizontal scene is silent: noise a tenth as loud as W in it costs as an error of W's size, no more."""
    real = noise(1, (1, 4, 2048), 0.3)
    real[:, 2] = 0.0
    made = real.clone()
    made[:, 2] = 0.1 * real[:, 0]
    assert 0.5 < float(MultiResolutionStftLoss()(made, real)) < 3.0
    assert float(MultiResolutionStftLoss(silent_floor=0.0)(made, real)) > 30.0


def test_silence_and_clicks_have_finite_gradients() -> None:
    made = torch.zeros(1, 4, 2048)
    made[..., 700] = 1.0
    made.requires_grad_(True)
    MultiResolutionStftLoss()(made, torch.zeros(1, 4, 2048)).backward()
    assert made.grad is not None
    assert torch.isfinite(made.grad).all()


def test_sounds_of_other_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot be compared"):
        MultiResolutionStftLoss()(torch.zeros(1, 4, 2048), torch.zeros(1, 4, 2049))


def test_the_weighting_is_the_a_curve_of_the_norm() -> None:
    """IEC 61672, table 3: nominal values at octave frequencies, in dB."""
    frequency_hz, response = freqz(a_weighting_taps(48_000), worN=8192, fs=48_000)
    for hz, nominal_db in ((125, -16.1), (250, -8.6), (500, -3.2), (1000, 0.0), (2000, 1.2), (4000, 1.0), (8000, -1.1)):
        level_db = 20.0 * np.log10(np.abs(np.interp(hz, frequency_hz, np.abs(response))))
        assert level_db == pytest.approx(nominal_db, abs=3.0 if hz < 500 else 0.8)


def test_the_divergence_is_twice_the_textbooks() -> None:
    mean, std = torch.tensor([[[0.5, -1.0]]]), torch.tensor([[[0.3, 2.0]]])
    normal = torch.distributions.Normal
    textbook = torch.distributions.kl_divergence(normal(mean, std), normal(0.0, 1.0)).sum(-1).mean()
    assert float(kl_divergence(mean, std)) == pytest.approx(2.0 * float(textbook), rel=1e-5)


@pytest.mark.parametrize("discriminators", [None, DISCRIMINATORS])
def test_a_codec_learns_in_a_few_steps(discriminators: DiscriminatorSpec | None) -> None:
    training = OobleckTraining(
        OobleckFoaVae(TINY), discriminators, fft_sizes=(256, 64), learning_rate=3e-3, discriminator_rate=1e-3
    )
    foa, draw = noise(2, (2, 4, 512), 0.2), torch.Generator().manual_seed(3)
    before = training.codec.decoder.layers[0].conv.weight.clone()
    reports = [training.step(foa, draw) for _ in range(16)]
    assert reports[-1].spectral < 0.85 * reports[0].spectral
    assert not torch.equal(training.codec.decoder.layers[0].conv.weight, before)
    if discriminators is None:
        assert reports[-1].discriminator == reports[-1].adversarial == 0.0
        assert reports[0].total == pytest.approx(reports[0].spectral + 1e-4 * reports[0].kl)
    else:
        assert reports[-1].discriminator < reports[0].discriminator
        expected = 0.1 * reports[0].adversarial + 5.0 * reports[0].feature_matching
        assert reports[0].total == pytest.approx(reports[0].spectral + 1e-4 * reports[0].kl + expected)


def test_the_codecs_step_leaves_the_judges_alone_and_the_judges_leave_the_codec() -> None:
    """With no rate of their own the discriminators stay as they are, though the codec learns through them."""
    training = OobleckTraining(OobleckFoaVae(TINY), DISCRIMINATORS, fft_sizes=(256,), discriminator_rate=0.0)
    assert training.discriminator is not None
    discriminators = training.discriminator.model
    before = [p.clone() for p in discriminators.parameters()]
    training.step(noise(2, (1, 4, 512), 0.2))
    assert all(torch.equal(p, q) for p, q in zip(discriminators.parameters(), before, strict=True))
    assert all(p.requires_grad for p in discriminators.parameters())
