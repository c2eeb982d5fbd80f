"""Is a prompt heard for what it asks? Takes of the prompt classes, judged by the tagger."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import DEFAULT_FLOW_STEPS, SAMPLE_RATE_HZ, AcnChannel
from engine.contract.directions import Direction
from engine.contract.generation import PatchSource
from engine.evaluation.tagging import PROMPT_CLASSES, ConfusionTable, confusion
from engine.evaluation.takes import generate_take
from engine.evaluation.yamnet import Yamnet

CLASS_PROMPTS = {
    "rain": ("rain falls", "heavy rain on a roof"),
    "dog": ("a dog barks", "a barking dog nearby"),
    "clock": ("a clock ticks", "the ticking of a clock"),
    "engine": ("a car engine runs", "an engine idles"),
    "sea": ("sea waves", "waves on a beach"),
}
_LISTENING_RMS = 0.1


def listening_signal(foa: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return W (N,) of AmbiX at -20 dBFS, or as loud as its peak allows: a tagger should not judge the level."""
    w = np.asarray(foa[AcnChannel.W], np.float64)
    rms, peak = float(np.sqrt(np.mean(w * w))), float(np.max(np.abs(w)))
    return w if peak < 1e-6 else w * min(_LISTENING_RMS / rms, 1.0 / peak)


def evaluate_prompts(
    source: PatchSource,
    tagger: Yamnet,
    *,
    takes_a_class: int = 8,
    seconds: float = 5.0,
    steps: int = DEFAULT_FLOW_STEPS,
    direction: Direction | None = None,
    classes: Sequence[str] = PROMPT_CLASSES,
    progress: Callable[[float], None] = lambda done: None,
) -> ConfusionTable:
    """Make takes of every class with changing words and seeds and count what the tagger hears; silence is a miss."""
    judged = []
    for index, (name, number) in enumerate((c, n) for c in classes for n in range(takes_a_class)):
        words = CLASS_PROMPTS[name][number % len(CLASS_PROMPTS[name])]
        foa = generate_take(source, words, direction=direction, seed=1_000 + index, seconds=seconds, steps=steps)
        judged.append((name, tagger.mean_scores(listening_signal(foa), SAMPLE_RATE_HZ)))
        progress((index + 1) / (takes_a_class * len(classes)))
    return confusion(judged, tagger.class_names, classes)
