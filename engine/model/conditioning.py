"""Conditions of the language model: film and direction are added to the history token, the text is its memory.

Every modality has a learned null embedding, used where it is missing and, at random, in training.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from engine.model.specs import GeneratorSpec

_GRID = (8, 16)
_SQUEEZED = 16


@dataclass(frozen=True)
class Conditions:
    """Conditions of T patches.

    `text` (B, T, 384) sentence embeddings and `has_text` (B, T); `video` (B, T, C, 8, 16) features and `has_video`
    (B, T); `direction` (B, T, 3) unit vectors x, y, z and `has_direction` (B, T). The flags are 0 or 1 floats.
    """

    text: Tensor
    has_text: Tensor
    video: Tensor
    has_video: Tensor
    direction: Tensor
    has_direction: Tensor


class ConditionEmbedding(nn.Module):
    """Projects conditions to the language model's width."""

    def __init__(self, spec: GeneratorSpec) -> None:
        super().__init__()
        dim = spec.dim
        self.text_tokens = spec.text_tokens
        self.text = nn.Sequential(
            nn.Linear(spec.text_dim, spec.text_hidden), nn.SiLU(), nn.Linear(spec.text_hidden, spec.text_tokens * dim)
        )
        self.null_text = nn.Parameter(torch.randn(spec.text_tokens, dim) * 0.02)
        self.squeeze = nn.Linear(spec.video_channels, _SQUEEZED)
        cells = _GRID[0] * _GRID[1] * _SQUEEZED
        self.video = nn.Sequential(nn.Linear(cells, spec.video_hidden), nn.SiLU(), nn.Linear(spec.video_hidden, dim))
        self.null_video = nn.Parameter(torch.randn(dim) * 0.02)
        self.direction = nn.Sequential(nn.Linear(3, dim), nn.SiLU(), nn.Linear(dim, dim))
        self.null_direction = nn.Parameter(torch.randn(dim) * 0.02)

    def additive(self, conditions: Conditions) -> Tensor:
        """Return what is added to the history tokens, (B, T, dim)."""
        cells = self.squeeze(conditions.video.permute(0, 1, 3, 4, 2)).flatten(2)
        film = _chosen(self.video(nn.functional.silu(cells)), self.null_video, conditions.has_video)
        return film + _chosen(self.direction(conditions.direction), self.null_direction, conditions.has_direction)

    def memory(self, conditions: Conditions) -> Tensor:
        """Return the text's memory tokens, (B, T, M, dim)."""
        tokens = self.text(conditions.text).unflatten(-1, (self.text_tokens, -1))
        flag = conditions.has_text[..., None, None]
        return flag * tokens + (1 - flag) * self.null_text


def _chosen(value: Tensor, null: Tensor, flag: Tensor) -> Tensor:
    return flag[..., None] * value + (1 - flag[..., None]) * null
