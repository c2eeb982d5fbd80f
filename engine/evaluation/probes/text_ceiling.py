"""The best possible agreement of a tagger: real clips of the training's sounds, judged like the takes of text_eval.

As they are recorded, and after the codec: no generator on its latents can do better than that.
"""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
import soundfile as sf
import torch
from numpy.typing import NDArray
from scipy.signal import resample_poly

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import InvalidInputError, MediaError
from engine.evaluation.measures.round_trip import round_trip
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

_LEVEL_RMS = 0.05


def real_clip_agreement(
    data: Path, tagger: Yamnet, *, seconds: float, each: int = 12, top: int = 5, codec: AnyFoaVae | None = None
) -> dict[str, tuple[int, int]]:
    """Return for every sound how many clips agree, of up to `each`, and how many there were.

    The clips are heard after the codec if one is given.

    Clips are spread over the table and cut to `seconds`. Raises InvalidInputError for the table and MediaError for a
    clip that cannot be read.
    """
    table = data / "sounds.tsv"
    try:
        with table.open(encoding="utf-8", newline="") as lines:
            rows = [(row["class"], data / row["path"]) for row in csv.DictReader(lines, delimiter="\t")]
    except (OSError, KeyError, ValueError, csv.Error):
        raise InvalidInputError(f"{table} is missing or has no columns path and class: use a data folder.") from None
    agreed = {}
    for sound, sound_class in CLASS_OF_SOUND.items():
        paths = [path for name, path in rows if name == sound_class]
        chosen = paths[:: max(len(paths) // each, 1)][:each]
        agreed[sound] = (sum(_agrees(path, sound, tagger, seconds, top, codec) for path in chosen), len(chosen))
    return agreed


def _agrees(path: Path, sound: str, tagger: Yamnet, seconds: float, top: int, codec: AnyFoaVae | None) -> bool:
    try:
        rate = sf.info(path).samplerate
        wave, _ = sf.read(path, frames=round(seconds * rate), always_2d=True)
    except (sf.LibsndfileError, OSError) as error:
        raise MediaError(f"{path} cannot be read ({error}): repair it or remove its row.") from None
    if not len(wave):
        return False
    mono = wave.mean(axis=1)
    if codec is not None:
        mono, rate = _after(codec, mono, rate), SAMPLE_RATE_HZ
    scores = tagger.mean_scores(listening_signal(mono[None]), rate)
    best = np.argsort(-scores, kind="stable")[:top]
    return bool(scores.any()) and any(tagger.class_names[i] in ACCEPTED[sound] for i in best)


@torch.inference_mode()
def _after(codec: AnyFoaVae, mono: NDArray[np.float64], rate: int) -> NDArray[np.float64]:
    """Return a clip (N,) at 48 kHz after the codec: a plane wave from the front, as loud as the training's sounds."""
    if rate != SAMPLE_RATE_HZ:
        mono = resample_poly(mono, SAMPLE_RATE_HZ, rate)
    short = -len(mono) % codec.latent_samples
    w = torch.from_numpy(np.pad(mono, (0, short)) * (_LEVEL_RMS / max(float(np.std(mono)), 1e-6))).float()
    made: NDArray[np.float64] = round_trip(codec, torch.stack([w, 0 * w, 0 * w, w])[None])[0, 0].double().numpy()
    return made[: len(mono)]
