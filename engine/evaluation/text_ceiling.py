"""What could a tagger agree with at best? Real clips of the training's sounds, judged as the takes of text_eval are."""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
import soundfile as sf

from engine.contract.errors import InvalidInputError, MediaError
from engine.evaluation.prompt_eval import listening_signal
from engine.evaluation.text_prompts import ACCEPTED
from engine.evaluation.yamnet import Yamnet

CLASS_OF_SOUND: Final[Mapping[str, str]] = {
    "rain": "rain",
    "sea": "sea waves",
    "fire": "fire",
    "dog": "dog",
    "rooster": "rooster",
    "clock": "clock ticking",
    "helicopter": "helicopter",
    "chainsaw": "chainsaw",
    "baby": "baby crying",
    "sneeze": "sneeze or cough",
    "footsteps": "footsteps",
    "bell": "bell",
    "engine": "car engine",
    "bird": "birdsong",
    "cricket": "cricket",
    "wind": "wind",
    "thunder": "thunder",
}
"""The class that a data folder's `sounds.tsv` gives each sound of `text_prompts.ACCEPTED`."""


def real_clip_agreement(
    data: Path, tagger: Yamnet, *, seconds: float, each: int = 12, top: int = 5
) -> dict[str, tuple[int, int]]:
    """Return how many of up to `each` clips of every sound agree, and how many there were.

    Clips are spread over the table and cut to `seconds`. Raises InvalidInputError for the table and MediaError for a
    clip that cannot be read.
    """
    table = data / "sounds.tsv"
    try:
        with table.open(encoding="utf-8", newline="") as lines:
            rows = [(row["class"], data / row["path"]) for row in csv.DictReader(lines, delimiter="\t")]
    except (OSError, KeyError, ValueError, csv.Error):
        raise InvalidInputError(f"{table} is missing or has no columns path and class: give a data folder.") from None
    agreed = {}
    for sound, sound_class in CLASS_OF_SOUND.items():
        paths = [path for name, path in rows if name == sound_class]
        chosen = paths[:: max(len(paths) // each, 1)][:each]
        agreed[sound] = (sum(_agrees(path, sound, tagger, seconds, top) for path in chosen), len(chosen))
    return agreed


def _agrees(path: Path, sound: str, tagger: Yamnet, seconds: float, top: int) -> bool:
    try:
        rate = sf.info(path).samplerate
        wave, _ = sf.read(path, frames=round(seconds * rate), always_2d=True)
    except (sf.LibsndfileError, OSError) as error:
        raise MediaError(f"{path} cannot be read ({error}): repair it or remove its row.") from None
    if not len(wave):
        return False
    scores = tagger.mean_scores(listening_signal(wave.mean(axis=1)[None]), rate)
    best = np.argsort(-scores, kind="stable")[:top]
    return bool(scores.any()) and any(tagger.class_names[i] in ACCEPTED[sound] for i in best)
