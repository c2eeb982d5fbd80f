"""A model of tones for the window: on a slow or busy machine, a take of it is there within a second."""

from dataclasses import dataclass

from tests.fakes import FakeSource


@dataclass(frozen=True)
class Tones(FakeSource):
    """Implements `ModelSource`."""

    patch_s: float = 0.05
    label: str = "tones"
