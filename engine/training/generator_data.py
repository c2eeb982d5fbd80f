"""The features of `train features` in memory, drawn as batches with modality dropout."""

from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from engine.contract.conventions import CONDITIONING_FPS, LATENTS_PER_PATCH, PATCH_S
from engine.contract.errors import InvalidInputError
from engine.model.conditioning import Conditions
from engine.training.features import CAPTIONS

_SILENT_CHANCE = 0.1


@dataclass(frozen=True)
class Dropout:
    """Chances that a modality is missing for a whole scene, and for history noise."""

    text: float = 0.12
    video: float = 0.3
    direction: float = 0.4
    history_noise: float = 0.5


class FeaturePool:
    """All scenes and turns; `draw` makes a batch."""

    def __init__(self, folder: Path) -> None:
        blocks = sorted(folder.glob("block-*.safetensors"))
        if not blocks:
            raise InvalidInputError(f"No features in {folder}: run 'train features' first.")
        parts: dict[str, list[Tensor]] = {}
        films, offset = [], 0
        for block in blocks:
            tensors = load_file(block)
            film = tensors.pop("films")
            index = tensors["film"]
            tensors["film"] = torch.where(index >= 0, index + offset, index)
            if film.ndim == 5:
                films.append(film)
                offset += len(film)
            for key, value in tensors.items():
                parts.setdefault(key, []).append(value)
        joined = {key: torch.cat(values) for key, values in parts.items()}
        self.latents = joined["latents"]
        self.path, self.placed = joined["path"], joined["placed"]
        self.film, self.roll, self.text = joined["film"], joined["roll"], joined["text"]
        # A scene of one bark in eight seconds teaches silence: what sounds is drawn more often.
        self._chance = joined["active"] + _SILENT_CHANCE
        self._films = films
        self._film_start = torch.tensor([0, *(len(f) for f in films)]).cumsum(0)
        self.patches = self.latents.shape[1] // LATENTS_PER_PATCH
        patch = torch.arange(self.patches, dtype=torch.float64)
        self._frame = torch.floor(patch * PATCH_S * CONDITIONING_FPS + 1e-9).long()

    def __len__(self) -> int:
        return len(self.latents)

    def draw(self, batch: int, generator: torch.Generator, dropout: Dropout) -> tuple[Tensor, Conditions]:
        """Return patches of latents (B, T, P, D) and their conditions."""
        rows = torch.multinomial(self._chance, batch, replacement=True, generator=generator)
        return self.batch(rows, generator, dropout)

    def batch(self, rows: Tensor, generator: torch.Generator, dropout: Dropout) -> tuple[Tensor, Conditions]:
        """Return the batch of these rows."""
        count, patches = len(rows), self.patches

        def keep(chance: float) -> Tensor:
            return (torch.rand(count, generator=generator) >= chance).float()

        caption = rows * CAPTIONS + torch.randint(CAPTIONS, (count,), generator=generator)
        has_video = keep(dropout.video) * (self.film[rows] >= 0)
        video = torch.zeros(count, patches, *self._films[0].shape[2:])
        for row in has_video.nonzero()[:, 0].tolist():
            film = int(self.film[rows[row]])
            block = int(torch.searchsorted(self._film_start, film, right=True)) - 1
            frames = self._films[block][film - int(self._film_start[block])]
            frames = torch.roll(frames, int(self.roll[rows[row]]), dims=-1)
            video[row] = frames[self._frame.clamp(max=len(frames) - 1)].float()
        steps = (count, patches)
        conditions = Conditions(
            text=self.text[caption].float()[:, None].expand(-1, patches, -1),
            has_text=keep(dropout.text)[:, None].expand(steps),
            video=video,
            has_video=has_video[:, None].expand(steps),
            direction=self.path[rows],
            has_direction=(keep(dropout.direction) * self.placed[rows])[:, None].expand(steps),
        )
        return self.latents[rows].float().unflatten(1, (patches, LATENTS_PER_PATCH)), conditions
