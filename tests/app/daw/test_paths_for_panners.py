"""Paths for workstations land where the lane is: left is positive, the back is no whole turn, circles stay circles."""

import itertools
import shutil
import socket
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest

from app.command_line.path_file import read_direction_path
from app.osc.messages import messages_in
from engine.contract.control import PathInterpolation
from engine.contract.directions import Direction, angle_between
from engine.contract.errors import InvalidInputError
from engine.contract.scene.lane import Lane
from engine.contract.scene.path_shape import PathShape
from engine.contract.scene.place import Keyframe, LanePath
from engine.daw.panners import Panner, messages, placed_lanes
from engine.daw.path_files import automation, osc_lines, write_paths

RATE = 48_000


def path(*frames: tuple[float, float, float], circle: bool = False) -> LanePath:
    way = PathInterpolation.GREAT_CIRCLE if circle else PathInterpolation.AZIMUTH_ELEVATION
    return LanePath(tuple(Keyframe(round(t * RATE), Direction(az, el), 2.0 + t) for t, az, el in frames), way)


PATHS = {
    "still": path((0.0, 90.0, 10.0)),
    "late": path((1.0, -30.0, 0.0), (3.0, 30.0, 45.0)),
    "behind": path((0.0, 170.0, 0.0), (2.0, -150.0, 20.0), (3.0, 150.0, -20.0)),
    "cut": path((0.0, 0.0, 0.0), (1.0, 10.0, 0.0), (1.0, -90.0, 30.0), (2.0, -80.0, 30.0)),
    "circle": path((0.0, 60.0, 40.0), (2.0, -140.0, 30.0), (3.0, 100.0, -60.0), circle=True),
    "over the top": path((0.0, 0.0, 60.0), (2.0, 180.0, 60.0), circle=True),
}


@pytest.mark.parametrize("name", PATHS)
def test_automation_that_is_read_again_is_the_same_path(tmp_path: Path, name: str) -> None:
    file = tmp_path / "lane.csv"
    file.write_text(automation(PATHS[name]))
    again = read_direction_path(file)
    at = np.arange(0.003, 4.0, 0.0173)
    wanted = PathShape(PATHS[name]).vectors_at(at * RATE)
    heard = np.array([again.at(float(t)) for t in at])
    assert np.rad2deg(np.max(angle_between(wanted, heard))) < 0.51


def test_the_file_says_what_its_columns_are_and_left_is_positive() -> None:
    lines = automation(PATHS["still"]).splitlines()
    assert lines == ["time_s,azimuth_deg,elevation_deg,distance_m", "0.000000,90.000,10.000,2.000"]
    late = automation(PATHS["late"]).splitlines()
    assert late[1:3] == [
        "0.000000,-30.000,0.000,3.000",
        "1.000000,-30.000,0.000,3.000",
    ]


def test_a_workstation_that_draws_straight_lines_never_turns_all_the_way_round() -> None:
    rows = [[float(cell) for cell in line.split(",")] for line in automation(PATHS["behind"]).splitlines()[1:]]
    for (t0, a0, *_), (t1, a1, *_) in itertools.pairwise(rows):
        assert abs(a1 - a0) <= 180.0 or t0 == t1
    assert [row[1] for row in rows] == [170.0, 180.0, -180.0, -150.0, -180.0, 180.0, 150.0]


def test_the_multi_encoder_reads_degrees_and_reaper_reads_shares() -> None:
    left_up = Direction(90.0, 45.0)
    assert dict(messages(Panner.IEM, 3, left_up)) == {"/MultiEncoder/azimuth3": 90.0, "/MultiEncoder/elevation3": 45.0}
    assert dict(messages(Panner.SPARTA, 1, left_up)) == {
        "/track/1/fx/1/fxparam/7/value": 0.75, "/track/1/fx/1/fxparam/8/value": 0.75,
    }  # fmt: skip


def lanes() -> list[Lane]:
    return [Lane(lane_id=n, name=name, path=PATHS[name]) for n, name in enumerate(("late", "circle"), start=1)]


def test_an_osc_file_has_every_source_at_every_time() -> None:
    told: dict[str, list[tuple[float, float]]] = {}
    for line in osc_lines(lanes(), Panner.IEM, 4 * RATE):
        at, address, kind, value = line.split()
        assert kind == "f"
        seconds, fraction = (int(part, 16) for part in at.split("."))
        told.setdefault(address, []).append((seconds - 1 + fraction / 2**32, float(value)))
    assert sorted(told) == [f"/MultiEncoder/{what}{n}" for what in ("azimuth", "elevation") for n in (0, 1)]
    for source, lane in enumerate(lanes()):
        shape = PathShape(lane.path)
        for t in np.arange(0.0, 4.0, 0.0317):
            azimuth, elevation = (
                next(value for at, value in reversed(told[f"/MultiEncoder/{what}{source}"]) if at <= t + 1e-6)
                for what in ("azimuth", "elevation")
            )
            behind = [shape.vectors_at([max(0.0, t - late) * RATE])[0] for late in (0.0, 0.02, 0.04)]
            assert min(np.rad2deg(angle_between(Direction(azimuth, elevation).unit_vector(), v)) for v in behind) < 3.5


@pytest.mark.skipif(shutil.which("oscsendfile") is None, reason="liblo-tools is not installed")
@pytest.mark.slow
def test_liblo_plays_the_file_in_time(tmp_path: Path) -> None:
    moving = Lane(lane_id=1, name="a", path=path((0.0, 0.0, 0.0), (1.0, 90.0, 0.0)))
    file = tmp_path / "paths.osc"
    write_paths([(file, [moving])], Panner.IEM, RATE)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as panner:
        panner.bind(("127.0.0.1", 0))
        panner.settimeout(5.0)
        port = str(panner.getsockname()[1])
        player = subprocess.Popen(["oscsendfile", "127.0.0.1", port, str(file)], stdout=subprocess.DEVNULL)
        heard: list[tuple[float, float]] = []
        while not heard or heard[-1][1] < 90.0:
            for message in messages_in(panner.recv(2_048)):
                if message.address == "/MultiEncoder/azimuth0":
                    heard.append((time.monotonic(), message.values[0]))
        player.wait(5)
    assert len(heard) == 26
    assert heard[-1][0] - heard[0][0] == pytest.approx(1.0, abs=0.3)


def test_without_a_placed_lane_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="No lane of the project has a place"):
        placed_lanes([Lane(lane_id=1, name="a")])
    with pytest.raises(InvalidInputError, match="64 sources"):
        placed_lanes([Lane(lane_id=n, name="a", path=PATHS["still"]) for n in range(1, 70)])
