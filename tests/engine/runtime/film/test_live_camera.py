"""A camera on show: the newest picture, for the display and for the model, also after it was unplugged."""

import queue
import time

import numpy as np
import pytest

from engine.contract.camera import LIVE_S
from engine.contract.errors import MediaError
from engine.contract.telemetry import EngineNotice
from engine.contract.video import VideoInfo
from engine.runtime.film.live_camera import LiveCamera
from engine.runtime.film.live_frames import LiveFrames

CAMERA = VideoInfo("camera:0", 64, 32, 30.0, LIVE_S, times="live")
PULLED = "Camera 0 sends no pictures any more."


class Plug:
    """A camera that sends what a test puts in; None is the end of the cable."""

    def __init__(self) -> None:
        self.sent: queue.Queue = queue.Queue()
        self.is_there = True
        self.opened = self.closed = 0
        self.eye_s = 0.0

    def open(self, _film: VideoInfo) -> "Plug":
        if not self.is_there:
            raise MediaError("Camera 0 is not there: plug the camera in, or choose another one.")
        self.opened += 1
        return self

    def __enter__(self) -> "Plug":
        return self

    def __exit__(self, *_ended) -> None:
        self.closed += 1

    def pictures(self):
        while True:
            try:
                picture = self.sent.get(timeout=0.05)
            except queue.Empty:
                yield from ()
                if self.is_there:
                    continue
                picture = None
            if picture is None:
                raise MediaError(PULLED)
            yield picture

    def for_eye(self, picture: int) -> np.ndarray:
        time.sleep(self.eye_s)
        return np.full((32, 64, 4), picture, np.uint8)

    def for_model(self, picture: int) -> np.ndarray:
        return np.full((128, 256, 3), picture, np.uint8)


@pytest.fixture
def plug():
    made = Plug()
    yield made
    made.is_there = False  # ends the reader


@pytest.fixture
def told():
    return []


@pytest.fixture
def camera(plug, told, board):
    made = LiveCamera(plug.open, told.append, board, again_s=0.05)
    made.open(CAMERA, 7)
    yield made
    plug.is_there = False
    made.close()


def until(condition, patience_s: float = 3.0):
    end = time.monotonic() + patience_s
    while not (found := condition()):
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)
    return found


def shown(camera: LiveCamera, epoch: int = 1, t_s: float = 0.0):
    return until(lambda: camera.take_due(epoch, t_s))


def messages(told: list[EngineNotice]) -> list[str]:
    return [notice.message for notice in told if notice.message]


def test_a_picture_is_shown_once_at_the_time_of_the_sound(camera, plug):
    plug.sent.put(10)
    frame = shown(camera, epoch=5, t_s=12.5)
    assert (frame.epoch, frame.pts_s, int(frame.pixels[0, 0, 0])) == (5, 12.5, 10)
    assert camera.take_due(5, 12.6) is None


def test_a_slow_display_sees_the_newest_picture_and_not_every_one(camera, plug):
    plug.eye_s = 0.03
    for number in range(1, 101):
        plug.sent.put(number)
    seen = [int(shown(camera).pixels[0, 0, 0])]
    while seen[-1] != 100:
        seen.append(int(shown(camera).pixels[0, 0, 0]))
    assert len(seen) < 10
    assert seen == sorted(seen)


def test_the_model_gets_the_newest_picture_whatever_the_film_time(camera, plug, reader):
    frames = LiveFrames(reader, 7)
    plug.sent.put(20)
    first = frames.advance_to(0.0, 2.0).frame
    assert first is not None
    assert (first[0], int(first[1][0, 0, 0])) == (0, 20)
    time.sleep(0.15)
    plug.sent.put(30)
    until(lambda: int(reader.newest(7, 0, 10_000).picture[0, 0, 0]) == 30)
    later = frames.advance_to(1000.0, 0.0)
    assert (later.frame[0], int(later.frame[1][0, 0, 0]), later.late_s) == (4000, 30, 0.0)


def test_the_model_does_not_wait_for_ever_for_a_camera_that_shows_nothing(camera, reader, monkeypatch):
    monkeypatch.setattr("engine.runtime.film.live_frames._FIRST_S", 0.2)
    frames = LiveFrames(reader, 7)
    began = time.perf_counter()
    while frames.advance_to(0.0, 0.05).late_s > 0.0:
        assert time.perf_counter() - began < 2.0
    began = time.perf_counter()
    assert frames.advance_to(0.5, 0.05).frame is None
    assert time.perf_counter() - began < 0.04


def test_an_unplugged_camera_is_told_once_and_shown_again_when_it_is_back(camera, plug, told, reader):
    plug.sent.put(40)
    shown(camera)
    plug.is_there = False
    until(lambda: messages(told))
    time.sleep(0.3)  # several tries
    (message,) = messages(told)
    assert message == (
        f"{PULLED} The last picture stays and the sound continues; the camera is opened again when it is there."
    )
    assert int(reader.newest(7, 0, 100).picture[0, 0, 0]) == 40
    plug.is_there = True
    plug.sent.put(50)
    assert int(shown(camera).pixels[0, 0, 0]) == 50
    assert told[-1] == EngineNotice("", topic="camera")


def test_leaving_lets_go_of_the_camera_and_shows_nothing_more(camera, plug):
    plug.sent.put(60)
    shown(camera)
    camera.leave()
    plug.sent.put(61)  # a camera sends until it is let go of
    until(lambda: plug.closed == 1)
    time.sleep(0.05)
    assert camera.take_due(1, 0.0) is None


def test_the_same_camera_is_let_go_of_before_it_is_opened_again(camera, plug):
    plug.sent.put(70)
    shown(camera)
    camera.open(CAMERA, 8)
    plug.sent.put(71)
    plug.sent.put(72)
    assert int(shown(camera).pixels[0, 0, 0]) == 72
    assert (plug.opened, plug.closed) == (2, 1)


def test_pictures_that_cannot_be_shown_are_told_once(camera, plug, told, monkeypatch):
    def broken(_picture):
        raise ValueError

    monkeypatch.setattr(plug, "for_eye", broken)
    for number in range(5):
        plug.sent.put(number)
        time.sleep(0.02)
    until(lambda: messages(told))
    time.sleep(0.1)
    assert len(messages(told)) == 1
    assert messages(told)[0].startswith("The pictures of Camera 0 cannot be shown.")
