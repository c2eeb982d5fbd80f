"""One decoder for eye and model: it runs ahead of the model, which never waits for the eye, nor the eye for it."""

import threading
import time
from dataclasses import dataclass, replace
from math import inf

import pytest

from engine.contract.errors import MediaError
from engine.contract.video import VideoInfo
from engine.runtime.film.for_model import LEAD_S, PicturesForModel
from engine.runtime.film.look_ahead import AHEAD
from engine.runtime.film.picture_board import BoardReader, PictureBoard
from engine.runtime.film.video_loop import VideoLoop
from engine.runtime.film.video_worker import VideoWorker
from engine.runtime.shared.epochs import after_seek, first_epoch, next_iteration
from engine.runtime.shared.played import Clock
from engine.runtime.shared.state import SharedState
from engine.video.effort import Effort
from tests.engine.runtime.film.numbered_pictures import NumberedPicture

TAKE = after_seek(first_epoch())
FPS = 25
FILM = VideoInfo("film.mp4", 256, 128, FPS, 8.0)
PICTURE_BYTES = 1000
PATIENCE_S = 10.0


@dataclass(frozen=True)
class Picture(NumberedPicture):
    """A picture whose pixels say which index of the 4-fps grid it begins in."""

    number: int
    until_s: float
    size_bytes: int = PICTURE_BYTES

    @property
    def from_s(self):
        return self.number / FPS


class Decoder:
    """Decodes at once, unless it is told to be slow; key pictures, every second, are always quick."""

    def __init__(self, film):
        self.film = film
        self.effort = Effort.EVERY
        self.efforts: list[Effort] = []
        self.starts: list[float] = []
        self.decoded = 0
        self.delay_s = 0.0
        self.fail_at: int | None = None
        self.go_on = threading.Event()
        self.go_on.set()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def spare(self, effort):
        self.effort = effort
        self.efforts.append(effort)

    def pictures(self, start_s):
        self.starts.append(start_s)
        count, number = round(self.film.duration_s * FPS), int(start_s * FPS + 1e-6)
        while number < count:
            self.go_on.wait()
            if number == self.fail_at:
                raise MediaError("The film is damaged at a place.")
            keys = self.effort is Effort.KEYS
            time.sleep(self.delay_s / 20 if keys else self.delay_s)
            following = (number // FPS + 1) * FPS if keys else number + 1
            self.decoded += 1
            yield Picture(number, following / FPS if following < count else inf)
            number = following


class Rig:
    def __init__(self, most_bytes=1 << 23):
        self.state = SharedState()
        self.board = PictureBoard()
        self.reader = BoardReader(self.board.name)
        self.told = []
        self.decoders: list[Decoder] = []
        self.prepare = lambda decoder: None
        model = PicturesForModel(self.board, self.state, 0.75, 0.06, most_bytes)
        self.worker = VideoWorker(self.open_decoder, self.told.append, model)

    def open_decoder(self, film):
        decoder = Decoder(film)
        self.prepare(decoder)
        self.decoders.append(decoder)
        return decoder

    def open(self, film=FILM, take=TAKE, number=1):
        self.state.want_take(take, 0)
        self.worker.open(film, take, number)

    def seek(self, take, t_s):
        self.state.want_take(take, round(48_000 * t_s))
        self.worker.seek(take, t_s)

    def at(self, epoch, heard_s, lead_s=0.9):
        """Say where the ear and the model are."""
        sample = round(48_000 * heard_s)
        self.state.publish_clock(Clock(epoch, sample, sample, 0, 0.0))
        self.state.publish_produced(epoch, round(48_000 * (heard_s + lead_s)))

    def level(self, index, number=1):
        found = self.reader.newest(number, index, index)
        return None if found is None else int(found.picture[0, 0, 0])

    @property
    def decoded(self):
        return sum(decoder.decoded for decoder in self.decoders)

    def close(self):
        for decoder in self.decoders:
            decoder.go_on.set()
        self.worker.close()
        self.reader.close()
        self.board.close()
        self.state.close()


@pytest.fixture
def rig_of():
    made = []

    def make(**options):
        made.append(Rig(**options))
        return made[-1]

    yield make
    for rig in made:
        rig.close()


@pytest.fixture
def rig(rig_of):
    return rig_of()


def until(condition, patience_s=PATIENCE_S):
    end = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)


def steady(value, for_s=0.25):
    """Return a value once it has stood still."""
    last, since = value(), time.monotonic()
    while time.monotonic() - since < for_s:
        time.sleep(0.01)
        if value() != last:
            last, since = value(), time.monotonic()
    return last


def picture_at(index):
    """Return the number of the picture that is on show at an index of the grid."""
    return index * FPS // 4


def test_the_decoder_stays_ahead_of_the_model_and_no_farther(rig):
    rig.open()
    until(lambda: rig.level(1) == picture_at(1))
    before = steady(lambda: rig.decoded)
    assert before <= FPS * LEAD_S + AHEAD + 2
    rig.at(TAKE, 1.0)
    until(lambda: rig.level(int(4 * (1.9 + LEAD_S)) - 1) is not None)
    assert steady(lambda: rig.decoded) <= FPS * (1.9 + LEAD_S) + AHEAD + 2
    for index in range(7, 9):
        assert rig.level(index) == picture_at(index)


