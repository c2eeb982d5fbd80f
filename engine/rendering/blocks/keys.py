"""The key of every patch of a block: a hash of what its sound is made from, and of the patch before.

Two takes whose keys are the same up to a patch have the same sound up to there, so a change of words keeps what came
before it. What only the mix reads (gain, mute, path, place, trim, fades) is in no key.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

from engine.contract.generation import PatchSource
from engine.contract.guidance import DEFAULT_GUIDANCE
from engine.contract.scene.recipe import Recipe
from engine.contract.scene.scene import SceneFilm
from engine.rendering.blocks.requests import PatchPlan

KEY_BYTES: Final = 32
_VERSION: Final = 1
"""Grows if the same plans no longer give the same sound."""
_CHANGED_WORDS: Final = 2
"""Grows if the same change of words no longer does: takes without one keep their keys."""

_PLACED: Final = 2
"""Grows if the same direction no longer does: takes without one keep their keys."""
_FILM_PLACE: Final = 2
"""Grows if the film alone no longer gives the same place: takes with words or a direction keep their keys."""


@dataclass(frozen=True)
class Maker:
    """What makes the sound: `model` is the hash of the weights, `runtime` what computes them (see PatchSource).

    `film` identifies the picture that is followed, its content and how it is read; empty without a film. `continued`
    identifies the recording that is continued; empty without one.
    """

    model: str
    runtime: str
    film: str = ""
    continued: str = ""


def maker_for(source: PatchSource, recipe: Recipe, film: SceneFilm | None) -> Maker:
    """Return what makes the sound of a recipe. The film counts only if the recipe follows it."""
    file = recipe.continued
    continued = "" if file is None else file.content or file.path
    if film is None or recipe.film_sample is None:
        return Maker(source.checkpoint_sha256, source.runtime, continued=continued)
    seen = [film.file.content or film.file.path, film.choice.layout, film.choice.projection, film.choice.fov_deg]
    words = ("" if part is None else str(getattr(part, "value", part)) for part in seen)
    return Maker(source.checkpoint_sha256, source.runtime, _hash({"film": list(words)}).hex(), continued)


def patch_keys(maker: Maker, seed: int, plans: Sequence[PatchPlan]) -> list[bytes]:
    """Return the keys (32 bytes each) of a block's patches."""
    made = {name: value for name, value in asdict(maker).items() if name != "continued" or value}  # older keys stay
    key = _hash({"version": _VERSION, "maker": made, "seed": seed, "guidance": asdict(DEFAULT_GUIDANCE)})
    keys = []
    before = plans[0].parts if plans else ()
    for plan in plans:
        values: dict[str, object] = asdict(plan)
        if plan.parts != before:
            values["change"] = _CHANGED_WORDS
        if plan.azimuth_deg is not None:
            values["placed"] = _PLACED
        elif plan.film_sample is not None and not plan.parts:
            values["film_place"] = _FILM_PLACE
        key, before = _hash(values, key), plan.parts
        keys.append(key)
    return keys


def common_patches(wanted: Sequence[bytes], made: Sequence[bytes]) -> int:
    """Return how many patches of a take can be kept: the keys form a chain, so one comparison each suffices."""
    low, high = 0, min(len(wanted), len(made))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if wanted[middle - 1] == made[middle - 1] else (low, middle - 1)
    return low


def _hash(values: dict[str, object], before: bytes = b"") -> bytes:
    text = json.dumps(values, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return hashlib.blake2b(before + text.encode("utf-8", "surrogateescape"), digest_size=KEY_BYTES).digest()
