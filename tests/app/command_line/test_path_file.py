"""A path that a workstation or an editor wrote is read as it was meant; anything else is one sentence."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.cli import main
from app.command_line.path_file import clock_seconds, read_direction_path
from engine.contract.control import PathInterpolation
from engine.contract.directions import azimuth_elevation
from engine.contract.errors import InvalidInputError

POINTS = [{"t_s": 0, "azimuth_deg": -90, "elevation_deg": 0}, {"t_s": 6, "azimuth_deg": 90, "elevation_deg": 45}]
LIST = json.dumps(POINTS)


def written(folder: Path, text: str, name: str = "path", encoding: str = "utf-8") -> Path:
    file = folder / name
    file.write_text(text, encoding=encoding)
    return file


def read_points(file: Path) -> list[tuple[float, float, float]]:
    return [(p.t_s, p.direction.azimuth_deg, p.direction.elevation_deg) for p in read_direction_path(file).points]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_byte_order_mark_changes_nothing(tmp_path: Path, encoding: str) -> None:
    assert read_points(written(tmp_path, LIST, encoding=encoding)) == [(0, -90, 0), (6, 90, 45)]


def test_half_way_is_where_an_automation_curve_has_it_unless_the_great_circle_is_asked_for(tmp_path: Path) -> None:
    plain = written(tmp_path, LIST, "plain")
    round_ = written(tmp_path, json.dumps({"interpolation": "great-circle", "points": POINTS}), "round")

    def middle(file: Path, way: PathInterpolation | None = None) -> list[int]:
        return [round(float(np.rad2deg(a))) for a in azimuth_elevation(read_direction_path(file, way).at(3.0))]

    assert middle(plain) == [0, 23]
    assert middle(round_)[1] in (67, 68)
    assert middle(plain, PathInterpolation.GREAT_CIRCLE) == middle(round_)
    assert middle(round_, PathInterpolation.AZIMUTH_ELEVATION) == [0, 23]


def test_azimuths_of_0_to_360_are_taken(tmp_path: Path) -> None:
    assert read_points(written(tmp_path, '[{"t_s": 0, "azimuth_deg": 350}]')) == [(0, -10, 0)]
    assert read_points(written(tmp_path, "0,270,10")) == [(0, -90, 10)]


@pytest.mark.parametrize(
    "text",
    [
        "0,-90,0\n6,90,45\n",
        "time,azimuth,elevation\n0,-90,0\n6,90,45\n",
        "Elevation (deg);Azimuth (deg);Time (s)\n0;-90;0\n45;90;6\n",
        "00:00:00.000;-90,0;0,0\r\n00:00:06.000;90,0;45,0\r\n",
        "# written by hand\n0:00\t-90\t0\n\n0:06\t90\t45\n",
        "Time,Az,El,Distance\n0,270,0,1\n6,90,45,2\n",
    ],
)
def test_the_csv_of_a_workstation_is_read(tmp_path: Path, text: str) -> None:
    assert read_points(written(tmp_path, text)) == [(0, -90, 0), (6, 90, 45)]


def test_two_points_at_one_time_are_a_cut(tmp_path: Path) -> None:
    path = read_direction_path(written(tmp_path, "0,30\n2,30\n2,-120\n"))
    assert [round(float(np.rad2deg(azimuth_elevation(path.at(t))[0]))) for t in (1.9, 2.0)] == [30, -120]


BROKEN = [
    "", "[]", "{}", "3", "[1]", '[{"t_s": 0}]', '[{"t_s": 0, "azimuth_deg": 400}]', '{"a": 1}', "[" * 5000,
    '[{"t_s": NaN, "azimuth_deg": 0}]', '[{"t_s": 1, "azimuth_deg": 0}, {"t_s": 0, "azimuth_deg": 0}]', '["ab"]',
    '[{"t_s": 0, "azimuth_deg": 1%s}]' % ("0" * 400), '[{"t_s": 1e999, "azimuth_deg": 0}]', '{"points": 3}',
    '[{"t_s": 1%s, "azimuth_deg": 0}]' % ("0" * 5000), '{"interpolation": "curly", "points": []}', "0,a\n", "0\n",
    "time,pan\n0,30\n", "0,30\n1,nan\n", "00:00:01:12,30,0\n", '"' * 9, "0,30\n" + "x" * 200_000, "\0,1\n",
    '{"interpolation": [], "points": [{"t_s": 0, "azimuth_deg": 0}]}',
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("text", BROKEN, ids=[str(index) for index in range(len(BROKEN))])
def test_a_broken_path_is_one_sentence_that_names_the_file(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidInputError, match="path_name") as told:
        read_direction_path(written(tmp_path, text, "path_name"))
    assert "path_name" in str(told.value)
    assert "Error" not in str(told.value)


def test_what_is_no_text_no_file_or_too_large_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "bytes").write_bytes(bytes(range(256)))
    (tmp_path / "large").write_bytes(b" " * (5 << 20))
    os.mkfifo(tmp_path / "pipe")
    for name in ("bytes", "large", "pipe", "missing", ".", "a\0b"):
        with pytest.raises(InvalidInputError):
            read_direction_path(tmp_path / name)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(
    seed=st.sampled_from([LIST, "time,azimuth,elevation\n0,-90,0\n6,90,45\n", "0;1,5;2\n"]),
    at=st.floats(0, 1),
    cut=st.integers(0, 8),
    junk=st.text(max_size=8),
)
def test_any_damage_gives_a_path_or_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, seed: str, at: float, cut: int, junk: str
) -> None:
    place = int(at * len(seed))
    file = tmp_path_factory.getbasetemp() / "damaged"
    file.write_bytes((seed[:place] + junk + seed[place + cut :]).encode("utf-8", "surrogatepass"))
    try:
        path = read_direction_path(file)
    except InvalidInputError:
        return
    assert np.linalg.norm(path.at(1.0)) == pytest.approx(1.0)


@pytest.mark.parametrize(("text", "seconds"), [("90", 90), ("1:30", 90), ("0:01:30.5", 90.5), ("2.25", 2.25)])
def test_times_as_people_write_them(text: str, seconds: float) -> None:
    assert clock_seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "-1", "nan", "1:2:3:4", "soon", "inf", "1" + "0" * 400])
def test_what_is_no_time_is_told(text: str) -> None:
    with pytest.raises(InvalidInputError, match="not a time"):
        clock_seconds(text)


def test_a_broken_path_is_one_line_and_exit_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path, '[{"t_s": 0, "azimuth_deg": 1%s}]' % ("0" * 400))
    assert main(["generate", "--prompt", "x", "--path", str(file), "--out", str(tmp_path / "o.wav")]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert str(file) in told
