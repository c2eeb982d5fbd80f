"""How often a scene is drawn for training: by how much of it sounds, and more often if its sound is a rare or hard one.

Of 3,440 scenes of a pool, 66 were a clock alone. A generator that saw each as often as any other scene never learned
to keep a beat (LOG.md, 2026-12-01).
"""

from collections.abc import Sequence
from typing import Final

import torch

from engine.contract.conventions import PATCH_SAMPLES
from engine.scenes.composer import SceneSource
from engine.scenes.sound_bank import lows_db

ALONE: Final = {
    "clock ticking": 7.0,
    "baby crying": 2.0,
    "bell": 2.0,
    "fire": 1.4,
    "helicopter": 2.0,
    "rooster": 2.0,
    "sneeze or cough": 2.0,
    "thunder": 2.0,
}
"""How many times as often as others a scene is drawn that has one source, of this class."""
LOWS: Final = {"rain": (-17.0, 0.4, 1.5), "wind": (-10.0, 1.0, 2.0)}
"""The same for classes with lows: a limit of the energy below 100 Hz in dB, and the factors below it and from it on.

Most minutes of wind are a few long recordings with few lows. Drawn as often as others, all wind was one of them.
"""
_AUDIBLE_POWER = 1e-4


def draw_weight(foa: torch.Tensor, sources: Sequence[SceneSource]) -> float:
    """Return the weight with which a scene, AmbiX (4, N), is drawn."""
    alone = sources[0].sound_class if len(sources) == 1 else ""
    factor = ALONE.get(alone, 1.0)
    if alone in LOWS:
        limit_db, thin, full = LOWS[alone]
        factor = full if lows_db(foa[0].numpy()) >= limit_db else thin
    return active_share(foa) * factor


def active_share(foa: torch.Tensor) -> float:
    """Return the share of the patches of AmbiX (4, N) whose W is above -40 dBFS."""
    patches = foa[0].unfold(0, PATCH_SAMPLES, PATCH_SAMPLES)
    return float((patches.square().mean(1) > _AUDIBLE_POWER).float().mean())
