"""Pairs of films and fields for SVAC, from the blocks of `train features`: every scene that has a film."""

from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from engine.contract.conventions import CONDITIONING_FPS, LATENTS_PER_PATCH, PATCH_S
from engine.contract.errors import InvalidInputError
from engine.model.codec.oobleck import OobleckFoaVae
from engine.model.codec.xs import XsFoaVae
from engine.model.conditioning.svac import GRID_COLUMNS
from engine.training.svac.nets import SvacBatch

CLIP_PATCHES = 25
_LEAST_SHIFT = 8
"""Patches (1.3 s) by which a sound is moved in time to be a negative."""
_LEAST_TURN = 2
"""Grid cells (45 degrees) by which a field or a film is turned to be a negative."""


@dataclass(frozen=True, eq=False)
class _Scene:
    """One scene's film (F, C, 8, 16) unturned, and per turn: latents (N, P, D), path (N, 3), placed (N,), cells."""

    film: Tensor
    latents: Tensor
    path: Tensor
    placed: Tensor
    cells: Tensor


class PairPool:
    """All scenes with a film; `draw` makes a batch of clips and their negatives."""

    def __init__(self, folder: Path, codec: XsFoaVae | OobleckFoaVae) -> None:
        blocks = sorted(folder.glob("block-*.safetensors"))
        if not blocks:
            raise InvalidInputError(f"No features in {folder}: run 'train features' first.")
        if not isinstance(codec, XsFoaVae) or not codec.directed_codes:
            raise InvalidInputError("SVAC reads the field's direction from the codec's codes: this codec has none.")
        self._codec = codec
        self.scenes: list[_Scene] = []
        for block in blocks:
            self.scenes += _scenes_of(load_file(block))
        self.patches = self.scenes[0].latents.shape[1] - 1  # the last patch is cut

    def __len__(self) -> int:
        return len(self.scenes)

    def draw(self, batch: int, generator: torch.Generator) -> SvacBatch:
        """Return a batch of random scenes, turns and stretches."""
        rows = torch.randperm(len(self.scenes), generator=generator)[:batch].tolist()
        starts = [self._between(0, self.patches - CLIP_PATCHES + 1, generator) for _ in rows]
        return self.batch(rows, starts, generator)

    def batch(self, rows: list[int], starts: list[int], generator: torch.Generator) -> SvacBatch:
        """Return the clips of scenes (rows) from patches (starts) on, in random turns and with random negatives."""
        films, own, rotated, shifted, paths, placed, turns = [], [], [], [], [], [], []
        frame = (torch.arange(CLIP_PATCHES, dtype=torch.float64) * PATCH_S * CONDITIONING_FPS + 1e-9).floor().long()
        for row, start in zip(rows, starts, strict=True):
            scene = self.scenes[row]
            turn, other = self._two_turns(scene, generator)
            there = slice(start, start + CLIP_PATCHES)
            elsewhere = self._elsewhere(start, generator)
            first = int(start * PATCH_S * CONDITIONING_FPS + 1e-9)
            wanted = (first + torch.arange(int(frame[-1]) + 1)).clamp(max=len(scene.film) - 1)
            films.append(torch.roll(scene.film[wanted], -int(scene.cells[turn]), dims=-1))
            own.append(scene.latents[turn, there])
            rotated.append(scene.latents[other, there])
            shifted.append(scene.latents[turn, elsewhere])
            paths.append(scene.path[turn, there])
            placed.append(scene.placed[turn, there])
            turns.append(self._between(_LEAST_TURN, GRID_COLUMNS - _LEAST_TURN + 1, generator))
        return SvacBatch(
            film=torch.stack(films).float(),
            frame=frame,
            own=self._with_direction(own),
            rotated=self._with_direction(rotated),
            shifted=self._with_direction(shifted),
            path=torch.stack(paths),
            placed=torch.stack(placed),
            turns=torch.tensor(turns),
        )

    def _with_direction(self, clips: list[Tensor]) -> tuple[Tensor, Tensor]:
        """Return latents (B, T, P, D) and their power-weighted direction (B, T, 3) x, y, z."""
        latents = torch.stack(clips).float()
        return latents, field_direction(self._codec, latents)

    def _two_turns(self, scene: _Scene, generator: torch.Generator) -> tuple[int, int]:
        turn = self._between(0, len(scene.cells), generator)
        apart = (scene.cells - scene.cells[turn]) % GRID_COLUMNS
        others = torch.nonzero(torch.minimum(apart, GRID_COLUMNS - apart) >= _LEAST_TURN)[:, 0]
        return turn, int(others[self._between(0, len(others), generator)])

    def _elsewhere(self, start: int, generator: torch.Generator) -> slice:
        """Return a stretch of the same scene that begins at another time."""
        begins = [s for s in range(self.patches - CLIP_PATCHES + 1) if abs(s - start) >= _LEAST_SHIFT]
        begin = begins[self._between(0, len(begins), generator)]
        return slice(begin, begin + CLIP_PATCHES)

    @staticmethod
    def _between(low: int, high: int, generator: torch.Generator) -> int:
        return int(torch.randint(low, high, (1,), generator=generator))


def field_direction(codec: XsFoaVae, latents: Tensor) -> Tensor:
    """Return the direction (..., 3) x, y, z of latents (..., P, D): its codes, weighted by the power of each latent."""
    codes = latents / codec.code_scale + codec.code_mean
    yzx = codes[..., : codec.spec.direction_codes]
    if codec.spec.level_code:
        weight = codec.power(codes)
    else:
        weight = torch.ones_like(yzx[..., :1])
    mean = (weight * yzx).sum(-2) / weight.sum(-2)
    return mean[..., [2, 0, 1]]


def _scenes_of(block: dict[str, Tensor]) -> list[_Scene]:
    """Return a block's scenes that have a film and a second turn that is another one."""
    scenes = []
    for film in range(len(block["films"]) if block["films"].ndim == 5 else 0):
        rows = torch.nonzero(block["film"] == film)[:, 0]
        cells = -block["roll"][rows]
        apart = (cells[:, None] - cells) % GRID_COLUMNS
        if bool((torch.minimum(apart, GRID_COLUMNS - apart) >= _LEAST_TURN).any(1).all()):
            latents = block["latents"][rows].unflatten(1, (-1, LATENTS_PER_PATCH))
            scenes.append(_Scene(block["films"][film], latents, block["path"][rows], block["placed"][rows], cells))
    return scenes
