"""The model that the preferences name, at the moment when a child process is started with it."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from app.bridge.patch_source import CheckpointSource

if TYPE_CHECKING:
    from app.files.settings import AppSettings
    from engine.contract.generation import StreamSource


class PreferredModel:
    """A `ModelSource` that pickles as the `CheckpointSource` of the moment.

    `checkpoint` and `device` of the command line take precedence over the preferences.
    """

    def __init__(self, settings: "AppSettings", checkpoint: Path | None = None, device: str | None = None) -> None:
        self._settings = settings
        self._checkpoint = checkpoint
        self._device = device

    @property
    def now(self) -> CheckpointSource:
        """What the preferences name now. The runtime "auto" leaves the choice to the engine."""
        choice, _ = self._settings.engine_choice()
        return CheckpointSource(
            self._checkpoint or choice.checkpoint,
            self._device or choice.compute,
            runtime=None if choice.runtime == "auto" else choice.runtime,
        )

    @property
    def label(self) -> str:
        """The name that the window shows."""
        return self.now.label

    def __call__(self) -> "StreamSource":
        """Load the model in this process."""
        return self.now()

    def __reduce__(self) -> tuple[Callable[..., CheckpointSource], tuple[object, ...]]:
        """Pickle as what is chosen now."""
        now = self.now
        return CheckpointSource, (now.checkpoint, now.device, now.threads, now.runtime)
