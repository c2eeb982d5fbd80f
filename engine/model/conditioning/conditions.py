"""Conditions of the language model: film and direction are added to the history token, the text is its memory.

Every modality has a learned null embedding, used if it is missing and, at random, in training. Of the film the model
sees its features and, depending on the spec, SVAC's output: the embedding on its grid, and the sound's direction.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from engine.model.conditioning.svac import EMBEDDING_DIM, GRID_COLUMNS, GRID_ROWS, SvacVideoEncoder, direction_of
from engine.model.specs import GeneratorSpec

_SQUEEZED = 16
_EMBEDDING_GAIN, _WHERE_GAIN, _DIRECTION_GAIN = 16.0, 16.0, 4.0
"""They scale unit embeddings, shares of 128 cells and short vectors to numbers around one."""


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

    def each(self, change: Callable[[Tensor], Tensor]) -> "Conditions":
        """Return the conditions with the same change to every tensor."""
        return Conditions(
            text=change(self.text),
            has_text=change(self.has_text),
            video=change(self.video),
            has_video=change(self.has_video),
            direction=change(self.direction),
            has_direction=change(self.has_direction),
        )

    def with_unconditional(self) -> "Conditions":
        """Return 2 B rows: these, and the same without the requested condition."""
        unconditional = {"has_text": 0 * self.has_text, "has_video": self.has_video_without_request}
        return Conditions(**{k: torch.cat([v, unconditional.get(k, v)]) for k, v in vars(self).items()})

    @property
    def has_video_without_request(self) -> Tensor:
        """The film's flag (B, T) without the requested condition: that is the text; if there is none, the film."""
        return self.has_video * (self.has_text > 0).to(self.has_video)


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
        cells = GRID_ROWS * GRID_COLUMNS * _SQUEEZED
        self.video = nn.Sequential(nn.Linear(cells, spec.video_hidden), nn.SiLU(), nn.Linear(spec.video_hidden, dim))
        self.null_video = nn.Parameter(torch.randn(dim) * 0.02)
        self.svac = SvacVideoEncoder(spec.video_channels, spec.svac_channels) if spec.svac_channels else None
        if self.svac is not None:
            self.svac.requires_grad_(False).eval()  # aligned in a separate stage (engine/training/svac/train.py)
            self.aligned = nn.Linear(EMBEDDING_DIM + GRID_ROWS * GRID_COLUMNS + 3, dim)
            nn.init.zeros_(self.aligned.weight)
            nn.init.zeros_(self.aligned.bias)
        self.direction = nn.Sequential(nn.Linear(3, dim), nn.SiLU(), nn.Linear(dim, dim))
        self.null_direction = nn.Parameter(torch.randn(dim) * 0.02)

    def train(self, mode: bool = True) -> "ConditionEmbedding":
        """Switch between training and evaluation; the film's encoder is frozen and drops nothing."""
        super().train(mode)
        if self.svac is not None:
            self.svac.eval()
        return self

    def film_and_place(self, video: Tensor) -> tuple[Tensor, Tensor]:
        """Return the embedding (B, T, dim) of a film's features (B, T, C, 8, 16), and where its sound is.

        That are SVAC's logits (B T, 8, 16); zeros without SVAC.
        """
        squeezed = self.squeeze(video.permute(0, 1, 3, 4, 2)).flatten(2)
        film: Tensor = self.video(nn.functional.silu(squeezed))
        if self.svac is None:
            return film, video.new_zeros(video.shape[0] * video.shape[1], GRID_ROWS, GRID_COLUMNS)
        with torch.no_grad():
            unit, where = self.svac(video.flatten(0, 1))
            cells = where.flatten(1).softmax(1)
            parts = (unit.flatten(1) * _EMBEDDING_GAIN, cells * _WHERE_GAIN, direction_of(where) * _DIRECTION_GAIN)
            seen = torch.cat(parts, dim=1).unflatten(0, video.shape[:2])
        return film + self.aligned(seen.to(film.dtype)), where

    def additive(self, conditions: Conditions) -> Tensor:
        """Return the sum for the history tokens, (B, T, dim)."""
        return self._sum(self.film_and_place(conditions.video)[0], conditions.has_video, conditions)

    def additive_pair(self, conditions: Conditions, film: Tensor) -> Tensor:
        """Return the sums (2 B, T, dim) with the requested condition, and without.

        `film` (B, T, dim) is the film's embedding, which a stream makes once per picture.
        """
        flags = conditions.has_video, conditions.has_video_without_request
        return torch.cat([self._sum(film, flag, conditions) for flag in flags])

    def _sum(self, film: Tensor, has_video: Tensor, conditions: Conditions) -> Tensor:
        film = _chosen(film, self.null_video, has_video)
        return film + _chosen(self.direction(conditions.direction), self.null_direction, conditions.has_direction)

    def memory(self, conditions: Conditions) -> Tensor:
        """Return the text's memory tokens, (B, T, M, dim)."""
        tokens: Tensor = self.text(conditions.text).unflatten(-1, (self.text_tokens, -1))
        flag = conditions.has_text[..., None, None]
        return flag * tokens + (1 - flag) * self.null_text

    def memory_pair(self, conditions: Conditions) -> Tensor:
        """Return the text's memory tokens (2 B, T, M, dim), and those that stand for no text."""
        tokens = self.memory(conditions)
        return torch.cat([tokens, self.null_text.to(tokens.dtype).expand_as(tokens)])


def _chosen(value: Tensor, null: Tensor, flag: Tensor) -> Tensor:
    return flag[..., None] * value + (1 - flag[..., None]) * null
