"""How a child process gets its model: a small value that pickles, so that the window's process never loads torch."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from engine.contract.generation import StreamSource


class ModelSource(Protocol):
    """Builds a model in the calling process, and has a name for the window. It must pickle."""

    @property
    def label(self) -> str:
        """The name that the window shows."""

    def __call__(self) -> "StreamSource":
        """Return the model, ready to make patches."""


@dataclass(frozen=True)
class CheckpointSource:
    """Builds the streaming generator of a checkpoint (None: the shipped one) in the calling process."""

    checkpoint: Path | None = None
    device: str = "cpu"
    threads: int = 1
    runtime: str | None = None

    def __call__(self) -> "StreamSource":
        """Load the weights and return the source; see `load_patch_source` for the errors."""
        from engine.model.streaming.streamer import load_patch_source

        return load_patch_source(self.checkpoint, self.device, self.threads, self.runtime)

    @property
    def label(self) -> str:
        """Return the name that the window shows."""
        return self.checkpoint.name if self.checkpoint is not None else "XS (shipped)"
