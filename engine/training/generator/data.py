"""The features of `train features` in memory, drawn as batches with modality dropout."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from engine.contract.conventions import CONDITIONING_FPS, LATENTS_PER_PATCH, PATCH_S
from engine.contract.errors import InvalidInputError
from engine.model.conditioning.conditions import Conditions
from engine.model.conditioning.svac import GRID_COLUMNS, GRID_ROWS
from engine.model.conditioning.video import VIDEO_CHANNELS
from engine.model.specs import XS, XS_PARTIALS, GeneratorSpec
from engine.training.generator.features import CAPTIONS

SEQUENCE_PATCHES = 98
SHORTEST_STRETCH = 24
_SILENT_CHANCE = 0.1


@dataclass(frozen=True)
class Dropout:
    """Chances that a modality is missing for a whole montage; `text_noise` is how far its words are moved at most."""

    text: float = 0.12
    video: float = 0.4
    direction: float = 0.4
    text_noise: float = 0.5


@dataclass(frozen=True)
class Stretch:
    """`length` patches of the scene `row` from its patch `start` on, with one wording of its captions."""

    row: int
    caption: int
    start: int
    length: int

    @property
    def patches(self) -> slice:
        """The patches of the scene."""
        return slice(self.start, self.start + self.length)


class FeaturePool:
    """All scenes and turns of one or several folders; `draw` makes a batch."""

    def __init__(self, *folders: Path) -> None:
        blocks: list[Path] = []
        for folder in folders:
            found = sorted(folder.glob("block-*.safetensors"))
            if not found:
                raise InvalidInputError(f"No features in {folder}: run 'train features' first.")
            blocks += found
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
        self.path, self.placed, self.change = joined["path"], joined["placed"], joined["change"]
        self.film, self.roll, self.text = joined["film"], joined["roll"], joined["text"]
        # A scene with one bark in eight seconds teaches silence: sounding patches are drawn more often.
        self._chance = joined["active"] + _SILENT_CHANCE
        self._films = films
        self._picture = films[0].shape[2:] if films else torch.Size((VIDEO_CHANNELS, GRID_ROWS, GRID_COLUMNS))
        self._film_start = torch.tensor([0, *(len(f) for f in films)]).cumsum(0)
        # The last patch ends in silence, where the recording was cut.
        self.patches = self.latents.shape[1] // LATENTS_PER_PATCH - 1
        patch = torch.arange(self.patches, dtype=torch.float64)
        self._frame = torch.floor(patch * PATCH_S * CONDITIONING_FPS + 1e-9).long()

    def narrow_to(self, spec: GeneratorSpec) -> "FeaturePool":
        """Leave out the codes that a refiner adds to those of a generator, and return the pool.

        Raises InvalidInputError if the latents are those of another codec.
        """
        found, wanted = self.latents.shape[-1], spec.latent_dim
        if (found, wanted) == (XS_PARTIALS.latent_dim, XS.latent_dim):
            self.latents = self.latents[..., :wanted].contiguous()
        elif found != wanted:
            raise InvalidInputError(
                f"These features have latents of {found}, the size {spec.name} needs {wanted}: "
                "make them with its codec."
            )
        return self

    def draw(
        self, batch: int, generator: torch.Generator, dropout: Dropout, patches: int = SEQUENCE_PATCHES
    ) -> tuple[Tensor, Conditions]:
        """Return patches of latents (B, T, P, D) and their conditions, every row a montage of stretches of scenes."""
        montages = [self._montage(patches, generator) for _ in range(batch)]

        def per_patch(values: Callable[[Stretch], Tensor]) -> Tensor:
            return torch.stack([torch.cat([values(s) for s in montage]) for montage in montages])

        def keep(chance: float) -> Tensor:
            return (torch.rand(batch, generator=generator) >= chance).float()[:, None]

        has_video = keep(dropout.video) * per_patch(lambda s: (self.film[s.row] >= 0).expand(s.length))
        words = per_patch(self._words)
        conditions = Conditions(
            text=words + moved(words, dropout.text_noise, generator),
            has_text=keep(dropout.text).expand(batch, patches),
            video=self._pictures(montages, has_video),
            has_video=has_video,
            direction=per_patch(lambda s: self.path[s.row, s.patches]),
            has_direction=keep(dropout.direction) * per_patch(lambda s: self.placed[s.row, s.patches]),
        )
        latents = per_patch(lambda s: self.latents[s.row].unflatten(0, (-1, LATENTS_PER_PATCH))[s.patches])
        return latents.float(), conditions

    def _montage(self, patches: int, generator: torch.Generator) -> list[Stretch]:
        """Return stretches that fill a sequence.

        They begin and end anywhere, and half of them belong to another scene than the previous one: so the model never
        learns when a scene ends (it would fall silent there for ever), and learns to follow an edited prompt.
        """

        def chance(low: int, high: int) -> int:
            return int(torch.randint(low, high, (1,), generator=generator))

        stretches: list[Stretch] = []
        row = caption = -1
        left = patches
        while left:
            if row < 0 or chance(0, 2):
                row = int(torch.multinomial(self._chance, 1, generator=generator))
                caption = chance(0, CAPTIONS)
            start = chance(0, self.patches - SHORTEST_STRETCH + 1) if stretches or chance(0, 2) else 0
            length = min(chance(SHORTEST_STRETCH, self.patches - start + 1), left)
            stretches.append(Stretch(row, caption, start, length))
            left -= length
        return stretches

    def _words(self, stretch: Stretch) -> Tensor:
        """Return the text (length, D) of a stretch: the prompts before and after the scene's change."""
        patch = torch.arange(stretch.start, stretch.start + stretch.length)
        after = (patch >= self.change[stretch.row]).long()
        return self.text[(2 * stretch.row + after) * CAPTIONS + stretch.caption].float()

    def _pictures(self, montages: list[list[Stretch]], wanted: Tensor) -> Tensor:
        """Return the films' features (B, T, C, 8, 16) of montages, zeros if none is wanted (B, T)."""
        video = torch.zeros(*wanted.shape, *self._picture)
        for index, montage in enumerate(montages):
            begin = 0
            for stretch in montage:
                if wanted[index, begin]:
                    video[index, begin : begin + stretch.length] = self._film_of(stretch)
                begin += stretch.length
        return video

    def _film_of(self, stretch: Stretch) -> Tensor:
        film = int(self.film[stretch.row])
        block = int(torch.searchsorted(self._film_start, film, right=True)) - 1
        frames = self._films[block][film - int(self._film_start[block])]
        shown = frames[self._frame[stretch.patches].clamp(max=len(frames) - 1)]
        return torch.roll(shown, int(self.roll[stretch.row]), dims=-1)


def moved(words: Tensor, most: float, generator: torch.Generator) -> Tensor:
    """Return an offset to sentence embeddings (B, T, D) of length one: a shift of a length up to `most` per row.

    Synonyms for the same sound lie beside the captions' words.
    """
    batch, _, dim = words.shape
    length = most * torch.rand(batch, 1, 1, generator=generator)
    return length * torch.nn.functional.normalize(torch.randn(batch, 1, dim, generator=generator), dim=-1)
