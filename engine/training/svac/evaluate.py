"""The quality of SVAC on held-out scenes: retrieval, every kind of negative, and the predicted direction."""

from dataclasses import asdict, dataclass

import torch
from torch import Tensor

from engine.model.conditioning.svac import direction_of
from engine.training.svac.data import PairPool
from engine.training.svac.nets import FilmEncoder, SvacAudioEncoder, SvacBatch, embeddings, similarity

_BATCH = 50
_ROUNDS = 4


@dataclass(frozen=True)
class SvacFigures:
    """Shares of held-out clips, chance in the comments; `where_deg` and `within_30` are of a clip's mean direction."""

    film_finds_sound: float  # first of 50, chance 0.02
    sound_finds_film: float  # first of 50, chance 0.02
    rotated_audio: float  # own before turned, chance 0.5
    rotated_video: float  # chance 0.5
    shifted_audio: float  # chance 0.5
    other_clip: float  # chance 0.5
    where_deg: float  # median, chance 90
    within_30: float

    def as_dict(self) -> dict[str, float]:
        """Return the figures by name, rounded."""
        return {k: round(v, 3) for k, v in asdict(self).items()}


@torch.inference_mode()
def measure(video: FilmEncoder, audio: SvacAudioEncoder, pool: PairPool, seed: int = 0) -> SvacFigures:
    """Return the figures over four draws of 50 scenes; the same seed gives every variant the same clips."""
    generator = torch.Generator().manual_seed(seed)
    rows: list[Tensor] = []
    errors: list[Tensor] = []
    for _ in range(_ROUNDS):
        batch = pool.draw(min(_BATCH, len(pool)), generator)
        e = embeddings(video, audio, batch)
        every = similarity(e.video, e.audio)
        own = every.diagonal()
        right = torch.arange(len(every))
        next_one = every.roll(1, dims=1).diagonal()
        compared = [
            (every.argmax(1) == right),
            (every.argmax(0) == right),
            own > (e.video * e.rotated_audio).sum(-1).mean(-1),
            own > (e.turned_video * e.audio).sum(-1).mean(-1),
            own > (e.video * e.shifted_audio).sum(-1).mean(-1),
            own > next_one,
        ]
        rows.append(torch.stack([c.float() for c in compared], dim=1))
        errors.append(where_errors(e.where, batch))
    film, sound, rotated_audio, rotated_video, shifted_audio, other_clip = torch.cat(rows).mean(0).tolist()
    wrong = torch.cat(errors)
    return SvacFigures(
        film_finds_sound=film,
        sound_finds_film=sound,
        rotated_audio=rotated_audio,
        rotated_video=rotated_video,
        shifted_audio=shifted_audio,
        other_clip=other_clip,
        where_deg=float(wrong.median()),
        within_30=float((wrong < 30).float().mean()),
    )


def where_errors(where: Tensor, batch: SvacBatch) -> Tensor:
    """Return the angles (K,) in degrees between the film's mean direction and the true one, of clips that have one."""
    there = batch.placed.mean(1) > 0.5
    shown = direction_of(where.flatten(0, 1)).unflatten(0, where.shape[:2])[there].mean(1)
    true = (batch.path * batch.placed[..., None])[there].mean(1)
    cosine = torch.nn.functional.cosine_similarity(shown, true, dim=-1)
    return torch.rad2deg(torch.arccos(cosine.clamp(-1, 1)))
