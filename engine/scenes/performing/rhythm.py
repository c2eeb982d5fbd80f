"""Which sounds come at a steady rate, and at which."""

from typing import Final

PERIODS_S: Final[dict[str, tuple[float, float]]] = {
    "applause": (0.25, 0.4),
    "bell": (2.0, 4.5),
    "clock ticking": (0.5, 1.0),
    "digging": (1.0, 1.8),
    "footsteps": (0.42, 0.62),
    "footsteps in water": (0.5, 0.75),
    "hammering": (0.45, 0.95),
    "hoof steps": (0.28, 0.5),
    "scything": (1.1, 1.8),
    "stone cutting": (0.7, 1.3),
    "wing flapping": (0.15, 0.3),
    "wood chopping": (0.9, 1.6),
}
"""The shortest and the longest natural time from one event to the next, by class.

Clips of these classes that hold one event follow one another at such a rate.
"""
STEADY: Final = ("clock ticking", "cricket", "hoof steps", "stone cutting", "wood chopping")
"""Classes of which half of the recordings repeat as clocks do: a rhythm (`onset_rhythm`) of 0.2 or more.

Hammering has 0.16, and so has the one recording of footsteps that is long enough; birds have 0.13. Bells have 0.2, but
they strike more slowly than a beat is looked for (2.5 s). Of scything there is one recording.
"""
SINGLE_SHARE: Final[dict[str, float]] = {"bell": 2.5}
"""How much more often than other sounds one is a single event: a bell has to be heard dying away."""
SHORTEST_S: Final = 6.0
"""Such a sound is heard for at least as long in a scene, so that its period is seen."""


def is_rhythmic(sound_class: str) -> bool:
    """Return whether sounds of a class come at a steady rate."""
    return sound_class in PERIODS_S


def single_share(sound_class: str) -> float:
    """Return how many times as often as usual a sound of a class is a single event; a steady rhythm never is."""
    return SINGLE_SHARE.get(sound_class, 0.0 if is_rhythmic(sound_class) else 1.0)
