"""A generation loop with a hand on every side: its ring is read, and its requests are put, by the test."""

import threading
import time

import numpy as np

from engine.contract.control import GenerationSettings
from engine.contract.errors import MediaError
from engine.contract.video import VideoInfo
from engine.runtime.film.conditioning_feed import Seen
from engine.runtime.generation.loop import GenerationLoop
from engine.runtime.processes.mailbox import Mailbox
from engine.runtime.processes.messages import TakeRequest
from engine.runtime.shared.epochs import after_seek, first_epoch, take_of
from engine.runtime.shared.spsc_ring import RingOwner, RingReader, RingWriter
from engine.runtime.shared.state import SharedState
from tests.fakes import FakePatchSource, FakeSource

BUFFER_S = 0.75
FILM_S = 3.0
FILM_END = int(FILM_S * 48_000)
FILM = VideoInfo("film.mp4", 256, 128, 10.0, FILM_S, "mpeg4")
NEVER_HEARD = (0, 0)


class Pictures:
    def __init__(self, fails: bool, late_s: float) -> None:
        self.asked: list[float] = []
        self.fails = fails
        self.late_s = late_s

    def begin(self, t_s):
        pass

    def advance_to(self, t_s, patience_s):
        self.asked.append(t_s)
        if self.fails:
            raise MediaError("The film is damaged: open another one.")
        if self.late_s > 0.0:  # a film that never comes
            time.sleep(patience_s)
            return Seen(None, self.late_s)
        return Seen((int(t_s * 4), np.zeros((128, 256, 3), np.uint8)), 0.0)

    def close(self):
        pass


class Recorded:
    """What the loop hands to the recorder."""

    def __init__(self):
        self.begun, self.written, self.settings = [], [], []

    def begin(self, request):
        self.begun.append(request)

    def write(self, epoch, start, samples):
        self.written.append((epoch, start, samples))

    def note_settings(self, change):
        self.settings.append(change)


class Rig:
    def __init__(self, tmp_path, plan: FakeSource = FakeSource(), slots: int = 27) -> None:  # noqa: B008
        self.owner = RingOwner(slots)
        writer = RingWriter(self.owner.name, slots)
        self.reader = RingReader(self.owner.name, slots)
        self.state = SharedState()
        self.recorder = Recorded()
        self.settings = Mailbox(GenerationSettings())
        self.takes: Mailbox[TakeRequest | None] = Mailbox(None)
        self.told: list[object] = []
        self.wake, self.quit = threading.Event(), threading.Event()
        self.film_fails = False
        self.film_late_s = 0.0
        self.pictures: list[Pictures] = []
        self.epoch = first_epoch()
        self.error: Exception | None = None
        self.source = FakePatchSource(plan)
        loop = GenerationLoop(
            self.source, writer, self.state, self.recorder, self.settings, self.takes, self.open_film, self.told.append,
            self.wake, self.quit, BUFFER_S,
        )  # fmt: skip
        self._parts = (writer, self.reader, self.owner, self.state)
        self.thread = threading.Thread(target=self.run, args=(loop,))
        self.thread.start()

    def run(self, loop):
        try:
            loop.run()
        except Exception as error:
            self.error = error

    def open_film(self, film):
        self.pictures.append(Pictures(self.film_fails, self.film_late_s))
        return self.pictures[-1]

    def close(self):
        self.quit.set()
        self.wake.set()
        self.thread.join()
        for part in self._parts:
            part.close()

    def take(self, start: int, film_number: int = 1, heard_before=NEVER_HEARD) -> None:
        self.epoch = after_seek(self.epoch)
        self.state.want_take(self.epoch, start)
        self.takes.put(TakeRequest(self.epoch, start, FILM, FILM_END, film_number, heard_before))
        self.wake.set()

    def drain(self, samples: int) -> list[tuple[int, int, np.ndarray]]:
        """Read (epoch, start, samples) of the wanted take, as the ear would."""
        pieces, got, until = [], 0, time.monotonic() + 5.0
        while got < samples and time.monotonic() < until:
            self.reader.drop_older_takes(self.epoch)
            piece = self.reader.front(samples - got)
            if piece is None or take_of(piece.epoch) != take_of(self.epoch):
                time.sleep(0.002)
                continue
            pieces.append((piece.epoch, piece.start, piece.samples.copy()))
            got += piece.samples.shape[1]
            self.reader.advance(piece.samples.shape[1])
        assert got == samples
        return pieces

    def wait_for(self, condition) -> None:
        until = time.monotonic() + 5.0
        while not condition():
            assert time.monotonic() < until, "it did not happen within 5 s"
            self.reader.drop_older_takes(self.epoch)
            time.sleep(0.005)

    def of(self, kind) -> list:
        return [message for message in self.told if isinstance(message, kind)]


def sound(pieces) -> np.ndarray:
    return np.concatenate([samples for _, _, samples in pieces], axis=1)
