"""The process of known sounds as Qt signals: started when it is first needed, ended after a while without a question.

Threads: lives in the GUI thread; no call waits, except `end`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer, Signal

from app.bridge.patch_source import CheckpointSource, ModelSource
from engine.contract.known_sounds import KnownSound
from engine.files.data_folder import user_data_folder
from engine.runtime.processes.messages import Failure
from engine.runtime.sounds.messages import Audition, AuditionState, ReadWords, WordsRead

if TYPE_CHECKING:
    from engine.runtime.sounds.messages import PromptReader, SoundsSetup
    from engine.runtime.sounds.process import KnownSoundsProcess

_LOOK_MS: Final = 50
_IDLE_S: Final = 180.0
"""The process needs 0.4 GB to read words, and 1 GB after it has made a sound."""


@dataclass(frozen=True)
class CheckpointWords:
    """What the process reads words with: a checkpoint (None: the shipped one)."""

    checkpoint: Path | None = None

    def __call__(self) -> "PromptReader":
        """Load the text encoder and the names; the generator is not loaded."""
        from engine.model.weights.prompt_reader import load_prompt_encoder

        return load_prompt_encoder(self.checkpoint)


@dataclass(frozen=True)
class CheckpointIdentity:
    """The hash of a checkpoint, by which sounds of other weights are told apart."""

    checkpoint: Path | None = None

    def __call__(self) -> str:
        """Read the files."""
        from engine.model.weights.known_names import checkpoint_identity

        return checkpoint_identity(self.checkpoint)


def sounds_setup(source: ModelSource, output: str, folder: Path | None = None) -> "SoundsSetup":
    """Return the setup for a model; `output` is "device" or "null"."""
    from engine.runtime.sounds.messages import SoundsSetup

    checkpoint = source.checkpoint if isinstance(source, CheckpointSource) else None
    return SoundsSetup(
        CheckpointWords(checkpoint),
        source,
        CheckpointIdentity(checkpoint),
        folder or user_data_folder() / "auditions",
        "device" if output == "device" else "null",
    )


def listed_sounds(source: ModelSource) -> tuple[KnownSound, ...]:
    """Return the names that a model knows. Reads files: not for the window's thread. Raises CheckpointError."""
    from engine.model.weights.known_names import known_sounds

    return known_sounds(source.checkpoint if isinstance(source, CheckpointSource) else None)


class KnownSounds(QObject):
    """`words_read` carries WordsRead, `audition_changed` AuditionState, `failed` a sentence."""

    words_read = Signal(object)
    audition_changed = Signal(object)
    failed = Signal(str)

    def __init__(self, start: "Callable[[], KnownSoundsProcess]", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._start = start
        self._process: KnownSoundsProcess | None = None
        self._number = 0
        self._is_busy = False
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.setInterval(round(1000 * _IDLE_S))
        self._idle.timeout.connect(self.end)
        self._look = QTimer(self)
        self._look.setInterval(_LOOK_MS)
        self._look.timeout.connect(self._drain)

    def read(self, texts: tuple[str, ...], *, may_place: bool = False) -> int:
        """Ask what texts are read as; returns the number that `words_read` will carry."""
        self._number += 1
        self._running().read(ReadWords(self._number, texts, may_place))
        return self._number

    def play(self, words: str, device: str | None, volume: float) -> int:
        """Make and play the sound of some words; returns the number that `audition_changed` will carry."""
        self._number += 1
        self._running().play(Audition(self._number, words, device, volume))
        return self._number

    def play_file(self, file: Path, device: str | None, volume: float) -> int:
        """Play the beginning of a sound file of the user's; as `play`."""
        self._number += 1
        self._running().play(Audition(self._number, "", device, volume, file))
        return self._number

    def stop(self) -> None:
        """Stop what is made or played."""
        if self._process is not None:
            self._process.play(Audition(self._number, ""))

    def ask_to_end(self) -> None:
        """Let the process end, without waiting."""
        if self._process is not None:
            self._process.ask_to_end()

    def end(self) -> None:
        """End the process; the next question starts it again."""
        self._look.stop()
        self._idle.stop()
        process, self._process = self._process, None
        if process is not None:
            process.close()

    def _running(self) -> "KnownSoundsProcess":
        if self._process is None:
            self._process = self._start()
        self._look.start()
        self._idle.start()
        return self._process

    def _drain(self) -> None:
        for message in () if self._process is None else self._process.drain():
            if isinstance(message, WordsRead):
                self.words_read.emit(message)
            elif isinstance(message, AuditionState):
                self._idle.start()
                self.audition_changed.emit(message)
            elif isinstance(message, Failure):
                self.end()
                self.failed.emit(message.message)
                return
