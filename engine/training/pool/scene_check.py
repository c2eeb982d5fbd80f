"""Stage 0b, a gate: does an independent tagger still recognise the sounds in the scenes?

A model cannot sound better than its training data. Scenes of one source are judged like the takes of `text_eval`: W,
four seconds, top-5. Dry scenes, scenes in a room and scenes from all around are separate, because they are made
differently.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.evaluation.probes.text import best_names, expected
from engine.evaluation.probes.text_ceiling import CLASS_OF_SOUND
from engine.evaluation.probes.text_prompts import ACCEPTED
from engine.evaluation.taggers.listening import listening_signal
from engine.evaluation.taggers.yamnet import Yamnet
from engine.scenes.store import SceneStore, StoredScene
from engine.training.loop.options import StageParser

KINDS = ("dry", "room", "around")
_FROM, _SAMPLES = 2 * SAMPLE_RATE_HZ, 4 * SAMPLE_RATE_HZ
_INAUDIBLE_RMS = 1e-4


@dataclass
class Recognised:
    """For each kind of scene whether each scene was recognised as its sound."""

    hits: dict[str, list[bool]] = field(default_factory=lambda: {kind: [] for kind in KINDS})

    @property
    def agreed(self) -> tuple[int, int]:
        """How many scenes were recognised, of how many."""
        every = [hit for hits in self.hits.values() for hit in hits]
        return sum(every), len(every)

    def format(self) -> str:
        """Return one cell per kind."""
        return " | ".join(f"{sum(hits)} of {len(hits)}" if hits else "" for hits in self.hits.values())


def main(argv: list[str]) -> None:
    """Run `train scene-check`."""
    parser = StageParser(prog="train scene-check", description=__doc__)
    parser.add_argument("--runs", type=Path, default=Path("runs"))
    parser.add_argument("--yamnet", type=Path, required=True, help="yamnet.safetensors, its class map beside it")
    parser.add_argument("--each", type=int, default=60, help="largest number of scenes per sound")
    args = parser.parse_args(argv)
    tagger, store = Yamnet(args.yamnet), SceneStore(args.runs / "scenes")

    def heard(foa: NDArray[np.float32]) -> tuple[str, ...]:
        scores = tagger.mean_scores(listening_signal(foa), SAMPLE_RATE_HZ)
        return tuple(name for name, _ in best_names(scores, tagger.class_names))

    print(table(recognised(store.scenes, lambda scene: store.foa(scene, _FROM, _SAMPLES), heard, args.each)))


def recognised(
    scenes: Iterable[StoredScene],
    sound_of: Callable[[StoredScene], NDArray[np.float32]],
    heard: Callable[[NDArray[np.float32]], tuple[str, ...]],
    each: int,
) -> dict[str, Recognised]:
    """Return for every judged sound whether its scenes of one source were recognised; inaudible parts do not count."""
    names = {sound_class: sound for sound, sound_class in CLASS_OF_SOUND.items()}
    found = {sound: Recognised() for sound in CLASS_OF_SOUND}
    looked_at = dict.fromkeys(CLASS_OF_SOUND, 0)
    for scene in scenes:
        sound = names.get(scene.classes[0]) if len(scene.classes) == 1 else None
        if sound is None or looked_at[sound] == each:
            continue
        looked_at[sound] += 1
        foa = sound_of(scene)
        if float(np.std(foa[0])) >= _INAUDIBLE_RMS:
            kind = "around" if not scene.placed else "room" if scene.room else "dry"
            found[sound].hits[kind].append(any(name in ACCEPTED[sound] for name in heard(foa)))
    return found


def table(found: dict[str, Recognised]) -> str:
    """Return the table as Markdown, and the result for the thirty prompts of `text_eval`.

    Prompts without scenes are left out.
    """
    lines = ["| sound | " + " | ".join(KINDS) + " |", "|---" * (len(KINDS) + 1) + "|"]
    lines += [f"| {sound} | {row.format()} |" for sound, row in found.items()]
    share = expected({sound: row.agreed for sound, row in found.items()})
    return "\n".join([*lines, f"{share:.0%} of the prompts' sounds are recognised in the scenes"])


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
