"""The sound of a bed: grains of a recording that cross-fade at equal power, as its plan says."""

import numpy as np
from numpy.typing import NDArray

from engine.ambisonics.turning.shown import Shown
from engine.contract.scene.bed import SHORTEST_FILE_SAMPLES, BedPlan
from engine.rendering.mix.sounds import BlockSound, FieldFacts, Samples


class BedSamples:
    """Implements `Samples` for a bed without an end; the samples do not depend on how many are read at a time."""

    def __init__(self, samples: Samples, channels: int, plan: BedPlan) -> None:
        self._samples, self._channels, self._plan = samples, channels, plan

    def read(self, start: int, count: int) -> NDArray[np.float32]:
        """Return samples (C, count); silence before sample 0."""
        plan, end = self._plan, start + count
        out = np.zeros((self._channels, count), np.float32)
        grain = max(0, plan.at(max(start, 0)) - 1)
        while (begin := plan.start(grain)) < end:
            leaves = plan.start(grain + 1)
            first, last = max(start, begin), min(end, leaves + plan.fade)
            if first < last:
                sound = self._samples.read(plan.source(grain) + first - begin, last - first)
                out[:, first - start : last - start] += sound * self._gains(
                    first, last, begin if grain else None, leaves
                )
            grain += 1
        return out

    def _gains(self, first: int, last: int, begin: int | None, leaves: int) -> NDArray[np.float32]:
        """Return the gains (n,) of a grain: a quarter of a sine where it begins, and of a cosine where it leaves."""
        at = np.arange(first, last)
        gains = np.cos(0.5 * np.pi * np.clip((at - leaves) / self._plan.fade, 0.0, 1.0))
        if begin is not None:
            gains *= np.sin(0.5 * np.pi * np.clip((at - begin) / self._plan.fade, 0.0, 1.0))
        return gains.astype(np.float32)


def as_bed(sound: BlockSound, file_samples: int, seed: int) -> BlockSound:
    """Return a whole recording of `file_samples` samples as a bed; one that is too short for that stays as it is.

    The level is that of the file. A field shows its sound where the whole file does on average.
    """
    if file_samples < SHORTEST_FILE_SAMPLES:
        return sound
    samples = BedSamples(sound.samples, sound.channels, BedPlan(file_samples, seed))
    field = sound.field
    if field is not None:
        mean = field.shown.directions.mean(axis=0, keepdims=True)
        length = float(np.linalg.norm(mean))
        shown = Shown(mean / length if length else mean, np.ones(1))
        field = FieldFacts(shown, field.share, field.follows_path)
    return BlockSound(sound.channels, samples, sound.level, field)
