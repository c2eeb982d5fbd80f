"""The codec of S, M and L: Stable Audio's Oobleck autoencoder widened to four channels (paper, "FOA-VAE"), made causal.

Convolutions with snake activations on the waveform; the encoder emits mean and scale of a latent of 128; no final tanh.
The published one pads on both sides and needs a fraction of a second of lookahead; here every convolution pads on the
left, so a patch can be heard as soon as its latents are there. A latent stands for the product of the strides: 1,920
samples (25 latents a second at 48 kHz) is this project's grid, 2,048 is Stable Audio's, kept for importing its weights
(import_stable_audio; a golden test runs the same weights padded on both sides).
Weight norm is a training aid that folds into the weights; it is not carried here.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from engine.contract.conventions import FOA_CHANNELS
from engine.model.codec.causal_conv import CausalConv1d, CausalConvTranspose1d, State, StreamingSequential
from engine.model.specs import WIDTH, check_sizes

PROJECT_STRIDES = (2, 4, 4, 6, 10)
STABLE_AUDIO_STRIDES = (2, 4, 4, 8, 8)

_DILATIONS = (1, 3, 9)
_MOST_STRIDES = 16
_LARGEST_STRIDE = 1_024
_MINIMUM_STD = 1e-4


@dataclass(frozen=True)
class OobleckSpec:
    """Sizes: `channels` at full rate, times a multiplier after each stride.

    `audio_channels` is 4 (W, Y, Z, X) but for a stereo codec on its way to be widened, which has 2.
    """

    channels: int = 128
    multipliers: tuple[int, ...] = (1, 2, 4, 8, 16)
    strides: tuple[int, ...] = PROJECT_STRIDES
    latent_dim: int = 128
    audio_channels: int = FOA_CHANNELS

    def __post_init__(self) -> None:
        """Raise ValueError for sizes that no codec has, or unless every stride has a multiplier."""
        check_sizes(self, {"channels": WIDTH, "latent_dim": WIDTH, "audio_channels": WIDTH})
        for values in (self.multipliers, self.strides):
            if not isinstance(values, tuple) or len(values) > _MOST_STRIDES:
                raise ValueError(f"An Oobleck codec has at most {_MOST_STRIDES} strides, each with its multiplier.")
            if not all(type(value) is int and 1 <= value <= _LARGEST_STRIDE for value in values):
                raise ValueError("An Oobleck codec cannot have such strides and multipliers.")
        if not self.strides or len(self.multipliers) != len(self.strides):
            raise ValueError(f"Strides {self.strides} and multipliers {self.multipliers} do not pair up.")


class Snake(nn.Module):
    """x + sin(a x)^2 / b with a learned frequency and size for each channel (Ziyin et al. 2020; both in logarithms)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.alpha = nn.Parameter(torch.zeros(channels))
        self.beta = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        """Apply to (B, C, N)."""
        return x + torch.sin(x * self.alpha.exp()[:, None]).square() * torch.exp(-self.beta)[:, None]


class ResidualUnit(nn.Module):
    """x + a dilated look at the past."""

    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.look = StreamingSequential(
            Snake(channels),
            CausalConv1d(channels, channels, 7, dilation=dilation),
            Snake(channels),
            CausalConv1d(channels, channels, 1),
        )

    def initial_state(self, batch: int, like: Tensor) -> State:
        """Return the state before the first sample."""
        return self.look.initial_state(batch, like)

    def step(self, x: Tensor, state: tuple[State, ...]) -> tuple[Tensor, State]:
        """Advance by (B, C, n)."""
        y, state = self.look.step(x, state)
        return x + y, state


def _widths(spec: OobleckSpec) -> list[int]:
    """Return the channels at full rate and after each stride."""
    return [spec.channels, *(spec.channels * m for m in spec.multipliers)]


def _residuals(channels: int) -> list[nn.Module]:
    return [ResidualUnit(channels, dilation) for dilation in _DILATIONS]


def _encoder(spec: OobleckSpec) -> StreamingSequential:
    widths = _widths(spec)
    layers: list[nn.Module] = [CausalConv1d(spec.audio_channels, widths[0], 7)]
    for before, after, stride in zip(widths, widths[1:], spec.strides, strict=False):
        down = CausalConv1d(before, after, 2 * stride, stride=stride)
        layers += [*_residuals(before), Snake(before), down]
    return StreamingSequential(*layers, Snake(widths[-1]), CausalConv1d(widths[-1], 2 * spec.latent_dim, 3))


