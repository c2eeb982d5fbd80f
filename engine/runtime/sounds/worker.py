"""The process of known sounds: questions in, answers and progress out; it loads what a question needs, once.

Threads: the main thread reads words and makes sounds; a listener takes the window's messages.
"""

import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Final

from engine.contract.errors import CancelledError, EngineError
from engine.runtime.making.yielding import YieldingThread
from engine.runtime.processes.serving import Inbox, Tell, serve
from engine.runtime.sounds.auditions import Auditions
from engine.runtime.sounds.file_sounds import file_sound
from engine.runtime.sounds.messages import Audition, AuditionState, PromptReader, ReadWords, SoundsSetup, WordsRead
from engine.runtime.sounds.player import OncePlayer
from engine.words.reading import read_prompt

_LOOK_S: Final = 0.02


class _Inbox(Inbox):
    """The newest question and the newest audition."""

    def __init__(self) -> None:
        super().__init__()
        self._changing = threading.Lock()
        self.words: ReadWords | None = None
        self.audition: Audition | None = None

    def keep(self, message: object) -> None:
        with self._changing:
            if isinstance(message, ReadWords):
                self.words = message
            elif isinstance(message, Audition):
                self.audition = message

    def take_words(self) -> ReadWords | None:
        """Return the question that waits, if there is one; then it does not wait any more."""
        with self._changing:
            words, self.words = self.words, None
            return words

    def take_audition(self) -> Audition | None:
        """Return the audition that waits."""
        with self._changing:
            audition, self.audition = self.audition, None
            return audition


def known_sounds_main(setup: SoundsSetup, window: Connection) -> None:
    """Run until the window sends Quit or disappears."""
    inbox = _Inbox()

    def work(tell: Tell) -> None:
        with YieldingThread() as thread:  # the film has priority
            _Loop(setup, inbox, tell, lambda make: thread.run_patch(make, can_wait=True)).run()

    serve(
        inbox,
        window,
        work,
        "Words cannot be read any more because of an internal error. Restart the program to try again.",
    )


class _Loop:
    """Answers questions first; an audition that is under way looks for them between its patches."""

    def __init__(
        self,
        setup: SoundsSetup,
        inbox: _Inbox,
        tell: Tell,
        run_patch: Callable[[Callable[[], None]], None],
    ) -> None:
        self._setup, self._inbox, self._tell = setup, inbox, tell
        self._reader: PromptReader | None = None
        self._auditions = Auditions(setup.folder, setup.model, setup.identify, run_patch)

    def run(self) -> None:
        while not self._inbox.quit.is_set():
            self._inbox.wake.wait()
            self._inbox.wake.clear()
            self._read_words()
            audition = self._inbox.take_audition()
            if audition is not None and (audition.file is not None or audition.words.strip()):
                self._play(audition)

    def _read_words(self) -> None:
        asked = self._inbox.take_words()
        if asked is None:
            return
        reader = self._reader = self._reader or self._setup.reader()
        read = []
        for text in asked.texts:
            sources = [source.words for source in read_prompt(text).sources] if asked.may_place else [text]
            read.append(tuple(known for words in sources if words.strip() for known in reader.read_as(words)))
        self._tell(WordsRead(asked.number, tuple(read)))

    def _play(self, audition: Audition) -> None:
        number, player = audition.number, None
        try:
            self._tell(AuditionState(number))
            if audition.file is not None:
                sound = file_sound(audition.file, self._is_superseded)
            else:
                sound = self._auditions.sound_of(
                    audition.words, lambda made: self._tell(AuditionState(number, made)), self._is_superseded
                )
            if self._is_superseded():
                raise CancelledError("Another sound is wanted.")
            player = OncePlayer(sound, audition.volume, audition.device, self._setup.output)
            self._tell(AuditionState(number, 1.0, is_playing=True))
            while not player.wait(_LOOK_S) and not self._is_superseded():
                pass
            self._tell(AuditionState(number, 1.0, has_ended=True, problem=player.problem))
        except CancelledError:
            self._tell(AuditionState(number, has_ended=True))
        except EngineError as error:
            self._tell(AuditionState(number, has_ended=True, problem=str(error)))
        finally:
            if player is not None:
                player.stop()

    def _is_superseded(self) -> bool:
        """Answer what was asked meanwhile; returns whether another audition waits, or the end."""
        self._read_words()
        return self._inbox.audition is not None or self._inbox.quit.is_set()
