"""A stereo Oobleck made one for first-order ambisonics: its first and last convolution widened from 2 to 4 channels.

A stereo pair is what two cardioids to the left and to the right record of a field: L = (W + Y) / 2, R = (W - Y) / 2, so
that its sum is W and its difference Y (AmbiX, + is left; the paper's first stage makes pseudo-FOA by W = L + R too).
The widened encoder takes exactly this pair of the field, the widened decoder makes W and Y of what was left and right:

    encoder  K_W = (K_L + K_R) / 2    K_Y = (K_L - K_R) / 2    K_Z = K_X = 0
    decoder  D_W =  D_L + D_R         D_Y =  D_L - D_R         D_Z = 0    D_X = 0.1 D_W

A source on the left fills L alone, as in the stereo it was trained on. Stereo knows neither height nor back, so the
kernels of Z and X start at zero: they learn from the first step, for a kernel's gradient is what its channel holds
times the error behind it, not the kernel. X leans on W by a tenth, because what stereo has in its middle is meant to be
in front: such a sound gets the direction 0 instead of none, and one that is hard left moves by 6 degrees (atan 0.1).
Z leans nowhere: it would lift every sound.
"""

from torch import Tensor
from torch.nn.functional import interpolate

from engine.contract.conventions import FOA_CHANNELS, AcnChannel
from engine.model.codec.oobleck import OobleckSpec

FRONT_LEAN = 0.1
"""The share of W in X at the start."""

_LEFT, _RIGHT = 0, 1


def widen_encoder_kernel(stereo: Tensor) -> Tensor:
    """Return the first convolution's kernel (C, 4, K) for W, Y, Z, X of that (C, 2, K) for left and right."""
    left, right = stereo[:, _LEFT], stereo[:, _RIGHT]
    wide = stereo.new_zeros(stereo.shape[0], FOA_CHANNELS, stereo.shape[2])
    wide[:, AcnChannel.W], wide[:, AcnChannel.Y] = (left + right) / 2, (left - right) / 2
    return wide


def widen_decoder_kernel(stereo: Tensor) -> Tensor:
    """Return the last convolution's kernel (4, C, K) for W, Y, Z, X of that (2, C, K) for left and right."""
    wide = stereo.new_zeros(FOA_CHANNELS, *stereo.shape[1:])
    wide[AcnChannel.W], wide[AcnChannel.Y] = stereo[_LEFT] + stereo[_RIGHT], stereo[_LEFT] - stereo[_RIGHT]
    wide[AcnChannel.X] = FRONT_LEAN * wide[AcnChannel.W]
    return wide


def retime_encoder_kernel(kernel: Tensor, stride: int) -> Tensor:
    """Return a strided kernel (C', C, K) drawn to 2 * stride taps; a steady sound keeps its level."""
    return _drawn(kernel, 2 * stride) * (kernel.shape[2] / (2 * stride))


def retime_decoder_kernel(kernel: Tensor, stride: int) -> Tensor:
    """Return an upsampling kernel (C, C', K) drawn to 2 * stride taps: two taps make each sample, before as after."""
    return _drawn(kernel, 2 * stride)


def block_layers(spec: OobleckSpec) -> list[tuple[str, str]]:
    """Return the names of the strided convolutions of encoder and decoder for each stride of the spec, in its order."""
    blocks = len(spec.strides)
    return [
        (f"encoder.layers.{5 * i + 5}.conv", f"decoder.layers.{5 * (blocks - 1 - i) + 2}.conv") for i in range(blocks)
    ]


def _drawn(kernel: Tensor, taps: int) -> Tensor:
    return interpolate(kernel, taps, mode="linear", align_corners=False) if taps != kernel.shape[2] else kernel
