"""Is a prompt recognised in the sound? Takes of the prompt classes, classified by the tagger."""

from collections.abc import Callable, Sequence

from engine.contract.conventions import DEFAULT_FLOW_STEPS, SAMPLE_RATE_HZ
from engine.contract.directions import Direction
from engine.contract.generation import PatchSource
from engine.evaluation.probes.takes import generate_take
from engine.evaluation.taggers.listening import listening_signal
from engine.evaluation.taggers.tagging import PROMPT_CLASSES, ConfusionTable, confusion
from engine.evaluation.taggers.yamnet import Yamnet

CLASS_PROMPTS = {
    "rain": ("rain falls", "heavy rain on a roof"),
    "dog": ("a dog barks", "a barking dog nearby"),
    "clock": ("a clock ticks", "the ticking of a clock"),
    "engine": ("a car engine runs", "an engine idles"),
    "sea": ("sea waves", "waves on a beach"),
}


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
