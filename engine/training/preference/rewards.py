"""Rewards of candidates: the request, stretch by stretch, and the scorer of engine/evaluation/ranking/rank.py."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.contract.conventions import PATCH_SAMPLES
from engine.evaluation.ranking.model import RankModel
from engine.evaluation.ranking.rank import ScoreRequest, Scores, score
from engine.model.codec.foa_vae import AnyFoaVae
from engine.model.conditioning.conditions import Conditions

SHORTEST_STRETCH = 6

Reward = Callable[[Tensor, Conditions], list[list[Scores]]]
"""Latents (B, K, T, P, D) and the inputs' conditions (B, T, ...) to scores, K for each of B inputs."""


@dataclass(frozen=True, eq=False)
class RequestedStretch:
    """Patches from `first` until before `stop`, and the request for them."""

    first: int
    stop: int
    request: ScoreRequest


def requested_stretches(conditions: Conditions, row: int) -> list[RequestedStretch]:
    """Return the requests of one input, cut where its words change; stretches under a second are left out.

    A direction counts if it was given, or if the given film shows it. If neither was given, it is the model's own
    choice. The pool's path is all zeros if the dominant source is all around.
    """
    text, told = conditions.text[row].cpu().numpy(), conditions.has_text[row].cpu().numpy()
    path = conditions.direction[row].cpu().numpy().astype(float)
    shown = (conditions.has_direction[row] + conditions.has_video[row]).cpu().numpy() > 0
    placed = shown & (np.linalg.norm(path, axis=1) > 0.5)
    changes = np.flatnonzero(np.any(text[1:] != text[:-1], axis=1) | (placed[1:] != placed[:-1])) + 1
    edges = [0, *changes.tolist(), len(text)]
    stretches = [
        RequestedStretch(
            first,
            stop,
            ScoreRequest(text[first] if told[first] > 0 else None, path[first:stop] if placed[first] else None),
        )
        for first, stop in itertools.pairwise(edges)
    ]
    long_enough = [s for s in stretches if s.stop - s.first >= SHORTEST_STRETCH]
    return long_enough or [max(stretches, key=lambda s: s.stop - s.first)]


def mean_scores(parts: list[Scores], lengths: list[int]) -> Scores:
    """Return the scores over stretches of given lengths; those without a score do not count."""

    def mean(values: list[float | None]) -> float | None:
        there = [(value, length) for value, length in zip(values, lengths, strict=True) if value is not None]
        return float(np.average([v for v, _ in there], weights=[n for _, n in there])) if there else None

    fidelity = float(np.average([part.fidelity for part in parts], weights=lengths))
    return Scores(mean([part.spatial for part in parts]), mean([part.semantic for part in parts]), fidelity)


class RankReward:
    """Decodes candidates and scores the sound."""

    def __init__(self, codec: AnyFoaVae, model: RankModel) -> None:
        self._codec, self._model = codec, model

    def __call__(self, latents: Tensor, conditions: Conditions) -> list[list[Scores]]:
        """Return the scores of latents (B, K, T, P, D)."""
        return [
            self._scores(self._decoded(candidates), requested_stretches(conditions, row))
            for row, candidates in enumerate(latents)
        ]

    @torch.no_grad()
    def _decoded(self, latents: Tensor) -> NDArray[np.float32]:
        """Return AmbiX (K, 4, N) of latents (K, T, P, D), in time with its patches."""
        foa: NDArray[np.float32] = self._codec.decode(self._codec.agreed(latents.flatten(1, 2))).float().cpu().numpy()
        return foa[..., self._codec.delay_samples :]

    def _scores(self, takes: NDArray[np.float32], stretches: list[RequestedStretch]) -> list[Scores]:
        lengths = [stretch.stop - stretch.first for stretch in stretches]
        parts = [
            score(list(takes[..., s.first * PATCH_SAMPLES : s.stop * PATCH_SAMPLES]), s.request, self._model)
            for s in stretches
        ]
        return [mean_scores(list(of_take), lengths) for of_take in zip(*parts, strict=True)]
