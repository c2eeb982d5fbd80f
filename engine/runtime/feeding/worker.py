"""The feeder's process: the only one that opens the sounds of a scene while it plays.

Threads: the main thread reads, converts and feeds; a listener takes the session's requests. Nothing here imports torch
or Qt.
"""

import contextlib
import os
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from engine.files.owned_folder import OwnedFolder, scratch_folder
from engine.files.staging import refused
from engine.runtime.feeding.catalogue import Catalogue
from engine.runtime.feeding.inbox import FeedingInbox
from engine.runtime.feeding.loop import FeedingLoop, sentence_of
from engine.runtime.processes.serving import Tell, serve
from engine.runtime.shared.sound_pool import PoolWriter
from engine.runtime.shared.state import SharedState

_NICENESS: Final = -5


@dataclass(frozen=True)
class FeedingSetup:
    """The setup of the feeder: shared memory by name, the pipe to the audio process, the first number for a sound."""

    pool: str
    pieces: int
    state: str
    sounds: Connection
    first_number: int


def feeding_main(setup: FeedingSetup, session: Connection) -> None:
    """Run until the session sends Quit or disappears."""
    with contextlib.suppress(OSError, AttributeError):
        os.nice(_NICENESS)  # if the system allows: what it has not read in time is a gap
    inbox = FeedingInbox()

    def work(tell: Tell) -> None:
        # without the shared memory, the session was closed before this process was ready
        with contextlib.suppress(FileNotFoundError), contextlib.ExitStack() as stack:
            _feed(setup, inbox, tell, stack)

    serve(inbox, session, work, "The sounds of the scene are not read any more.")


def _feed(setup: FeedingSetup, inbox: FeedingInbox, tell: Tell, stack: contextlib.ExitStack) -> None:
    state = SharedState(setup.state)
    stack.callback(state.close)
    pool = PoolWriter(setup.pool, setup.pieces)
    stack.callback(pool.close)
    scratch = _Scratch(stack)

    def tell_audio(message: object) -> None:
        with contextlib.suppress(OSError):
            setup.sounds.send(message)

    catalogue = Catalogue(setup.first_number, scratch.path, lambda message: tell(sentence_of(message)))
    FeedingLoop(pool, state, inbox, catalogue, tell_audio, tell).run()


class _Scratch:
    """A private folder for converted sounds, made when it is needed."""

    def __init__(self, stack: contextlib.ExitStack) -> None:
        self._stack = stack
        self._folder: OwnedFolder | None = None

    def path(self) -> Path:
        """Return the folder. Raises ExportError if there is no room for it."""
        if self._folder is None:
            try:
                self._folder = self._stack.enter_context(scratch_folder())
            except OSError as error:
                raise refused(Path("temporary files"), error) from error
        return self._folder.path
