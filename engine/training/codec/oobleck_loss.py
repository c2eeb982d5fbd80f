"""The losses of the codec of S, M and L, as Stable Audio's VAE was trained, and one step of training with them.

Sizes and weights are those of stable_audio_2_0_vae.json: spectra of seven resolutions behind an A-weighting filter
(weight 1), adversarial (0.1) and feature-matching loss (5) of a multi-scale STFT discriminator, KL divergence (1e-4).
For FOA the paper drops the mid-side stage and counts each channel's spectral loss a quarter.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import conv1d

from engine.contract.conventions import SAMPLE_RATE_HZ, AcnChannel
from engine.model.codec.oobleck import OobleckFoaVae
from engine.training.codec.a_weighting import a_weighting_taps
from engine.training.codec.discriminator import (
    DiscriminatorSpec,
    StftDiscriminator,
    adversarial_loss,
    discriminator_loss,
    feature_matching_loss,
)
from engine.training.loop.checkpointing import Discriminator

FFT_SIZES = (2048, 1024, 512, 256, 128, 64, 32)
_POWER_FLOOR = 1e-8


@dataclass(frozen=True)
class OobleckLossWeights:
    """The weight of each term."""

    spectral: float = 1.0
    adversarial: float = 0.1
    feature_matching: float = 5.0
    kl: float = 1e-4


class MultiResolutionStftLoss(nn.Module):
    """Spectral convergence and L1 of the logarithms at several FFT sizes, hop a quarter (Yamamoto et al. 2020).

    The mean over clips and channels: each of four channels counts a quarter. `silent_floor` [ours]: Z of a horizontal
    scene is silent by nature, and relative to silence every error is infinite. A channel's convergence is therefore
    relative to at least this share of its clip's W (0: to itself alone). Stable Audio divides by the generated
    spectrum; this divides by the real one, as the term was published (Arik et al. 2018).
    """

    taps: Tensor

    def __init__(
        self, fft_sizes: tuple[int, ...] = FFT_SIZES, rate_hz: int = SAMPLE_RATE_HZ, silent_floor: float = 0.1
    ) -> None:
        super().__init__()
        self.fft_sizes, self.silent_floor = fft_sizes, silent_floor
        self.register_buffer("taps", torch.from_numpy(a_weighting_taps(rate_hz)).float()[None, None], persistent=False)
        for size in fft_sizes:
            self.register_buffer(f"window_{size}", torch.hann_window(size), persistent=False)

    def forward(self, made: Tensor, real: Tensor) -> Tensor:
        """Return the loss of sound (B, C, N) against the real one, channel 0 being W; N beyond half the largest FFT.

        Raises ValueError for shapes that differ.
        """
        if made.shape != real.shape:
            raise ValueError(f"Sounds of shapes {tuple(made.shape)} and {tuple(real.shape)} cannot be compared.")
        made, real = self._weighted(made), self._weighted(real)
        return torch.stack([self._at(size, made, real) for size in self.fft_sizes]).mean()

    def _weighted(self, audio: Tensor) -> Tensor:
        return conv1d(audio.flatten(0, 1)[:, None], self.taps, padding=self.taps.shape[-1] // 2).view_as(audio)

    def _at(self, size: int, made: Tensor, real: Tensor) -> Tensor:
        here, there = self._magnitude(size, made), self._magnitude(size, real)
        level: Tensor = there.norm(dim=(-2, -1))
        heard = torch.maximum(level, self.silent_floor * level[:, AcnChannel.W, None])
        apart: Tensor = (there - here).norm(dim=(-2, -1))
        return (apart / heard).mean() + (here.log() - there.log()).abs().mean()

    def _magnitude(self, size: int, audio: Tensor) -> Tensor:
        window = self.get_buffer(f"window_{size}")
        spectra = torch.stft(audio.flatten(0, 1), size, size // 4, window=window, return_complex=True)
        power = torch.view_as_real(spectra).square().sum(-1)
        magnitude: Tensor = power.clamp(min=_POWER_FLOOR).sqrt().unflatten(0, audio.shape[:2])
        return magnitude


def kl_divergence(mean: Tensor, std: Tensor) -> Tensor:
    """Return the divergence of latents (B, T, D) from unit normal ones: summed over D, mean over the rest.

    Without the half of its textbook form, as Stable Audio has it: the weight is meant for that.
    """
    variance = std.square()
    return (mean.square() + variance - variance.log() - 1.0).sum(-1).mean()


@dataclass(frozen=True)
class StepReport:
    """Values of one step for the log, before their weights; `total` is the codec's loss."""

    total: float
    spectral: float
    kl: float
    adversarial: float = 0.0
    feature_matching: float = 0.0
    discriminator: float = 0.0


class OobleckTraining:
    """A codec, its losses and optimisers, and an optional discriminator; makes every weight trainable."""

    def __init__(
        self,
        codec: OobleckFoaVae,
        discriminator: DiscriminatorSpec | None,
        *,
        weights: OobleckLossWeights | None = None,
        fft_sizes: tuple[int, ...] = FFT_SIZES,
        learning_rate: float = 1.5e-4,
        discriminator_rate: float = 3e-4,
    ) -> None:
        self.codec = codec.train().requires_grad_(True)
        self.weights = weights or OobleckLossWeights()
        device = codec.latent_mean.device
        self.spectral = MultiResolutionStftLoss(fft_sizes).to(device)
        self.optimiser = _adamw(codec, learning_rate)
        self.discriminator: Discriminator | None = None
        if discriminator is not None:
            made = StftDiscriminator(discriminator).to(device)
            self.discriminator = Discriminator(made, _adamw(made, discriminator_rate))

    def step(self, foa: Tensor, noise: torch.Generator | None = None) -> StepReport:
        """Descend once on AmbiX (B, 4, T * latent_samples): first the discriminator, then the codec.

        `noise` draws the latents of the posterior; it has to be on the device of the codec.
        """
        mean, std = self.codec.posterior(foa)
        drawn = torch.randn(std.shape, generator=noise, device=std.device, dtype=std.dtype)
        made = self.codec.decode(self.codec.normalised(mean + std * drawn))
        spectral, kl = self.spectral(made, foa), kl_divergence(mean, std)
        total = self.weights.spectral * spectral + self.weights.kl * kl
        if self.discriminator is None:
            _descend(total, self.optimiser)
            return _report(total, spectral, kl)
        discriminator = self.discriminator.model
        discriminated = discriminator_loss(discriminator(foa), discriminator(made.detach()))
        _descend(discriminated, self.discriminator.optimiser)
        discriminator.requires_grad_(False)  # in the codec's step gradients pass through it, not into it
        real, fake = discriminator(foa), discriminator(made)
        adversarial, matching = adversarial_loss(fake), feature_matching_loss(real, fake)
        discriminator.requires_grad_(True)
        total = total + self.weights.adversarial * adversarial + self.weights.feature_matching * matching
        _descend(total, self.optimiser)
        return _report(total, spectral, kl, adversarial, matching, discriminated)


def _report(*values: Tensor) -> StepReport:
    return StepReport(*(float(value.detach()) for value in values))


def _adamw(module: nn.Module, rate: float) -> torch.optim.AdamW:
    return torch.optim.AdamW(module.parameters(), lr=rate, betas=(0.8, 0.99), weight_decay=1e-3)


def _descend(loss: Tensor, optimiser: torch.optim.Optimizer) -> None:
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    optimiser.step()
