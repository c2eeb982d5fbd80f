"""The place of a film's sound, from the pictures so far: what SVAC sees in each, and what moved.

SVAC judges every picture alone. Averaged over the pictures so far it is right more often, and what stands out by moving
is right where its appearance is not known: of 100 held-out films (synthetic), the first picture places 55 % within 30
degrees, the fading average 62 %, motion alone 54 %, and both together 78 % (engine/training/LOG.md). If half of the
picture moves, the camera does, and motion says nothing. Near the poles a small thing moves many cells of the grid, so
motion counts by the cells' sizes. The past fades within seconds, for films have cuts.
"""

import math
from typing import Final

import torch
from torch import Tensor

from engine.contract.conventions import CONDITIONING_FPS
from engine.model.conditioning.svac import GRID_COLUMNS, GRID_ROWS, SvacVideoEncoder, cell_directions, direction_of
from engine.model.conditioning.video import APPEARANCE_CHANNELS

_FADES_S: Final = 2.0
_MOTION_WEIGHT: Final = 8.0
"""Logits per unit of motion, the logarithm of a change in brightness (video.motion)."""
_CAMERA_MOVES: Final = 0.3
"""Motion of half of the picture from which on nothing that moves counts: a change of 1 % of the brightness."""
_LEAST_SURE: Final = 0.3
"""Length of the mean direction below which a film shows no place: 1 is one cell, 0 is everywhere."""
_STAYS_SURE: Final = 0.1
"""The same once it has shown one: its mean direction then turns slowly, and the model's own would jump."""


class FilmPlace:
    """The place of one stream's film; not thread-safe."""

    def __init__(self, encoder: SvacVideoEncoder) -> None:
        self._encoder = encoder
        self._sizes = cell_directions(GRID_ROWS)[..., :2].norm(dim=-1)
        self.forget()

    def forget(self) -> None:
        """Begin a new film."""
        self._count = 0.0
        self._logits: Tensor | float = 0.0
        self._moved = torch.zeros(GRID_ROWS, GRID_COLUMNS)
        self._is_sure = False

    @torch.no_grad()
    def see(self, features: Tensor, logits: Tensor | None = None) -> None:
        """Take in the features (C, 8, 16) of the next conditioning frame, and its logits (8, 16) if they are known."""
        logits = self._encoder(features[None])[1][0] if logits is None else logits
        faded = math.exp(-1.0 / (_FADES_S * CONDITIONING_FPS))
        self._logits = faded * self._logits + logits
        self._count = faded * self._count + 1.0
        motion = features[APPEARANCE_CHANNELS]
        camera = motion.median()
        stands = (1.0 - camera / _CAMERA_MOVES).clamp(min=0.0)
        own = stands * (motion - camera).clamp(min=0.0) * self._sizes.to(motion)
        self._moved = torch.maximum(faded * self._moved.to(own), own)
        self._is_sure = float(self.expected.norm()) >= (_STAYS_SURE if self._is_sure else _LEAST_SURE)

    @property
    def direction(self) -> Tensor | None:
        """The direction (3,) x, y, z of length one; None if the film shows no place, or nothing yet."""
        mean = self.expected
        return mean / mean.norm() if self._is_sure else None

    @property
    def expected(self) -> Tensor:
        """The mean direction (3,) x, y, z: its length says how sure it is, 1 is one cell. 0 before the first frame."""
        if not self._count:
            return torch.zeros(3)
        return direction_of((self._logits / self._count + _MOTION_WEIGHT * self._moved)[None])[0]

    @property
    def motion(self) -> float:
        """How much the fastest thing moves, in logits of its cell; 0 if nothing does, or if the camera does."""
        return _MOTION_WEIGHT * float(self._moved.max())
