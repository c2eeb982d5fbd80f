"""Takes of each kind of sound against real clips of it: the figures of both."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import SAMPLE_RATE_HZ, AcnChannel
from engine.contract.generation import PatchSource
from engine.evaluation.measures.levels import decay_db, level_range_db, lows_db, onset_rhythm
from engine.evaluation.measures.likeness import mean_spectrum_db, nearest_db
from engine.evaluation.measures.tonality import tonal_share
from engine.evaluation.probes.real_clips import at_project_rate, read_clip, spread_over
from engine.evaluation.probes.sound_kinds import KINDS, NAMES, Kind
from engine.evaluation.probes.takes import generate_take
from engine.evaluation.probes.text import TOP, best_names
from engine.evaluation.probes.text_prompts import ACCEPTED
from engine.evaluation.taggers.listening import listening_signal
from engine.evaluation.taggers.yamnet import Yamnet

SECONDS: Final = 6.0
_CLIPS: Final = 60
_SHORTEST_S: Final = 0.3
_RHYTHM_FROM_S: Final = 2.0
_DECAY_FROM_S: Final = 3.0

Figures = Mapping[str, float]
"""One of each of `NAMES`; NaN where nothing could be measured."""


@dataclass(frozen=True)
class KindReport:
    """Figures of takes and of real clips of a kind, and how many there were."""

    kind: Kind
    takes: Figures
    real: Figures
    clips: int


def measure_kinds(
    source: PatchSource,
    tagger: Yamnet,
    clips: Mapping[str, Sequence[Path]],
    training: Mapping[str, Sequence[Path]],
    *,
    steps: int,
    kinds: Sequence[Kind] = KINDS,
    seconds: float = SECONDS,
    progress: Callable[[str], None] = lambda name: None,
) -> tuple[KindReport, ...]:
    """Make the takes of every kind, the same seeds for every checkpoint, and measure them and the real clips.

    `clips` are the paths of real clips by class, `training` those that a take may be a copy of: each is compared with
    the others. Raises MediaError for a clip that cannot be read.
    """
    reports = []
    for kind in kinds:
        known = waves_of(training.get(kind.sound_class, ()), seconds)
        spectra = {path: mean_spectrum_db(wave) for path, wave in known.items()}
        real = []
        for path, wave in waves_of(clips.get(kind.sound_class, ()), seconds).items():
            others = [spectrum for other, spectrum in spectra.items() if other != path]
            real.append(figures(wave, kind, tagger, others))
        takes = []
        for index in range(kind.takes):
            prompt = kind.prompts[index % len(kind.prompts)]
            foa = generate_take(source, prompt, direction=None, seed=kind.seed + index, seconds=seconds, steps=steps)
            w = np.asarray(foa[AcnChannel.W], np.float64)
            takes.append(figures(w, kind, tagger, list(spectra.values())))
        reports.append(KindReport(kind, over_all(takes), over_all(real), len(real)))
        progress(kind.name)
    return tuple(reports)


def waves_of(paths: Sequence[Path], seconds: float) -> dict[Path, NDArray[np.float64]]:
    """Return the beginnings (N,) at 48 kHz of up to 60 clips, spread over the paths; none that is short or silent."""
    found = {path: at_project_rate(*read_clip(path, seconds)) for path in spread_over(list(paths), _CLIPS)}
    return {path: w for path, w in found.items() if w.size >= _SHORTEST_S * SAMPLE_RATE_HZ and np.any(w)}


def figures(
    wave: NDArray[np.float64],
    kind: Kind,
    tagger: Yamnet,
    others: Sequence[NDArray[np.float64]],
) -> Figures:
    """Return the figures of one wave (N,) at 48 kHz; `others` are mean spectra that it is compared with."""
    seconds = wave.size / SAMPLE_RATE_HZ
    return {
        "heard": float("nan") if kind.sound is None else float(is_heard(wave, kind.sound, tagger)),
        "tonal": tonal_share(wave),
        "range_db": level_range_db(wave),
        "lows_db": lows_db(wave),
        "rhythm": onset_rhythm(wave) if seconds >= _RHYTHM_FROM_S else float("nan"),
        "decay_db": decay_db(wave) if seconds >= _DECAY_FROM_S else float("nan"),
        "nearest_db": nearest_db(mean_spectrum_db(wave), others) if others else float("nan"),
    }


def is_heard(wave: NDArray[np.float64], sound: str, tagger: Yamnet) -> bool:
    """Return whether an accepted name of a sound is among the tagger's five best for a wave (N,) at 48 kHz."""
    scores = tagger.mean_scores(listening_signal(wave[None]), SAMPLE_RATE_HZ)
    return any(name in ACCEPTED[sound] for name, _ in best_names(scores, tagger.class_names, TOP))


def over_all(rows: Sequence[Figures]) -> Figures:
    """Return the medians of the figures, of `heard` the mean; NaN where no row has one."""
    found = {}
    for name in NAMES:
        values = np.array([row[name] for row in rows])
        values = values[~np.isnan(values)]
        middle = np.mean if name == "heard" else np.median
        found[name] = float(middle(values)) if values.size else float("nan")
    return found
