"""A discriminator for adversarial training: convolutions on complex spectra of several sizes (EnCodec's MS-STFT).

Défossez et al. 2022, section 3.4, in the form and sizes of Stable Audio's VAE (stable_audio_2_0_vae.json: 64 filters,
windows of 2,048 to 128 samples, hop a quarter, hinge losses). All channels are judged together, real and imaginary part
as channels of one picture, so that it detects channels that do not belong together, not only how each one sounds.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu
from torch.nn.utils.parametrizations import weight_norm

_SLOPE = 0.2
_TIME_DILATIONS = (1, 2, 4)


@dataclass(frozen=True)
class DiscriminatorSpec:
    """Sizes: `channels` of the sound, `filters` of every layer, one discriminator for each FFT size in samples.

    `frequency_stride` 2 is EnCodec's: a quarter of the work or less; 1 is Stable Audio's.
    """

    channels: int
    filters: int = 64
    fft_sizes: tuple[int, ...] = (2048, 1024, 512, 256, 128)
    frequency_stride: int = 1

    def __post_init__(self) -> None:
        """Raise ValueError for sizes that make no network."""
        if not self.fft_sizes or min(self.channels, self.filters, self.frequency_stride) < 1 or min(self.fft_sizes) < 4:
            raise ValueError(f"A discriminator cannot have these sizes: {self}.")


@dataclass(frozen=True, eq=False)
class DiscriminatorOutput:
    """Output at one FFT size: `score` (B, 1, T, F), high for real, and the layers' activations (B, filters, T, F')."""

    score: Tensor
    features: tuple[Tensor, ...]


class StftScaleDiscriminator(nn.Module):
    """One FFT size: the complex spectrum through five layers and a score for every place in time and frequency."""

    window: Tensor

    def __init__(self, spec: DiscriminatorSpec, fft_size: int) -> None:
        super().__init__()
        self.fft_size = fft_size
        window = torch.hann_window(fft_size)
        # Unit energy: the same sound is as loud at every FFT size.
        self.register_buffer("window", window / window.square().sum().sqrt(), persistent=False)
        layers = [_convolution(2 * spec.channels, spec.filters, (3, 9))]
        layers += [
            _convolution(spec.filters, spec.filters, (3, 9), dilation, spec.frequency_stride)
            for dilation in _TIME_DILATIONS
        ]
        layers += [_convolution(spec.filters, spec.filters, (3, 3))]
        self.layers = nn.ModuleList(layers)
        self.score = _convolution(spec.filters, 1, (3, 3))

    def forward(self, audio: Tensor) -> DiscriminatorOutput:
        """Return the output for audio (B, C, N), N >= fft_size; raises ValueError if it is shorter."""
        if audio.shape[-1] < self.fft_size:
            raise ValueError(f"{audio.shape[-1]} samples are too few for a window of {self.fft_size}.")
        size, hop = self.fft_size, self.fft_size // 4
        spectra = torch.stft(
            audio.flatten(0, 1), size, hop, window=self.window, center=False, return_complex=True
        ).unflatten(0, audio.shape[:2])
        x = torch.cat([spectra.real, spectra.imag], dim=1).transpose(-1, -2)  # (B, 2 C, T, F)
        features = []
        for layer in self.layers:
            x = leaky_relu(layer(x), _SLOPE)
            features.append(x)
        return DiscriminatorOutput(self.score(x), tuple(features))


class StftDiscriminator(nn.Module):
    """One discriminator for each FFT size of the spec."""

    def __init__(self, spec: DiscriminatorSpec) -> None:
        super().__init__()
        self.spec = spec
        # The name of its tensors in files that exist.
        self.judges = nn.ModuleList(StftScaleDiscriminator(spec, size) for size in spec.fft_sizes)

    def forward(self, audio: Tensor) -> list[DiscriminatorOutput]:
        """Return the output for audio (B, C, N), N at least the largest FFT size."""
        return [one(audio) for one in self.judges]


def discriminator_loss(real: Sequence[DiscriminatorOutput], fake: Sequence[DiscriminatorOutput]) -> Tensor:
    """Return the hinge loss of the discriminator: real above +1, fake below -1, mean over the discriminators."""
    pairs = [(1.0 - r.score).relu().mean() + (1.0 + f.score).relu().mean() for r, f in zip(real, fake, strict=True)]
    return torch.stack(pairs).mean()


def adversarial_loss(fake: Sequence[DiscriminatorOutput]) -> Tensor:
    """Return the adversarial loss of the generator: the negative mean score of its sound, over all sizes."""
    return -torch.stack([f.score.mean() for f in fake]).mean()


def feature_matching_loss(real: Sequence[DiscriminatorOutput], fake: Sequence[DiscriminatorOutput]) -> Tensor:
    """Return the mean distance (L1) between activations for the made sound and for the real one."""
    distances = [
        torch.stack([(a - b).abs().mean() for a, b in zip(r.features, f.features, strict=True)]).mean()
        for r, f in zip(real, fake, strict=True)
    ]
    return torch.stack(distances).mean()


def _convolution(
    inputs: int, outputs: int, kernel: tuple[int, int], time_dilation: int = 1, frequency_stride: int = 1
) -> nn.Conv2d:
    padding = ((kernel[0] - 1) * time_dilation // 2, (kernel[1] - 1) // 2)
    layer = nn.Conv2d(inputs, outputs, kernel, (1, frequency_stride), padding, (time_dilation, 1))
    weight_norm(layer)  # in place
    return layer
