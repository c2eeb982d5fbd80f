"""What films say of their sphere is read where it stands, and what cannot be is named."""

import math
import os
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.contract.errors import MediaError
from engine.contract.video import UPRIGHT, WHOLE_SPHERE, Bounds, Pose, Projection, StereoLayout
from engine.contract.view import ViewOrientation
from engine.media.boxes import BoxReader
from engine.video.facts.xmp import xmp_metadata
from engine.video.probe import probe
from tests.engine.video.boxed_films import box, boxed_film, cbmp, equi, full, st3d, sv3d, xmp
from tests.engine.video.made_films import STEADY, copied, write_film

HALF = Bounds(90.0, -90.0, 90.0, -90.0)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mode", "layout"),
    [
        (0, StereoLayout.MONO),
        (1, StereoLayout.TOP_BOTTOM),
        (2, StereoLayout.LEFT_RIGHT),
        (4, StereoLayout.LEFT_RIGHT),
    ],
)
@pytest.mark.parametrize("size", [(64, 32), (64, 64), (64, 36)])
def test_the_layout_of_st3d_goes_before_the_shape(
    tmp_path: Path, mode: int, layout: StereoLayout, size: tuple[int, int]
) -> None:
    info = probe(boxed_film(tmp_path / "f.mp4", st3d(mode) + sv3d(equi()), size=size))
    assert (info.layout, info.layout_source) == (layout, "file")
    assert (info.projection, info.projection_source) == (Projection.EQUIRECTANGULAR, "file")
    assert info.bounds == WHOLE_SPHERE
    assert info.notices == ()


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "webm"])
def test_bounds_and_pose_are_read_in_every_container(tmp_path: Path, suffix: str) -> None:
    film = boxed_film(tmp_path / "f.mp4", st3d(2) + sv3d(equi(0, 0, 0.25, 0.25), (90.0, -10.5, 5.25)))
    if suffix == "webm":
        film.rename(tmp_path / "f.mkv")
        film = tmp_path / "f.mkv"
    info = probe(film if suffix != "mkv" else copied(film, tmp_path / "f.mkv"))
    assert (info.layout, info.bounds) == (StereoLayout.LEFT_RIGHT, HALF)
    assert info.pose == Pose(90.0, -10.5, 5.25)


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_a_cube_map_is_read_with_its_padding(tmp_path: Path, suffix: str) -> None:
    film = boxed_film(tmp_path / "f.mp4", sv3d(cbmp(0, 3)), size=(96, 64))
    info = probe(film if suffix == "mp4" else copied(film, tmp_path / "f.mkv"))
    assert (info.projection, info.projection_source, info.cube_padding) == (Projection.CUBEMAP, "file", 3)
    assert (info.layout, info.layout_source) == (StereoLayout.MONO, "file")


def test_a_mesh_is_named_and_the_user_chooses(tmp_path: Path) -> None:
    film = boxed_film(tmp_path / "f.mp4", sv3d(full(b"mshp", bytes(8))), size=(96, 64))
    info = probe(film)
    assert info.projection_source == "guess"
    assert "mesh" in info.notices[0]
    assert probe(film, projection=Projection.EAC).projection_source == "user"
    cube = copied(boxed_film(tmp_path / "c.mp4", sv3d(cbmp()), size=(96, 64)), tmp_path / "c.mkv")
    data = cube.read_bytes()
    kind = b"\x76\x71\x81"
    assert data.count(kind + b"\x02") == 1
    cube.write_bytes(data.replace(kind + b"\x02", kind + b"\x03"))
    assert "mesh" in probe(cube).notices[0]


def test_an_arrangement_of_a_cube_that_nobody_knows_is_named(tmp_path: Path) -> None:
    info = probe(boxed_film(tmp_path / "f.mp4", sv3d(cbmp(7)), size=(96, 64)))
    assert info.projection_source == "guess"
    assert "arrangement 7" in info.notices[0]


@pytest.mark.parametrize(
    ("mode", "layout"), [("left_right", StereoLayout.LEFT_RIGHT), ("top_bottom", StereoLayout.TOP_BOTTOM)]
)
def test_the_stereo_mode_of_matroska_is_read(tmp_path: Path, mode: str, layout: StereoLayout) -> None:
    plain = write_film(tmp_path / "plain.mp4", STEADY[:5])
    info = probe(copied(plain, tmp_path / "f.mkv", stereo_mode=mode))
    assert (info.layout, info.layout_source) == (layout, "file")


