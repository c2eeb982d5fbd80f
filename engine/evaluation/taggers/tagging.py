"""Does the tagger hear the requested class? Project classes against AudioSet names, and the confusion table."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

AUDIOSET_NAMES: Mapping[str, tuple[str, ...]] = {
    "rain": ("Rain", "Raindrop", "Rain on surface"),
    "dog": ("Dog", "Bark", "Yip", "Howl", "Bow-wow", "Growling", "Whimper (dog)"),
    "clock": ("Clock", "Tick", "Tick-tock"),
    "engine": (
        "Engine", "Light engine (high frequency)", "Medium engine (mid frequency)", "Heavy engine (low frequency)",
        "Engine starting", "Engine knocking", "Idling", "Accelerating, revving, vroom", "Motor vehicle (road)",
        "Vehicle", "Car", "Truck", "Motorcycle",
    ),
    "sea": ("Ocean", "Waves, surf"),
    "rooster": ("Chicken, rooster", "Crowing, cock-a-doodle-doo"),
    "fire": ("Fire", "Crackle"),
    "helicopter": ("Helicopter",),
    "chainsaw": ("Chainsaw",),
    "baby": ("Baby cry, infant cry", "Crying, sobbing"),
    "sneeze": ("Sneeze",),
    "bird": ("Bird", "Bird vocalization, bird call, bird song", "Chirp, tweet"),
}  # fmt: skip
"""Accepted names of each of our classes for the tagger; a class scores as its best name."""

PROMPT_CLASSES = ("rain", "dog", "clock", "engine", "sea")
"""The classes by which generated sound is judged."""


def class_scores(
    scores: NDArray[np.floating], display_names: Sequence[str], classes: Sequence[str]
) -> NDArray[np.float64]:
    """Return a score (K,) for each of K classes from the tagger's scores (521,)."""
    place = {name: index for index, name in enumerate(display_names)}
    return np.array([max(float(scores[place[name]]) for name in AUDIOSET_NAMES[c]) for c in classes])


@dataclass(frozen=True, eq=False)
class ConfusionTable:
    """`counts` (K, K + 1): rows are the requested classes, columns the heard ones, the last one nothing at all."""

    classes: tuple[str, ...]
    counts: NDArray[np.int64]

    @property
    def total(self) -> int:
        """Number of judged sounds."""
        return int(self.counts.sum())

    @property
    def accuracy(self) -> float:
        """Share of sounds that were heard as requested; 0 if there is none."""
        return float(np.trace(self.counts[:, :-1])) / self.total if self.total else 0.0

    @property
    def chance(self) -> float:
        """Accuracy of a blind guess."""
        return 1.0 / len(self.classes)

    def accuracy_interval(self, z: float = 1.96) -> tuple[float, float]:
        """Return the Wilson interval of the accuracy (95 % by default); 0 to 1 if nothing was judged."""
        n, p = self.total, self.accuracy
        if n == 0:
            return 0.0, 1.0
        middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
        return float(max(middle - half, 0.0)), float(min(middle + half, 1.0))

    def format(self) -> str:
        """Return the table as text, ready for a log."""
        width = max(8, *(len(c) + 1 for c in self.classes))
        lines = ["asked \\ heard".ljust(14) + "".join(c.rjust(width) for c in (*self.classes, "nothing"))]
        for name, row in zip(self.classes, self.counts, strict=True):
            lines.append(name.ljust(14) + "".join(str(n).rjust(width) for n in row))
        low, high = self.accuracy_interval()
        interval = f"95 % interval {low:.0%} to {high:.0%}"
        lines.append(f"{self.accuracy:.0%} right of {self.total} ({interval}; chance {self.chance:.0%})")
        return "\n".join(lines)


def confusion(
    judged: Iterable[tuple[str, NDArray[np.floating]]],
    display_names: Sequence[str],
    classes: Sequence[str] = PROMPT_CLASSES,
) -> ConfusionTable:
    """Count, for pairs of the requested class and the tagger's scores (521,), which of the classes scored best.

    Scores that are all zero (silence) count as nothing heard.
    """
    counts = np.zeros((len(classes), len(classes) + 1), np.int64)
    for asked, scores in judged:
        ours = class_scores(scores, display_names, classes)
        counts[classes.index(asked), int(np.argmax(ours)) if ours.any() else -1] += 1
    return ConfusionTable(tuple(classes), counts)
