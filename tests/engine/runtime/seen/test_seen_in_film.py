"""A whole film is looked through: what moves in it is found where it is, and a still film has nothing."""

from multiprocessing.connection import Connection
from pathlib import Path

import av
import numpy as np
import pytest

from engine.contract.directions import Direction, angle_between, direction_to_equirectangular
from engine.contract.errors import CancelledError, CheckpointError, EngineError, MediaError
from engine.contract.seen import SeenThing
from engine.contract.video import UPRIGHT, Pose, VideoInfo
from engine.model.weights.checkpoint import load_model
from engine.runtime.seen import scan
from engine.runtime.seen.child import look_in_child, look_through
from engine.video.probe import probe

SIZE = (512, 256)
SECONDS = 4
FPS = 8


def write(path: Path, *, turns_deg: float | None) -> VideoInfo:
    """Write a film of a soft landscape; a bright square turns from the front to the left by so much, if at all."""
    rows = np.linspace(0.0, 1.0, SIZE[1])[:, None, None]
    land = np.broadcast_to(90.0 + 60.0 * rows * np.array([0.2, 0.6, 1.0]), (SIZE[1], SIZE[0], 3)).astype(np.uint8)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=FPS)
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = *SIZE, "yuv420p", 4_000_000
        for index in range(SECONDS * FPS):
            picture = land.copy()
            if turns_deg is not None:
                azimuth = np.deg2rad(turns_deg * index / (SECONDS * FPS - 1))
                x, y = (round(float(v)) for v in direction_to_equirectangular(azimuth, 0.0, *SIZE))
                picture[y - 14 : y + 14, max(x - 14, 0) : x + 14] = 250
            for packet in stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return probe(path)


@pytest.fixture(scope="module")
def moving(tmp_path_factory: pytest.TempPathFactory) -> VideoInfo:
    return write(tmp_path_factory.mktemp("seen") / "moving.mp4", turns_deg=120.0)


def off_deg(thing: SeenThing, t_s: float, pitch_deg: float = 0.0) -> float:
    wanted = Direction(120.0 * t_s / SECONDS).unit_vector()
    angle = np.deg2rad(pitch_deg)
    turn = np.array([[np.cos(angle), 0.0, -np.sin(angle)], [0.0, 1.0, 0.0], [np.sin(angle), 0.0, np.cos(angle)]])
    return float(np.rad2deg(angle_between(thing.path.at(t_s), turn @ wanted)))


def test_what_moves_is_followed_in_the_scenes_directions(moving: VideoInfo) -> None:
    told: list[float] = []
    (thing,) = scan.seen_in(moving, None, tell=told.append)
    assert thing.start_s <= 1.0
    assert thing.end_s == pytest.approx(SECONDS, abs=0.5)
    assert max(off_deg(thing, t_s) for t_s in (1.0, 2.0, 3.0)) < 35.0  # the place fades over two seconds: it is late
    assert told == [number / 4 for number in range(4 * SECONDS)]
    (tilted,) = scan.seen_in(moving, None, Pose(0.0, 40.0, 0.0))
    assert max(off_deg(tilted, t_s, 40.0) for t_s in (1.0, 2.0, 3.0)) < 35.0


def test_a_still_film_has_nothing(tmp_path: Path) -> None:
    assert list(scan.seen_in(write(tmp_path / "still.mp4", turns_deg=None), None)) == []


def test_the_child_tells_its_progress_and_can_be_cancelled(moving: VideoInfo) -> None:
    fractions: list[float] = []
    things = look_in_child(moving, None, UPRIGHT, fractions.append, lambda: False)
    assert [type(thing) for thing in things] == [SeenThing]
    assert fractions == sorted(fractions)
    assert fractions[-1] > 0.9
    with pytest.raises(CancelledError, match="not looked through"):
        look_in_child(moving, None, UPRIGHT, fractions.append, lambda: True)


def crash(_film: VideoInfo, _checkpoint: Path | None, _horizon: Pose, _answers: Connection) -> None:
    raise SystemExit(1)


def test_damaged_films_and_weights_are_one_sentence(moving: VideoInfo, tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="too damaged to be looked through"):
        look_in_child(moving, None, UPRIGHT, lambda _f: None, lambda: False, crash)
    gone = VideoInfo(str(tmp_path / "gone.mp4"), 512, 256, 8.0, 4.0)
    with pytest.raises(EngineError, match="gone"):
        look_in_child(gone, None, UPRIGHT, lambda _f: None, lambda: False)
    with pytest.raises(EngineError):
        look_in_child(moving, tmp_path / "no weights", UPRIGHT, lambda _f: None, lambda: False, look_through)


def test_weights_that_see_nothing_say_so(moving: VideoInfo, monkeypatch: pytest.MonkeyPatch) -> None:
    model = load_model(None)
    model.generator.conditions.svac = None
    monkeypatch.setattr(scan, "load_model", lambda _checkpoint: model)
    with pytest.raises(CheckpointError, match="cannot see where things are"):
        list(scan.seen_in(moving, None))
