"""Oobleck as Stable Audio runs it: the weights of our causal codec, padded on both sides, for whole sounds.

It is the reference for an import: before widening it gives the same latents and sound as the published code (a golden
test compares both). It cannot be streamed: it looks ahead as far as it looks back.
"""

from torch import Tensor, nn
from torch.nn.functional import conv1d, conv_transpose1d

from engine.model.codec.causal_conv import CausalConv1d, CausalConvTranspose1d, StreamingSequential
from engine.model.codec.oobleck import OobleckFoaVae, ResidualUnit, mean_and_std


class CentredOobleck:
    """Runs an OobleckFoaVae of any number of audio channels with padding on both sides; the weights stay its own."""

    def __init__(self, codec: OobleckFoaVae) -> None:
        self.codec = codec

    def posterior(self, audio: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and standard deviation (B, T, D), not normalised, of audio (B, C, T * latent_samples)."""
        return mean_and_std(_centred(self.codec.encoder, audio))

    def decode(self, raw: Tensor) -> Tensor:
        """Return audio (B, C, T * latent_samples) of latents (B, T, D) that are not normalised.

        An odd stride gives one sample less at its own rate, as in the published code.
        """
        return _centred(self.codec.decoder, raw.transpose(1, 2))


def _centred(layer: nn.Module, x: Tensor) -> Tensor:
    match layer:
        case StreamingSequential():
            for part in layer.layers:
                x = _centred(part, x)
            return x
        case ResidualUnit():
            return x + _centred(layer.look, x)
        case CausalConv1d():
            conv = layer.conv
            (kernel,), (stride,), (dilation,) = conv.kernel_size, conv.stride, conv.dilation
            padding = (stride + 1) // 2 if stride > 1 else (kernel - 1) * dilation // 2
            return conv1d(x, conv.weight, conv.bias, stride, padding, dilation)
        case CausalConvTranspose1d():
            stride = layer.stride
            return conv_transpose1d(x, layer.conv.weight, layer.conv.bias, stride, (stride + 1) // 2)
    made: Tensor = layer(x)
    return made
