"""SVAC's sound side and its loss (paper, "SVAC"); needed only for training."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, log_softmax, normalize, pad, silu

from engine.contract.conventions import LATENTS_PER_PATCH
from engine.model.conditioning.svac import (
    EMBEDDING_CHANNELS,
    EMBEDDING_ROWS,
    GRID_ROWS,
    cell_directions,
)

TEMPERATURE = 0.07
_CONTEXT = 3
_SHARPNESS = 8.0
"""Of the target around the true direction, a von Mises-Fisher density; 3 dB down after 24 degrees."""

FilmEncoder: TypeAlias = Callable[[Tensor], tuple[Tensor, Tensor]]
"""Features of pictures (N, C, 8, 16) to unit embeddings (N, 8, 4, 16) and logits (N, 8, 16) of where the sound is."""


class SvacAudioEncoder(nn.Module):
    """Latents of the XS codec to one embedding per patch on the same grid as the film's.

    The first three codes are the field's direction: every cell sees how far from it the sound comes, so turning the
    field turns the embedding.
    """

    cells: Tensor

    def __init__(self, latent_dim: int, hidden: int = 256, what: int = 64) -> None:
        super().__init__()
        self.taps = nn.Linear(_CONTEXT * LATENTS_PER_PATCH * latent_dim, hidden)
        self.what = nn.Linear(hidden, what)
        self.cell = nn.Sequential(nn.Linear(what + 2, what), nn.SiLU(), nn.Linear(what, EMBEDDING_CHANNELS))
        self.register_buffer("cells", cell_directions(EMBEDDING_ROWS).flatten(0, 1), persistent=False)

    def forward(self, patches: Tensor, direction: Tensor) -> Tensor:
        """Return (B, T, 8, 4, 16) of length one of latents (B, T, P, D) and directions (B, T, 3) x, y, z.

        A patch sees itself and the two before it.
        """
        flat = pad(patches.flatten(2), (0, 0, _CONTEXT - 1, 0))
        seen = torch.cat([flat[:, k : k + patches.shape[1]] for k in range(_CONTEXT)], dim=-1)
        what = self.what(silu(self.taps(seen)))
        length = direction.norm(dim=-1, keepdim=True)
        nearness = (direction / length.clamp(min=1e-3)) @ self.cells.T
        count = nearness.shape[-1]
        steered = torch.stack([nearness, length.expand_as(nearness)], dim=-1)
        joined = torch.cat([what[..., None, :].expand(-1, -1, count, -1), steered], dim=-1)
        cells = self.cell(joined).float().transpose(-1, -2)
        unit: Tensor = normalize(cells.flatten(2), dim=2).unflatten(2, (EMBEDDING_CHANNELS, EMBEDDING_ROWS, -1))
        return unit


@dataclass(frozen=True)
class Negatives:
    """Which hard negatives are used besides the other clips; none is the paper's semantic-only variant."""

    rotated_audio: bool = True
    rotated_video: bool = True
    shifted_audio: bool = True


@dataclass(frozen=True, eq=False)
class SvacBatch:
    """One batch of clips for the film's encoder.

    `film` (B, F, C, 8, 16) comes with the frame (T,) of each patch. Latents (B, T, P, D) and directions (B, T, 3) are
    of the clip itself, of another turn of it, and of another time of it. `path` (B, T, 3) is the dominant source's true
    direction, with `placed` (B, T). `turns` (B,) are the cells by which the film is turned for its own negative.
    """

    film: Tensor
    frame: Tensor
    own: tuple[Tensor, Tensor]
    rotated: tuple[Tensor, Tensor]
    shifted: tuple[Tensor, Tensor]
    path: Tensor
    placed: Tensor
    turns: Tensor

    def to(self, device: torch.device) -> "SvacBatch":
        """Return the batch on a device."""

        def both(sound: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
            return sound[0].to(device), sound[1].to(device)

        return SvacBatch(
            film=self.film.to(device),
            frame=self.frame.to(device),
            own=both(self.own),
            rotated=both(self.rotated),
            shifted=both(self.shifted),
            path=self.path.to(device),
            placed=self.placed.to(device),
            turns=self.turns.to(device),
        )


@dataclass(frozen=True, eq=False)
class Embeddings:
    """Flat embeddings (B, T, 512) of a batch, and logits (B, T, 8, 16) of where the sound is."""

    video: Tensor
    turned_video: Tensor
    audio: Tensor
    rotated_audio: Tensor
    shifted_audio: Tensor
    where: Tensor


def embeddings(video: FilmEncoder, audio: SvacAudioEncoder, batch: SvacBatch) -> Embeddings:
    """Return the embeddings of a batch."""
    count, frames = batch.film.shape[:2]
    unit, where = video(batch.film.flatten(0, 1))
    unit = unit.unflatten(0, (count, frames))[:, batch.frame]
    # If a film is turned by whole cells, so is its embedding: nothing is computed twice.
    turned = torch.stack([torch.roll(u, int(k), dims=-1) for u, k in zip(unit, batch.turns, strict=True)])
    return Embeddings(
        video=unit.flatten(2),
        turned_video=turned.flatten(2),
        audio=audio(*batch.own).flatten(2),
        rotated_audio=audio(*batch.rotated).flatten(2),
        shifted_audio=audio(*batch.shifted).flatten(2),
        where=where.unflatten(0, (count, frames))[:, batch.frame],
    )


def similarity(video: Tensor, audio: Tensor) -> Tensor:
    """Return the mean cosine over time (V, A) of unit embeddings (V, T, 512) and (A, T, 512)."""
    return video.flatten(1) @ audio.flatten(1).T / video.shape[1]


def contrastive_loss(e: Embeddings, negatives: Negatives) -> Tensor:
    """Return the cross-entropy of both ways (paper, "SVAC").

    Audio anchors see all films and their own film turned; films see all sounds, their own shifted and their own turned.
    """

    def own(video: Tensor, audio: Tensor) -> Tensor:
        return (video * audio).sum(-1).mean(-1, keepdim=True)

    every = similarity(e.video, e.audio)
    of_audio, of_video = [every.T], [every]
    if negatives.rotated_video:
        of_audio.append(own(e.turned_video, e.audio))
    if negatives.shifted_audio:
        of_video.append(own(e.video, e.shifted_audio))
    if negatives.rotated_audio:
        of_video.append(own(e.video, e.rotated_audio))
    right = torch.arange(len(every), device=every.device)
    sides = [cross_entropy(torch.cat(parts, dim=1) / TEMPERATURE, right) for parts in (of_audio, of_video)]
    return (sides[0] + sides[1]) / 2


def where_loss(where: Tensor, path: Tensor, placed: Tensor) -> Tensor:
    """Return the cross-entropy of logits (B, T, 8, 16) against cells near the true direction (B, T, 3)."""
    cells = cell_directions(GRID_ROWS).flatten(0, 1).to(where)
    # Cells near the poles are small: a cell counts by its area.
    area = (1 - cells[:, 2].square()).sqrt()
    target = (_SHARPNESS * (path @ cells.T - 1)).exp() * area
    target = target / target.sum(-1, keepdim=True)
    each = -(target * log_softmax(where.flatten(2), dim=-1)).sum(-1)
    return (each * placed).sum() / placed.sum().clamp(min=1.0)
