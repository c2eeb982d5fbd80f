"""Generators that need no weights, importable by child processes."""

import os
import time
from dataclasses import dataclass

import numpy as np

from engine.contract.errors import CheckpointError
from engine.contract.generation import PatchRequest, PatchResult


class NoiseSource:
    """Noise from the requested direction, or the front."""

    checkpoint_sha256 = "0" * 64
    runtime = "noise"

    def __init__(self, patch_s: float = 0.0) -> None:
        self._patch_s = patch_s
        self._random = np.random.default_rng(0)

    def reset(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)

    def another(self) -> "NoiseSource":
        return NoiseSource(self._patch_s)

    def next_patch(self, request: PatchRequest) -> PatchResult:
        time.sleep(self._patch_s)
        x, y, z = (1.0, 0.0, 0.0) if request.direction is None else request.direction
        mono = self._random.uniform(-0.2, 0.2, 7680)
        return PatchResult(np.stack([mono, y * mono, z * mono, x * mono]).astype(np.float32), {"fake": 0.0})


def quick() -> NoiseSource:
    return NoiseSource()


def slow() -> NoiseSource:
    return NoiseSource(0.05)


def damaged() -> NoiseSource:
    raise CheckpointError("The weights are damaged: install SwanSphere again.")


def dying() -> NoiseSource:
    os._exit(3)


def buggy() -> NoiseSource:
    raise ZeroDivisionError("oops")


@dataclass(frozen=True)
class FakeCheckpoint:
    """Stands in for a checkpoint: quick noise."""

    patch_s: float = 0.02
    label: str = "noise"

    def __call__(self) -> NoiseSource:
        return NoiseSource(self.patch_s)