def test_xmp_says_layout_and_crop(tmp_path: Path) -> None:
    crop = {
        "CroppedAreaLeftPixels": 0, "CroppedAreaTopPixels": 16, "CroppedAreaImageWidthPixels": 128,
        "CroppedAreaImageHeightPixels": 32, "FullPanoWidthPixels": 128, "FullPanoHeightPixels": 64,
        "InitialViewHeadingDegrees": 90, "StitchingSoftware": "x", "Stitched": "true",
    }  # fmt: skip
    text = xmp(Spherical="true", ProjectionType="equirectangular", StereoMode="mono", **crop)
    info = probe(boxed_film(tmp_path / "f.mp4", in_track=text, size=(128, 32)))
    assert info.bounds == Bounds(180.0, -180.0, 45.0, -45.0)
    assert (info.layout, info.layout_source, info.projection_source) == (StereoLayout.MONO, "file", "file")
    # Where to look first is no turn of the sphere; a heading of 90 degrees is to the right.
    assert info.pose == UPRIGHT
    assert info.first_view == ViewOrientation(-math.pi / 2, 0.0, 0.0)


@pytest.mark.parametrize(
    ("text", "view"),
    [
        ("", None),
        ('GPano:InitialViewHeadingDegrees="30" GPano:PoseHeadingDegrees="120"', (90.0, 0.0, 0.0)),
        ('GSpherical:InitialViewHeadingDegrees="-45" GSpherical:InitialViewPitchDegrees="20"', (45.0, 20.0, 0.0)),
        ('GSpherical:InitialViewHeadingDegrees="350" GSpherical:InitialViewRollDegrees="10"', (10.0, 0.0, 10.0)),
        ('GSpherical:InitialViewHeadingDegrees="north"', None),
        ('GSpherical:InitialViewPitchDegrees="1e300"', None),
        ('GSpherical:InitialViewPitchDegrees="nan"', None),
    ],
)
def test_xmp_says_where_to_look_first(text: str, view: tuple[float, float, float] | None) -> None:
    metadata = xmp_metadata(f'<x GSpherical:Spherical="true" {text}/>').first_view
    if view is None:
        assert metadata is None
    else:
        assert metadata is not None
        assert np.rad2deg([metadata.yaw_rad, metadata.pitch_rad, metadata.roll_rad]) == pytest.approx(view)


def test_version_two_goes_before_xmp(tmp_path: Path) -> None:
    old = xmp(Spherical="true", ProjectionType="equirectangular", StereoMode="top-bottom")
    info = probe(boxed_film(tmp_path / "f.mp4", st3d(2) + sv3d(equi(), (30.0, 0.0, 0.0)), old, size=(128, 32)))
    assert (info.layout, info.pose.yaw_deg) == (StereoLayout.LEFT_RIGHT, 30.0)
    info = probe(boxed_film(tmp_path / "x.mp4", in_track=old, size=(64, 36)))
    assert (info.layout, info.layout_source) == (StereoLayout.TOP_BOTTOM, "file")


def test_the_user_goes_before_the_file(tmp_path: Path) -> None:
    film = boxed_film(tmp_path / "f.mp4", st3d(2) + sv3d(equi()))
    info = probe(film, StereoLayout.MONO, Projection.FISHEYE)
    assert (info.layout, info.layout_source) == (StereoLayout.MONO, "user")
    assert (info.projection, info.projection_source) == (Projection.FISHEYE, "user")


@pytest.mark.parametrize(
    "text",
    ["", "<GSpherical:Spherical>false</GSpherical:Spherical>", "a dog", "<GSpherical:Spherical>true"],
)
def test_xmp_about_something_else_says_nothing(text: str) -> None:
    assert xmp_metadata(text).projection is None


def test_absurd_crops_are_the_whole_sphere() -> None:
    start = '<x GPano:ProjectionType="equirectangular" GPano:CroppedAreaLeftPixels="{}" GPano:CroppedAreaTopPixels="0" '
    rest = 'GPano:CroppedAreaImageWidthPixels="64" GPano:CroppedAreaImageHeightPixels="32" '
    end = 'GPano:FullPanoWidthPixels="{}" GPano:FullPanoHeightPixels="64"/>'
    good = xmp_metadata(start.format(32) + rest + end.format(128))
    assert good.bounds == Bounds(90.0, -90.0, 90.0, 0.0)
    for left, whole in ((-5, 128), (500, 128), (32, 0), ("nan", 128), (32, "1e999")):
        metadata = xmp_metadata(start.format(left) + rest + end.format(whole))
        assert (metadata.projection, metadata.bounds) == (Projection.EQUIRECTANGULAR, WHOLE_SPHERE)


