"""The best possible agreement of a tagger: real clips of the training's sounds, judged like the takes of text_eval.

As they are recorded, and after the codec: no generator on its latents can do better than that.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.evaluation.probes.real_clips import after_codec, at_project_rate, clips_by_class, read_clip, spread_over
from engine.evaluation.probes.text_prompts import ACCEPTED
from engine.evaluation.taggers.listening import listening_signal
from engine.evaluation.taggers.yamnet import Yamnet
from engine.model.codec.foa_vae import AnyFoaVae

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
"""The class of a data folder's `sounds.tsv` for each sound of `text_prompts.ACCEPTED`."""


def real_clip_agreement(
    data: Path, tagger: Yamnet, *, seconds: float, each: int = 12, top: int = 5, codec: AnyFoaVae | None = None
) -> dict[str, tuple[int, int]]:
    """Return for every sound how many clips agree, of up to `each`, and how many there were.

    The clips are heard after the codec if one is given.

    Clips are spread over the table and cut to `seconds`. Raises InvalidInputError for the table and MediaError for a
    clip that cannot be read.
    """
    clips = clips_by_class(data)
    agreed = {}
    for sound, sound_class in CLASS_OF_SOUND.items():
        chosen = spread_over(clips.get(sound_class, []), each)
        agreed[sound] = (sum(_agrees(path, sound, tagger, seconds, top, codec) for path in chosen), len(chosen))
    return agreed


def _agrees(path: Path, sound: str, tagger: Yamnet, seconds: float, top: int, codec: AnyFoaVae | None) -> bool:
    mono, rate = read_clip(path, seconds)
    if not len(mono):
        return False
    if codec is not None:
        mono, rate = after_codec(codec, at_project_rate(mono, rate)), SAMPLE_RATE_HZ
    scores = tagger.mean_scores(listening_signal(mono[None]), rate)
    best = np.argsort(-scores, kind="stable")[:top]
    return bool(scores.any()) and any(tagger.class_names[i] in ACCEPTED[sound] for i in best)
