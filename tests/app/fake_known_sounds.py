"""The process of known sounds without a process: it notes what it is asked, and the test says the answers."""

from engine.runtime.sounds.messages import Audition, ReadWords


class FakeKnownSounds:
    """Keeps questions, and hands out what was put in."""

    def __init__(self) -> None:
        self.asked: list[ReadWords] = []
        self.played: list[Audition] = []
        self.queue: list[object] = []
        self.closed = False

    def read(self, question: ReadWords) -> None:
        self.asked.append(question)

    def play(self, audition: Audition) -> None:
        self.played.append(audition)

    def drain(self) -> list[object]:
        said, self.queue = self.queue, []
        return said

    def ask_to_end(self) -> None:
        """Nothing to end."""

    def close(self) -> None:
        self.closed = True