def test_the_eye_gets_every_picture_in_order_while_the_model_is_ahead(rig):
    rig.open()
    shown = []
    for step in range(round(4.0 * 60)):
        rig.at(TAKE, step / 60)
        until(lambda: rig.level(int(4 * (step / 60 + 0.9))) is not None)  # noqa: B023  (used at once)
        if step % 2 == 0:
            until(lambda: len(rig.worker._ahead._ready) > 1)
        frame = rig.worker.take_due(TAKE, step / 60)
        if frame is not None:
            assert frame.pts_s <= step / 60 + 1e-9
            shown.append(round(frame.pts_s * FPS))
            assert frame.pixels[0, 0, 0] == shown[-1]
    assert shown == list(range(shown[-1] + 1))
    assert shown[-1] >= 4.0 * FPS - 2
    assert rig.told == []
    assert len(rig.decoders[0].starts) == 1


def test_a_seek_serves_the_model_from_the_patch_in_which_it_lands(rig):
    rig.open()
    until(lambda: rig.level(0) == 0)
    taken = after_seek(TAKE)
    rig.seek(taken, 5.03)
    until(lambda: rig.level(20) == picture_at(20))
    assert rig.level(19) == picture_at(19)  # a patch that holds 5.03 s may begin at 4.9 s
    until(lambda: rig.worker._ahead._ready)
    assert rig.worker.take_due(taken, 5.03).pts_s == pytest.approx(int(5.03 * FPS) / FPS)


@pytest.mark.slow
def test_the_loop_goes_round_before_the_eye_is_at_the_end(rig):
    rig.worker.set_loop(VideoLoop(True), (0, 0.0))
    rig.open(replace(FILM, duration_s=3.0))
    iteration = next_iteration(TAKE)
    for step in range(0, 40):
        rig.at(TAKE, step / 20)
        rig.worker.take_due(TAKE, step / 20)
        time.sleep(0.002)
    rig.state.publish_produced(iteration, 0)
    rig.at(TAKE, 2.1, lead_s=0.9)
    until(lambda: rig.level(0) == 0 and rig.level(1) == picture_at(1))
    shown = []
    for step in range(30):
        epoch, t_s = (TAKE, 2.5 + step / FPS) if 2.5 + step / FPS < 3.0 else (iteration, step / FPS - 0.5)
        rig.state.publish_clock(Clock(epoch, round(48_000 * t_s), round(48_000 * t_s), 0, 0.0))
        rig.state.publish_produced(iteration, round(48_000 * (t_s + 0.9 - (3.0 if epoch == TAKE else 0.0))))
        time.sleep(0.02)
        frame = rig.worker.take_due(epoch, t_s)
        if frame is not None:
            shown.append((frame.epoch, frame.pts_s))
    assert shown == sorted(shown)
    assert shown[-1][0] == iteration
    assert shown[-1][1] > 0.4


@pytest.mark.slow
def test_a_window_that_does_not_look_starves_nobody(rig):
    rig.open()
    for step in range(30 * 6):
        rig.at(TAKE, step / 30)
        time.sleep(0.003)
    until(lambda: rig.level(int(4 * 6.8)) == picture_at(int(4 * 6.8)))
    assert steady(lambda: len(rig.worker._ahead)) < FPS * (0.9 + LEAD_S) + AHEAD + 4
    assert rig.reader.is_served(1)
    # When it looks again it sees what is heard, and nothing is decoded less for it.
    frame = rig.worker.take_due(TAKE, 6.0)
    for _ in range(50):
        time.sleep(0.005)
        frame = rig.worker.take_due(TAKE, 6.0) or frame
    assert frame.pts_s == pytest.approx(6.0)
    assert rig.told == []
    assert set(rig.decoders[0].efforts) == {Effort.EVERY}


def test_pictures_that_outgrow_the_memory_leave_the_model_to_its_own_reader(rig_of):
    rig = rig_of(most_bytes=4_000_000)
    real = Picture
    rig.prepare = lambda decoder: setattr(
        decoder,
        "pictures",
        lambda start_s: (real(p.number, p.until_s, 400_000) for p in Decoder.pictures(decoder, start_s)),
    )
    rig.open()
    assert rig.worker._serves_model
    until(lambda: rig.worker._ahead.size_bytes > 0)
    rig.at(TAKE, 0.0)
    until(lambda: not rig.reader.is_served(1))
    assert rig.worker._ahead.size_bytes <= 4_000_000 + 400_000
    # The eye goes on as with a decoder of its own.
    frame = rig.worker.take_due(TAKE, 0.0)
    for step in range(60):
        frame = rig.worker.take_due(TAKE, step / 60) or frame
        time.sleep(0.005)
    assert frame.pts_s > 0.8
    assert rig.told == []