def _decoder(spec: OobleckSpec) -> StreamingSequential:
    widths = _widths(spec)
    layers: list[nn.Module] = [CausalConv1d(spec.latent_dim, widths[-1], 7)]
    for after, before, stride in reversed(list(zip(widths, widths[1:], spec.strides, strict=False))):
        up = CausalConvTranspose1d(before, after, 2 * stride, stride=stride)
        layers += [Snake(before), up, *_residuals(after)]
    last = CausalConv1d(widths[0], spec.audio_channels, 7, bias=False)
    return StreamingSequential(*layers, Snake(widths[0]), last)


def mean_and_std(encoded: Tensor) -> tuple[Tensor, Tensor]:
    """Return mean and standard deviation (B, T, D) of the encoder's output (B, 2 D, T)."""
    mean, scale = encoded.transpose(1, 2).chunk(2, dim=-1)
    return mean, softplus(scale) + _MINIMUM_STD


class OobleckFoaVae(nn.Module):
    """See the module's text; implements FoaVae. Nothing is delayed: block t of the output is block t of the input."""

    latent_mean: Tensor
    latent_std: Tensor

    delay_samples = 0
    directed_codes: tuple[int, ...] = ()
    level_codes: tuple[int, ...] = ()
    level_unit_db: float = 0.0

    def __init__(self, spec: OobleckSpec) -> None:
        super().__init__()
        self.spec = spec
        self.latent_dim = spec.latent_dim
        self.latent_samples = math.prod(spec.strides)
        self.encoder, self.decoder = _encoder(spec), _decoder(spec)
        self.register_buffer("latent_mean", torch.zeros(spec.latent_dim))
        self.register_buffer("latent_std", torch.ones(spec.latent_dim))

    def posterior(self, foa: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and standard deviation (B, T, D) of the latents, not normalised, of AmbiX (B, 4, T * samples)."""
        return mean_and_std(self._encoded(foa, self.encoder.initial_state(foa.shape[0], foa))[0])

    def _encoded(self, foa: Tensor, state: tuple[State, ...]) -> tuple[Tensor, tuple[State, ...]]:
        if foa.shape[-1] % self.latent_samples:
            raise ValueError(f"{foa.shape[-1]} samples are not a whole number of latents of {self.latent_samples}.")
        return self.encoder.step(foa, state)

    def encode(self, foa: Tensor) -> Tensor:
        """Return latents (B, T, D), normalised to unit variance, of AmbiX (B, 4, T * latent_samples)."""
        return self.normalised(self.posterior(foa)[0])

    def initial_encoder_state(self, batch: int) -> tuple[State, ...]:
        """Return the encoder's state before the first sample: silence."""
        return self.encoder.initial_state(batch, self.latent_mean)

    def encode_step(self, foa: Tensor, state: tuple[State, ...]) -> tuple[Tensor, tuple[State, ...]]:
        """Return the latents (B, t, D) of the next AmbiX (B, 4, t * latent_samples), and the new state."""
        y, state = self._encoded(foa, state)
        return self.normalised(mean_and_std(y)[0]), state

    def normalised(self, raw: Tensor) -> Tensor:
        """Return latents (B, T, D) as the generator and the decoder take them of those of `posterior`."""
        return (raw - self.latent_mean) / self.latent_std

    def initial_state(self, batch: int, stream: int = 0) -> tuple[State, ...]:
        """Return the decoder's state before the first latent; it has no noise, so all streams begin alike."""
        return self.decoder.initial_state(batch, self.latent_mean)

    def agreed(self, latents: Tensor) -> Tensor:
        """Return the latents: here no two say the same thing."""
        return latents

    def placed(self, latents: Tensor, directions: Tensor) -> Tensor:
        """Return the latents as they are: none of them is a direction by itself."""
        return latents

    def decode_step(self, latents: Tensor, state: tuple[State, ...]) -> tuple[Tensor, tuple[State, ...]]:
        """Decode normalised latents (B, t, D) to AmbiX (B, 4, t * latent_samples)."""
        raw = latents * self.latent_std + self.latent_mean
        return self.decoder.step(raw.transpose(1, 2), state)

    def decode(self, latents: Tensor) -> Tensor:
        """Decode a whole sequence (B, T, D)."""
        return self.decode_step(latents, self.initial_state(latents.shape[0]))[0]
