"""What is common to all exports: a job that can run anywhere, and what it leaves."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from app.delivery.pacing import Cancelled, Progress
from engine.contract.generation import PatchSource
from engine.export.delivery.deliver import Delivery

LoadModel = Callable[[], PatchSource]


@dataclass(frozen=True)
class Exported:
    """The files that were written, and sentences for the user."""

    files: tuple[Delivery, ...]
    remarks: tuple[str, ...] = ()


class Job(Protocol):
    """One export: frozen values that pickle, so that a child process can run it."""

    @property
    def folder(self) -> Path:
        """The folder in which the work is done, and which holds the files in the end."""

    def run(self, source: LoadModel, progress: Progress, cancelled: Cancelled) -> Exported:
        """Write all files, checked, or none; `source` loads the model if something has to be made.

        Raises an EngineError, or CancelledError; then older files are unchanged.
        """
