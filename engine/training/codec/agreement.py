"""A listening proxy for the codec: does an independent tagger hear the same classes after the round trip?"""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from engine.evaluation.measures.round_trip import round_trip
from engine.evaluation.taggers.tagging import ConfusionTable, confusion
from engine.evaluation.taggers.yamnet import Yamnet
from engine.model.codec.foa_vae import AnyFoaVae
from engine.scenes.sound_bank import SoundBank, load_sound_bank

CLASS_OF_SOUND = {"rain": "rain", "dog": "dog", "clock ticking": "clock", "car engine": "engine", "sea waves": "sea"}
_SECONDS = 4
_RATE = 48_000
_LEVEL = 0.05


def class_agreement(
    codec: AnyFoaVae, data: Path, cache: Path, weights: Path, each: int = 20
) -> tuple[ConfusionTable, ConfusionTable]:
    """Return the tagger's tables for real mono clips of the five judged classes, before and after the codec."""
    tagger = Yamnet(weights)
    before, after = [], []
    for name, wave in _clips(load_sound_bank(data, cache), each, codec.latent_samples):
        mono = torch.from_numpy(wave)
        foa = torch.stack([mono, mono, 0 * mono, 0 * mono])[None]
        with torch.inference_mode():
            rebuilt = round_trip(codec, foa)[0, 0].numpy()
        before.append((name, tagger.scores(wave, _RATE).mean(0)))
        after.append((name, tagger.scores(rebuilt, _RATE).mean(0)))
    return confusion(before, tagger.class_names), confusion(after, tagger.class_names)


def _clips(bank: SoundBank, each: int, unit: int) -> list[tuple[str, NDArray[np.float32]]]:
    """Return sounds of the judged classes by name, cut to whole latents of `unit` samples."""
    rng = np.random.default_rng(0)
    found = []
    for sound_class, name in CLASS_OF_SOUND.items():
        sounds = [s for s in bank.sounds if s.sound_class == sound_class and s.trusted and s.length > _RATE]
        for index in rng.permutation(len(sounds))[:each]:
            wave = bank.wave(sounds[index])[: _SECONDS * _RATE]
            wave = wave[: len(wave) // unit * unit]
            found.append((name, wave * np.float32(_LEVEL / max(float(wave.std()), 1e-6))))
    return found
