"""How a session plays."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from engine.ambisonics.binaural import BinauralFilters
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.engine_choice import DEFAULT_LATENCY_MS
from engine.contract.errors import InvalidInputError
from engine.contract.generation import PatchSource
from engine.runtime.ear.ring_deck import START_SAMPLES
from engine.runtime.film.for_model import MOST_BYTES
from engine.runtime.takes.store import takes_folder

_MOST_BUFFER_S: Final = 10.0


@dataclass(frozen=True)
class SessionConfig:
    """The configuration of a session.

    `source_factory` builds the model in the generation child and must pickle. `output` "null" plays to nothing at
    the clock's pace, and writes what it would have played to played.wav in `capture_dir`. Takes are kept in
    `takes_dir`, else beneath `capture_dir`, else in the application's data folder. `head` None is the shipped
    one. One decoder serves display and model if the frames that wait for display fit into `most_picture_bytes`; with
    0 each has its own. Raises InvalidInputError for impossible values.
    """

    source_factory: Callable[[], PatchSource]
    output: Literal["device", "null"] = "device"
    device_name: str | None = None
    device_latency_s: float = DEFAULT_LATENCY_MS / 1000.0
    buffer_s: float = 0.75
    checkpoint_label: str = ""
    capture_dir: Path | None = None
    takes_dir: Path | None = None
    head: BinauralFilters | None = None
    most_picture_bytes: int = MOST_BYTES

    def __post_init__(self) -> None:
        least_s = START_SAMPLES / SAMPLE_RATE_HZ
        if not least_s <= self.buffer_s <= _MOST_BUFFER_S:
            raise InvalidInputError(f"A buffer of {self.buffer_s:g} s is not possible: choose {least_s:g} to 10 s.")
        if not 0.0 < self.device_latency_s <= 1.0:
            raise InvalidInputError(f"A device latency of {self.device_latency_s:g} s is not possible.")

    @property
    def takes_folder(self) -> Path:
        """The folder in which takes are kept."""
        return takes_folder(self.takes_dir, self.capture_dir)
