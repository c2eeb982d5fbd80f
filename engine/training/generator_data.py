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

SEQUENCE_PATCHES = 98
SHORTEST_STRETCH = 24
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
        # The last patch ends in silence, where the recording was cut.
        self.patches = self.latents.shape[1] // LATENTS_PER_PATCH - 1
        patch = torch.arange(self.patches, dtype=torch.float64)
        self._frame = torch.floor(patch * PATCH_S * CONDITIONING_FPS + 1e-9).long()

    def __len__(self) -> int:
        return len(self.latents)

    def draw(
        self, batch: int, generator: torch.Generator, dropout: Dropout, patches: int = SEQUENCE_PATCHES
    ) -> tuple[Tensor, Conditions]:
        """Return patches of latents (B, T, P, D) and their conditions, every row a montage of stretches of scenes."""
        montages = [self._montage(patches, generator) for _ in range(batch)]
        rows, at = (torch.stack([m[i] for m in montages]) for i in (0, 1))
        captions = torch.stack([m[2] for m in montages])

        def keep(chance: float) -> Tensor:
            return (torch.rand(batch, generator=generator) >= chance).float()[:, None]

        has_video = keep(dropout.video) * (self.film[rows] >= 0)
        conditions = Conditions(
            text=self.text[captions].float(),
            has_text=keep(dropout.text).expand(batch, patches),
            video=self._pictures(rows, at, has_video),
            has_video=has_video,
            direction=self.path[rows, at],
            has_direction=keep(dropout.direction) * self.placed[rows],
        )
        first = at[..., None] * LATENTS_PER_PATCH + torch.arange(LATENTS_PER_PATCH)
        return self.latents[rows[..., None], first].float(), conditions

    def _montage(self, patches: int, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """Return the scene, the patch in it and the caption (T,) of every patch of a sequence.

        Stretches begin and end anywhere, and half of them belong to another scene than the first: so the model never
        learns when a scene ends (it would fall silent there for ever), and learns to follow an edited prompt.
        """

        def chance(low: int, high: int) -> int:
            return int(torch.randint(low, high, (1,), generator=generator))

        rows, at, captions = [], [], []
        row = caption = -1
        while (filled := sum(len(a) for a in at)) < patches:
            if row < 0 or chance(0, 2):
                row = int(torch.multinomial(self._chance, 1, generator=generator))
                caption = row * CAPTIONS + chance(0, CAPTIONS)
            start = chance(0, self.patches - SHORTEST_STRETCH + 1) if at or chance(0, 2) else 0
            length = min(chance(SHORTEST_STRETCH, self.patches - start + 1), patches - filled)
            at.append(torch.arange(start, start + length))
            rows.append(torch.full((length,), row))
            captions.append(torch.full((length,), caption))
        return torch.cat(rows), torch.cat(at), torch.cat(captions)

    def _pictures(self, rows: Tensor, at: Tensor, wanted: Tensor) -> Tensor:
        """Return the films' features (B, T, C, 8, 16) at these patches, zeros where none is wanted."""
        video = torch.zeros(*rows.shape, *self._films[0].shape[2:])
        for index, patch in wanted.nonzero().tolist():
            row = int(rows[index, patch])
            film = int(self.film[row])
            block = int(torch.searchsorted(self._film_start, film, right=True)) - 1
            frames = self._films[block][film - int(self._film_start[block])]
            frame = frames[min(int(self._frame[at[index, patch]]), len(frames) - 1)]
            video[index, patch] = torch.roll(frame, int(self.roll[row]), dims=-1).float()
        return video
