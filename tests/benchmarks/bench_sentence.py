"""How much of a caption is read back as lanes, and how long a sentence takes. Run it by hand:

    python -m tests.benchmarks.bench_sentence [--data DIR] [--captions 500] [--seed 0]

Captions as `annotate` writes them, and as scenes for training have them. Sounds are the names in
engine/scenes/names.py, the names of the classes, and with `--data` the labels of its tables, which are in no rule. A
place is right if its words, said again, are those of the caption. Thirty prompts in other words come last.
"""

import argparse
import statistics
import time
from pathlib import Path

from engine.annotation.sentence.ideas import lane_ideas
from engine.annotation.sentence.known_sound import known_sound
from engine.annotation.sentence.sound_table import WORDS
from engine.evaluation.probes.text_prompts import TEXT_PROMPTS
from engine.scenes.names import SOUND_NAMES
from engine.scenes.tables.rows import sound_rows
from tests.engine.annotation.sentence.other_words import OTHER_WORDS, UNSEEN_WORDS
from tests.engine.annotation.sentence.round_trip import Sounds, annotated, composed

_CLASSES = {
    "baby": "baby crying",
    "bird": "birdsong",
    "sea": "sea waves",
    "engine": "car engine",
    "clock": "clock ticking",
    "sneeze": "sneeze or cough",
}
"""Keys of the prompts, if they are not the name of the class."""
SENTENCE = "a dog barks on the left while rain falls behind me and a car drives slowly from left to right"


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--captions", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    sounds: dict[str, Sounds] = {
        "names": [(name, sound_class) for sound_class, names in SOUND_NAMES.items() for name in names],
        "classes": [(name, name) for name in WORDS],
    }
    if args.data is not None:
        sounds["labels"] = sorted({(row["label"], row["class"]) for row in sound_rows(args.data)})
    for name, pairs in sounds.items():
        for kind in (annotated, composed):
            figures = kind(pairs, args.captions, args.seed)
            place = f"{figures.place:.1%}" if figures.placed else "-"
            print(
                f"{name:8} {kind.__name__:10} {figures.sources:5} sources: as many lanes in {figures.count:.1%} of the "
                f"captions, place {place}, class {figures.sound_class:.1%}, {figures.unknown_class} unknown"
            )
    prompts = [(prompt.text, (_CLASSES.get(prompt.sound, prompt.sound),)) for prompt in TEXT_PROMPTS]
    for kind_of, said in (("of the evaluation", prompts), ("seen", OTHER_WORDS), ("unseen", UNSEEN_WORDS)):
        named = [(truths, known_sound(text)) for text, truths in said]
        right = sum(sound is not None and sound.sound_class in truths for truths, sound in named)
        unknown = sum(sound is None for _, sound in named)
        print(f"prompts in other words, {kind_of}: {right} of {len(named)} right, {unknown} unknown")
    times = []
    for number in range(200):
        began = time.perf_counter()
        lane_ideas(f"{SENTENCE} {number}")
        times.append(1e3 * (time.perf_counter() - began))
    print(f"a sentence of three sounds: {statistics.median(times):.1f} ms")


if __name__ == "__main__":
    main()
