"""SVAC's video side: an embedding of every frame that keeps its geometry (paper, "SVAC").

The frozen features of a frame (conditioning_video) become 512 numbers, 8 channels on a grid of 4 x 16 cells; nothing
is pooled over the sphere. Convolutions are circular across, so turning a film by a cell turns its embedding by a cell,
exactly. Each frame is read alone (its motion features look back one frame): the embedding is causal in time. A second
head says in which cell of 8 x 16 the picture's sound is.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize, pad, silu

GRID_ROWS, GRID_COLUMNS = 8, 16
EMBEDDING_ROWS, EMBEDDING_CHANNELS = 4, 8
_DROPPED = 0.2
EMBEDDING_DIM = EMBEDDING_CHANNELS * EMBEDDING_ROWS * GRID_COLUMNS


def cell_directions(rows: int, columns: int = GRID_COLUMNS) -> Tensor:
    """Return unit vectors (rows, columns, 3) x, y, z of the centres of an equirectangular grid's cells."""
    azimuth = math.pi * (1 - 2 * (torch.arange(columns) + 0.5) / columns)
    elevation = 0.5 * math.pi * (1 - 2 * (torch.arange(rows) + 0.5) / rows)
    flat = elevation.cos()[:, None]
    z = elevation.sin()[:, None].expand(rows, columns)
    return torch.stack([flat * azimuth.cos(), flat * azimuth.sin(), z], dim=-1)


class CircularConv(nn.Module):
    """A 3 x 3 convolution on the sphere's grid: circular across, zeros beyond the poles."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3)

    def forward(self, x: Tensor) -> Tensor:
        """Convolve (N, C, H, W)."""
        x = torch.cat([x[..., -1:], x, x[..., :1]], dim=-1)
        y: Tensor = self.conv(pad(x, (0, 0, 1, 1)))
        return y


class SvacVideoEncoder(nn.Module):
    """Features (N, C, 8, 16) of frames to embeddings and to the logits of the sound's position."""

    def __init__(self, video_channels: int, channels: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(video_channels, channels, 1)
        # The sphere is not the same at every height: floor, horizon and sky get a bias each.
        self.height = nn.Parameter(torch.zeros(channels, GRID_ROWS, 1))
        # A few dozen panoramas are memorised within minutes.
        self.forget = nn.Dropout2d(_DROPPED)
        self.mixing = nn.ModuleList(CircularConv(channels, channels) for _ in range(2))
        self.embed = nn.Conv2d(channels, EMBEDDING_CHANNELS, 1)
        self.where = nn.Conv2d(channels, 1, 1)

    def hidden(self, video: Tensor) -> Tensor:
        """Return hidden features (N, channels, 8, 16)."""
        x: Tensor = self.forget(silu(self.squeeze(video) + self.height))
        for layer in self.mixing:
            x = x + silu(layer(x))
        return x

    def forward(self, video: Tensor) -> tuple[Tensor, Tensor]:
        """Return embeddings (N, 8, 4, 16) of length one and logits (N, 8, 16) of features (N, C, 8, 16)."""
        x = self.hidden(video)
        cells = self.embed(x).unflatten(2, (EMBEDDING_ROWS, -1)).mean(3)
        unit = normalize(cells.float().flatten(1), dim=1).unflatten(1, cells.shape[1:])
        return unit, self.where(x)[:, 0].float()


def direction_of(logits: Tensor) -> Tensor:
    """Return the mean direction (N, 3) x, y, z, shorter than one if it is uncertain, of logits (N, 8, 16)."""
    weight = logits.flatten(1).softmax(1)
    return weight @ cell_directions(GRID_ROWS).flatten(0, 1).to(weight)