def test_a_failure_leaves_the_model_to_its_own_reader_and_is_told_once(rig):
    rig.prepare = lambda decoder: setattr(decoder, "fail_at", 5)
    rig.open()
    until(lambda: not rig.reader.is_served(1))
    until(lambda: rig.told)
    (notice,) = rig.told
    assert notice.message.startswith("The film is damaged at a place. The sound continues without a picture")
    rig.prepare = lambda decoder: None
    rig.open(take=after_seek(TAKE), number=2)
    until(lambda: rig.level(0, number=2) == 0)
    assert rig.reader.is_served(2)


def test_a_picture_that_cannot_be_made_is_told_like_any_failure(rig):
    class Broken(Picture):
        def for_eye(self):
            raise MediaError("The pictures of film.mp4 cannot be shown: convert it to H.264.")

    rig.prepare = lambda decoder: setattr(
        decoder, "pictures", lambda start_s: (Broken(p.number, p.until_s) for p in Decoder.pictures(decoder, start_s))
    )
    rig.open()
    until(lambda: rig.told)
    assert "cannot be shown" in rig.told[0].message
    until(lambda: not rig.reader.is_served(1))
    time.sleep(0.1)
    assert len(rig.told) == 1


@pytest.mark.slow
def test_a_decoder_that_is_a_little_slow_decodes_less_before_the_eye_is_late(rig):
    rig.prepare = lambda decoder: setattr(decoder, "delay_s", 0.06)  # 17 pictures a second of 25
    rig.open(replace(FILM, duration_s=30.0))
    rig.at(TAKE, 0.0, lead_s=0.7)
    until(lambda: rig.level(4) is not None)
    began, late_s, frames = time.monotonic(), [], []
    while (t_s := time.monotonic() - began) < 8.0:
        rig.at(TAKE, t_s, lead_s=0.7)
        frame = rig.worker.take_due(TAKE, t_s)
        if frame is not None:
            frames.append(frame)
            late_s.append(t_s - frame.pts_s)
        time.sleep(0.005)
    decoder = rig.decoders[0]
    assert decoder.effort is not Effort.EVERY
    assert len(decoder.starts) == 1  # it went by fewer pictures where it was, without a jump
    assert max(late_s) < 1.3
    assert [notice.lasts for notice in rig.told] == [True]
    head = rig.worker._head
    assert head[1] - (t_s + 0.7) > -1.3


@pytest.mark.slow
def test_a_decoder_that_stands_still_holds_up_neither_and_jumps_to_where_the_model_is(rig):
    rig.prepare = lambda decoder: setattr(decoder, "delay_s", 0.05)
    rig.open(replace(FILM, duration_s=60.0))
    until(lambda: rig.level(1) is not None)
    decoder = rig.decoders[0]
    decoder.go_on.clear()
    began_s = time.perf_counter()
    rig.at(TAKE, 5.0)
    for _ in range(20):
        rig.worker.take_due(TAKE, 5.0)
        rig.worker.set_loop(VideoLoop(False), (0, 0.0))
    assert time.perf_counter() - began_s < 0.5
    decoder.go_on.set()

    def jumped() -> bool:
        rig.at(TAKE, 5.0 + time.perf_counter() - began_s)
        rig.worker.take_due(TAKE, 5.0 + time.perf_counter() - began_s)
        return len(decoder.starts) > 1

    until(jumped)
    assert decoder.starts[1] >= 6.0
    until(lambda: rig.level(int(4 * (decoder.starts[1] + 0.3))) is not None)


@pytest.mark.slow
def test_a_decoder_that_was_held_up_for_a_moment_catches_up_by_itself(rig):
    rig.prepare = lambda decoder: setattr(decoder, "delay_s", 0.005)
    rig.open(replace(FILM, duration_s=60.0))
    until(lambda: rig.level(1) is not None)
    decoder = rig.decoders[0]
    frame = rig.worker.take_due(TAKE, 0.0)
    began = time.monotonic()
    while (t_s := time.monotonic() - began) < 6.0:
        decoder.go_on.set() if not 1.0 < t_s < 2.4 else decoder.go_on.clear()
        rig.at(TAKE, t_s)
        frame = rig.worker.take_due(TAKE, t_s) or frame
        time.sleep(0.01)
    assert len(decoder.starts) == 1
    assert set(decoder.efforts) == {Effort.EVERY}
    assert rig.told == []
    assert t_s - frame.pts_s < 0.2
    assert rig.level(int(4 * (t_s + 0.9))) is not None


def test_the_head_is_the_start_when_more_is_decoded_again(rig):
    rig.open(replace(FILM, duration_s=60.0))
    until(lambda: rig.level(1) is not None)
    worker = rig.worker
    waiting = steady(lambda: len(worker._ahead))
    worker._pace.note_late()
    worker._pace._since_s -= 100.0  # the trial is over
    worker._effort = Effort.REFERENCES
    worker.take_due(TAKE, 0.0)
    decoder = rig.decoders[0]
    until(lambda: len(decoder.starts) == 2)
    assert decoder.efforts[-1] is Effort.EVERY
    assert decoder.starts[1] >= 0.25
    assert len(worker._ahead) >= waiting - 2  # what waits for the eye stays
