"""The process of known sounds from outside: questions are numbered, and no call waits."""

from typing import Any, Final

from engine.runtime.processes.children import Children
from engine.runtime.sounds.messages import Audition, ReadWords, SoundsSetup
from engine.runtime.sounds.worker import known_sounds_main

_END_S: Final = 1.0


class KnownSoundsProcess:
    """Starts the process and ends it. One thread, which calls `drain` many times per second."""

    def __init__(self, setup: SoundsSetup) -> None:
        self._children = Children()
        self._child = self._children.start("known sounds", known_sounds_main, setup)
        self._children.listen()

    def read(self, question: ReadWords) -> None:
        """Ask what words are read as; `drain` returns WordsRead."""
        self._child.send(question)

    def play(self, audition: Audition) -> None:
        """Make and play a sound instead of the one before; `drain` returns AuditionState, several times."""
        self._child.send(audition)

    def drain(self) -> list[Any]:
        """Return the messages since the last call; a fatal Failure means that the process is gone."""
        return self._children.drain()

    def ask_to_end(self) -> None:
        """Tell the process to end, without waiting for it."""
        self._children.ask_to_end()

    def close(self) -> None:
        """End the process, within about a second. May be called twice."""
        self._children.end(_END_S)
