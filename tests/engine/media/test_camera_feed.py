"""A camera behind FFmpeg: a device of FFmpeg's own makes the pictures, at their own speed."""

import errno
import os
import time
from itertools import islice

import av
import pytest

from engine.contract.errors import MediaError
from engine.media.camera import CameraDevice, CameraFeed, _Backlog, _linux_cameras

TURNING = "testsrc2=size={size}:rate={rate},realtime"


class Plugged:
    """Opens a test picture in place of a device, of the size that is asked for, if the camera has it."""

    def __init__(self, *sizes: str, usual: str = "640x480", rate: int = 30) -> None:
        self.sizes, self.usual, self.rate = sizes, usual, rate
        self.asked: list[tuple[str, str, dict[str, str]]] = []

    def __call__(self, file: str, kind: str, options: dict[str, str]):
        self.asked.append((file, kind, options))
        size = options.get("video_size", self.usual)
        made = TURNING.format(size=size if size in self.sizes else self.usual, rate=self.rate)
        return av.open(made, format="lavfi")


def refusing(code: int):
    def refuse(_file: str, _kind: str, _options: dict[str, str]):
        raise OSError(code, os.strerror(code))

    return refuse


def test_a_camera_is_asked_for_a_panorama_first():
    plugged = Plugged("1920x960", "640x480")
    with CameraFeed("0", open_input=plugged) as feed:
        assert feed.size == (1920, 960)
        picture = next(feed.pictures(time.monotonic))
        assert (picture.width, picture.height) == (1920, 960)
    assert {file for file, _, _ in plugged.asked} == {"/dev/video0"}


def test_a_camera_without_a_panorama_shows_what_it_has():
    with CameraFeed("0", open_input=Plugged()) as feed:
        assert feed.size == (640, 480)


def test_a_camera_that_was_read_once_is_opened_at_its_size():
    plugged = Plugged("3840x1920", "1920x960")
    with CameraFeed("0", (1920, 960), open_input=plugged) as feed:
        assert feed.size == (1920, 960)
    with pytest.raises(MediaError, match="Camera 0 sends 640 x 480 pixels now, and 1280 x 640 before"):
        CameraFeed("0", (1280, 640), open_input=plugged)


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (errno.ENOENT, "Camera 0 is not there: plug the camera in, or choose another one."),
        (errno.EBUSY, "Camera 0 is in use by another program: close it there, then open it again."),
        (errno.EACCES, "Camera 0 may not be used: allow SwanSphere to use the camera"),
        (errno.EPROTO, "Camera 0 cannot be opened: protocol error"),
    ],
)
def test_what_a_camera_refuses_is_one_sentence(code, sentence):
    with pytest.raises(MediaError, match=sentence):
        CameraFeed("0", open_input=refusing(code))


def test_a_camera_that_is_unplugged_ends_with_a_sentence():
    class Pulled:
        def __init__(self, container) -> None:
            self.container, self.streams = container, container.streams

        def demux(self, stream):
            yield from islice(self.container.demux(stream), 3)
            raise OSError(errno.ENODEV, "No such device")

        def close(self) -> None:
            self.container.close()

    plugged = Plugged("1920x960")
    with CameraFeed("0", open_input=lambda *asked: Pulled(plugged(*asked))) as feed:
        pictures = feed.pictures(time.monotonic)
        assert len(list(islice(pictures, 3))) == 3
        with pytest.raises(MediaError, match="Camera 0 sends no pictures any more: no such device"):
            next(pictures)


@pytest.mark.parametrize(
    "address",
    ["udp://8.8.8.8:5000", "http://127.0.0.1/x", "udp://127.0.0.1:99999", "udp://127.0.0.1", "file:///etc/passwd"],
)
def test_only_streams_of_this_machine_are_opened(address):
    opened = []
    with pytest.raises(MediaError, match="cannot be used as a camera"):
        CameraFeed(address, open_input=lambda *asked: opened.append(asked))
    assert opened == []


def test_a_stream_listens_on_this_machine_alone():
    plugged = Plugged()
    CameraFeed("udp://localhost:5000", open_input=plugged).close()
    ((file, kind, options),) = plugged.asked
    assert (file, kind) == ("udp://127.0.0.1:5000", "mpegts")
    assert (options["localaddr"], options["protocol_whitelist"]) == ("127.0.0.1", "udp")


def test_names_of_other_files_are_no_cameras():
    with pytest.raises(MediaError, match="There is no camera"):
        CameraFeed("../etc/passwd", open_input=Plugged())


def left_out(packets: int, slow_s: float = 0.0, keys: int = 1, sender_late_s: float = 0.0) -> tuple[list[bool], float]:
    """Return which of the packets at 30 per second are left out if each takes `slow_s` to decode, and the delay then.

    A sender that is late sends each packet `sender_late_s` later than the one before it should be.
    """
    clock, left, due = 0.0, [], 0.0
    backlog = _Backlog(clock)
    for number in range(packets):
        due = number * (1.0 / 30.0 + sender_late_s)
        waited, clock = max(0.0, due - clock), max(clock, due)
        left.append(backlog.leaves_out(waited, clock, is_key=number % keys == 0))
        clock += 0.0001 if left[-1] else slow_s
    return left, clock - due


@pytest.mark.parametrize("sender_late_s", [0.0, 0.1])
def test_a_decoder_in_time_leaves_nothing_out(sender_late_s):
    assert not any(left_out(3000, slow_s=0.03, sender_late_s=sender_late_s)[0])


@pytest.mark.parametrize("keys", [1, 15])
def test_a_slow_decoder_leaves_pictures_out_and_stays_near(keys):
    left, behind_s = left_out(3000, slow_s=0.05, keys=keys)
    assert 0.2 < sum(left) / len(left) < 0.8
    assert behind_s < 0.7


def test_linux_lists_cameras_without_their_other_nodes(tmp_path):
    for node, name, index in (("video10", "Late", "0"), ("video2", "THETA V", "0"), ("video3", "THETA V", "1")):
        (tmp_path / node).mkdir()
        (tmp_path / node / "name").write_text(f"{name}\n")
        (tmp_path / node / "index").write_text(f"{index}\n")
    (tmp_path / "v4l-subdev0").mkdir()
    assert _linux_cameras(tmp_path) == (CameraDevice("2", "THETA V"), CameraDevice("10", "Late"))
    assert _linux_cameras(tmp_path / "none") == ()