MATRICES = {
    "as it is": ((1, 0, 0, 1), (0, False)),
    "a quarter to the right": ((0, 1, -1, 0), (3, False)),
    "a half": ((-1, 0, 0, -1), (2, False)),
    "a quarter to the left": ((0, -1, 1, 0), (1, False)),
    "left and right swapped": ((-1, 0, 0, 1), (0, True)),
    "upside down": ((1, 0, 0, -1), (2, True)),
    "transposed": ((0, 1, 1, 0), (3, True)),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", MATRICES)
def test_a_display_matrix_is_a_turn_and_a_mirror(tmp_path: Path, name: str) -> None:
    (a, b, c, d), expected = MATRICES[name]
    data = bytearray(write_film(tmp_path / "r.mp4", STEADY[:2]).read_bytes())
    one = 1 << 16
    place = data.find(b"tkhd") + 4 + 4 + 20 + 16
    struct.pack_into(">9i", data, place, a * one, b * one, 0, c * one, d * one, 0, 0, 0, 1 << 30)
    (tmp_path / "r.mp4").write_bytes(data)
    info = probe(tmp_path / "r.mp4", StereoLayout.MONO)
    assert (info.quarter_turns, info.is_mirrored) == expected
    # The matrix as the file means it, and as it is undone: both move the picture's corners alike.
    turn = {0: (1, 0, 0, 1), 1: (0, -1, 1, 0), 2: (-1, 0, 0, -1), 3: (0, 1, -1, 0)}[info.quarter_turns]
    for x, y in ((1, 1), (-1, 1)):
        turned_x, turned_y = turn[0] * x + turn[2] * y, turn[1] * x + turn[3] * y
        upright = (-turned_x if info.is_mirrored else turned_x, turned_y)
        assert upright == (a * x + c * y, b * x + d * y)


@pytest.mark.parametrize(
    ("size", "told"), [((160, 64), "equi-angular cube"), ((64, 64), "two lenses")], ids=["strips", "circles"]
)
def test_an_unstitched_camera_file_is_named(tmp_path: Path, size: tuple[int, int], told: str) -> None:
    film = write_film(tmp_path / "GS01.360.mp4", STEADY[:3], size, streams=2)
    with pytest.raises(MediaError, match=f"unstitched camera file.*{told}"):
        probe(film)
    assert "2 streams of pictures" in probe(film, projection=Projection.EQUIRECTANGULAR).notices[0]


def reader_of(content: bytes, path: Path) -> list[bytes]:
    path.write_bytes(content)
    with open(path, "rb") as file:
        boxes = BoxReader(file)
        return [inner.kind for inner in boxes.inside(boxes.whole())]


def test_boxes_that_do_not_fit_end_the_reading(tmp_path: Path) -> None:
    good = box(b"free", bytes(8))
    assert reader_of(good + good, tmp_path / "b") == [b"free", b"free"]
    assert reader_of(good + struct.pack(">I4s", 1_000, b"moov"), tmp_path / "b") == [b"free"]
    assert reader_of(good + struct.pack(">I4s", 4, b"moov"), tmp_path / "b") == [b"free"]
    assert reader_of(good + struct.pack(">I4sQ", 1, b"moov", 1 << 62), tmp_path / "b") == [b"free"]
    assert reader_of(struct.pack(">I4sQ", 1, b"moov", 24) + bytes(8), tmp_path / "b") == [b"moov"]
    assert reader_of(struct.pack(">I4s", 0, b"mdat") + bytes(9), tmp_path / "b") == [b"mdat"]


@pytest.mark.slow
@pytest.mark.parametrize("container", ["mp4", "mkv"])
def test_whatever_is_changed_in_a_film_it_is_a_film_or_a_sentence(tmp_path: Path, container: str) -> None:
    film = boxed_film(
        tmp_path / "f.mp4", st3d(2) + sv3d(equi(0, 0, 0.25, 0.25)), xmp(Spherical="true", StereoMode="mono")
    )
    whole = (film if container == "mp4" else copied(film, tmp_path / "f.mkv")).read_bytes()
    places = st.integers(0, len(whole) - 1)
    mutant = tmp_path / f"mutant.{container}"

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(st.lists(st.tuples(places, st.binary(min_size=1, max_size=8)), min_size=1, max_size=4), places)
    def tried(changes: list[tuple[int, bytes]], cut: int) -> None:
        data = bytearray(whole)
        for at, new in changes:
            data[at : at + len(new)] = new
        mutant.write_bytes(data[: cut + 1] if cut % 5 == 0 else data)
        told = ""
        try:
            info = probe(mutant)
        except MediaError as error:
            told = str(error)
        assert "mutant" in told or 0.0 <= info.start_s < info.duration_s <= 86_400.0

    tried()
    assert os.path.getsize(mutant) > 0
