"""Films with new sound: pictures untouched, one sound track, and boxes that every reader agrees on."""

import hashlib
import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from engine.ambisonics.intensity import direction_and_diffuseness
from engine.contract.errors import ExportError, MediaError
from engine.contract.video import Bounds, Pose, Projection, StereoLayout
from engine.export.film.film_writer import Coding, FilmPart, FilmTrack, picture_time_s, write_film
from engine.export.film.sphere_boxes import Sphere
from engine.export.reading.ambix_reader import read_ambix
from engine.export.reading.film_boxes import film_boxes
from engine.media.container import MediaFile
from engine.video.opencv import cv2
from engine.video.probe import probe
from tests.engine.video.made_films import STEADY, copied
from tests.engine.video.made_films import write_film as made_film

RATE = 48_000
DIRECTION = np.array([0.47, 0.81, 0.34]) / np.linalg.norm([0.47, 0.81, 0.34])


def field(seconds: float, channels: int = 4) -> np.ndarray:
    """Return low-passed noise from the left, front and above (C, n), and head-locked noise."""
    rng = np.random.default_rng(3)
    n = round(seconds * RATE)
    mono = 0.2 * np.convolve(rng.standard_normal(n + 7), np.ones(8) / 2.8, "valid")
    x, y, z = DIRECTION
    out = np.stack([mono, y * mono, z * mono, x * mono, *0.1 * rng.standard_normal((2, n))]).astype(np.float32)
    return out[:channels]


def blocks(sound: np.ndarray):
    return iter([sound[:, at : at + 5_000] for at in range(0, sound.shape[1], 5_000)])


def written(path: Path, film: Path, coding: Coding, channels: int = 4, **part) -> tuple[Path, np.ndarray]:
    sound = field(1.0, channels)
    write_film(path, FilmPart(film, part.pop("sphere", Sphere()), **part), FilmTrack(channels, coding), blocks(sound))
    return path, sound


def pictures(path: Path) -> list[tuple[float, str]]:
    """Return when each picture is shown, and what its pixels are."""
    with MediaFile(path) as media:
        stream = media.pictures[0]
        found = [frame for packet in media.packets(stream) for frame in packet.decode()]
        return [(float(f.pts * f.time_base), hashlib.sha256(f.to_ndarray().tobytes()).hexdigest()) for f in found]


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return made_film(tmp_path / "film.mp4", STEADY[:30], sound_s=1.0)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "coding", "channels", "tolerance"),
    [
        ("a.mov", "pcm24", 4, 1.6 / 2**23),
        ("b.mov", "pcm16", 4, 1.6 / 2**15),
        ("c.mov", "float", 4, 0.0),
        ("d.mov", "pcm24", 6, 1.6 / 2**23),
    ],
)
def test_a_mov_holds_the_samples_the_pictures_and_the_boxes(
    tmp_path: Path, film: Path, name: str, coding: Coding, channels: int, tolerance: float
) -> None:
    out, sound = written(tmp_path / name, film, coding, channels)
    with MediaFile(out) as media:
        assert len(media.sounds) == 1
        assert media.sounds[0].channels == channels
    back, rate_hz = read_ambix(out)
    assert rate_hz == RATE
    assert back.shape == (4, RATE)
    assert np.max(np.abs(back - sound[:4])) <= tolerance
    assert pictures(out) == pictures(film)
    boxes = film_boxes(out)
    assert boxes is not None
    assert (boxes.pictures, boxes.sounds, boxes.has_chan) == (1, 1, False)
    assert boxes.spatial_audio is not None
    assert boxes.spatial_audio.is_ambix
    assert boxes.spatial_audio.head_locked == (channels == 6)
    assert boxes.spatial_audio.channel_map == tuple(range(channels))


@pytest.mark.slow
@pytest.mark.parametrize("channels", [4, 6])
def test_an_mp4_begins_with_its_index_and_keeps_the_direction(tmp_path: Path, film: Path, channels: int) -> None:
    out, sound = written(tmp_path / "a.mp4", film, "aac", channels)
    boxes = film_boxes(out)
    assert boxes is not None
    assert boxes.movie_first
    assert boxes.spatial_audio is not None
    assert boxes.spatial_audio.is_ambix
    assert pictures(out) == pictures(film)
    back, _ = read_ambix(out)
    assert RATE <= back.shape[1] < RATE + 1_024
    vector, _ = direction_and_diffuseness(back)
    assert np.rad2deg(np.arccos(np.clip(vector @ DIRECTION, -1, 1))) < 1.0
    for channel in range(4):
        assert np.corrcoef(back[channel, :RATE], sound[channel])[0, 1] > 0.97
    with MediaFile(out) as media:
        assert media.sounds[0].codec_context.name == "aac"
    assert out.stat().st_size > 0.8 * channels * 160_000 / 8


@pytest.mark.slow
def test_stereo_sound_is_no_sound_field(tmp_path: Path, film: Path) -> None:
    out, _ = written(tmp_path / "a.mp4", film, "aac", 2)
    boxes = film_boxes(out)
    assert boxes is not None
    assert boxes.spatial_audio is None
    assert boxes.spherical_video.projection == b"equi"


@pytest.mark.slow
@pytest.mark.parametrize(
    "sphere",
    [
        Sphere(StereoLayout.TOP_BOTTOM),
        Sphere(StereoLayout.LEFT_RIGHT, bounds=Bounds(90.0, -90.0, 60.0, -45.0), pose=Pose(90.0, -10.5, 5.25)),
        Sphere(projection=Projection.CUBEMAP, cube_padding=3),
    ],
)
def test_the_program_reads_the_sphere_that_it_wrote(tmp_path: Path, film: Path, sphere: Sphere) -> None:
    out, _ = written(tmp_path / "a.mov", film, "pcm16", sphere=sphere)
    info = probe(out)
    assert (info.layout, info.layout_source) == (sphere.layout, "file")
    assert (info.projection, info.projection_source) == (sphere.projection, "file")
    assert (info.bounds, info.pose, info.cube_padding) == (sphere.bounds, sphere.pose, sphere.cube_padding)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["b.mov", "b.mp4"])
@pytest.mark.parametrize("layout", [StereoLayout.TOP_BOTTOM, StereoLayout.LEFT_RIGHT])
def test_a_film_that_states_its_sphere_is_written_again(
    tmp_path: Path, film: Path, layout: StereoLayout, name: str
) -> None:
    stated, _ = written(
        tmp_path / "a.mov", film, "pcm16", sphere=Sphere(layout, bounds=Bounds(90.0, -90.0), pose=Pose(90.0))
    )
    sphere = Sphere(layout, bounds=Bounds(90.0, -90.0, 60.0, -45.0), pose=Pose(-20.0))
    out, _ = written(tmp_path / name, stated, "aac", sphere=sphere)
    info = probe(out)
    assert (info.layout, info.layout_source) == (layout, "file")
    assert (info.bounds, info.pose) == (sphere.bounds, sphere.pose)
    assert pictures(out) == pictures(film)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["a.mov", "a.mp4"])
def test_a_range_shows_the_pictures_of_that_time(tmp_path: Path, name: str) -> None:
    film = made_film(tmp_path / "film.mp4", STEADY[:60], gop=12)
    start_s = picture_time_s(film, 0.5)
    assert start_s == pytest.approx(0.48)
    out, _ = written(
        tmp_path / name, film, "aac" if name.endswith("mp4") else "pcm24", from_s=start_s, to_s=start_s + 1.0
    )
    whole = dict((round(at, 3), pixels) for at, pixels in pictures(film))
    shown = [(at, pixels) for at, pixels in pictures(out) if at > -1e-3]
    assert abs(shown[0][0]) < 0.02
    assert shown[-1][0] == pytest.approx(0.96, abs=0.005)
    assert len(shown) == 25
    for at, pixels in shown:
        assert whole[min(whole, key=lambda t: abs(t - at - start_s))] == pixels


@pytest.mark.slow
@pytest.mark.parametrize(
    ("suffix", "codec"),
    [
        *((suffix, codec) for suffix in ("mkv", "ts", "mp4") for codec in ("libx264", "libx265")),
        ("mkv", "libsvtav1"),
        ("mp4", "libsvtav1"),
    ],
)
def test_every_picture_of_other_containers_is_copied(tmp_path: Path, suffix: str, codec: str) -> None:
    whole = made_film(tmp_path / "whole.mp4", STEADY, (128, 64), codec, gop=12)
    film = copied(whole, tmp_path / f"film.{suffix}")
    out, _ = written(tmp_path / "a.mp4", film, "aac")
    shown = pictures(out)
    assert [pixels for _, pixels in shown] == [pixels for _, pixels in pictures(film)]
    assert len(shown) == len(STEADY)
    assert (b"hvc1" in out.read_bytes()) == (codec == "libx265")
    start_s = picture_time_s(film, 1.0)
    part, _ = written(tmp_path / "b.mp4", film, "aac", from_s=start_s)
    later = [pixels for at, pixels in pictures(part) if at > -1e-3]
    assert later == [pixels for _, pixels in shown][-len(later) :]
    assert len(later) == pytest.approx(25, abs=1)


def test_a_timecode_goes_along(tmp_path: Path, film: Path) -> None:
    out, _ = written(tmp_path / "a.mov", film, "pcm16", timecode="10:00:00:00")
    info = probe(out)
    assert info.timecode == "10:00:00:00"
    assert len(info.sounds) == 1


@pytest.mark.skipif(shutil.which("ffprobe") is None, reason="no ffprobe on this machine")
@pytest.mark.slow
@pytest.mark.parametrize(("name", "coding"), [("a.mov", "pcm24"), ("a.mp4", "aac")])
def test_another_program_sees_one_sound_and_the_sphere(tmp_path: Path, film: Path, name: str, coding: Coding) -> None:
    out, _ = written(tmp_path / name, film, coding)
    asked = ["ffprobe", "-v", "error", "-of", "json", "-show_streams", str(out)]
    streams = json.loads(subprocess.run(asked, capture_output=True, check=True).stdout)["streams"]
    sounds = [stream for stream in streams if stream["codec_type"] == "audio"]
    assert [stream["channels"] for stream in sounds] == [4]
    picture = next(stream for stream in streams if stream["codec_type"] == "video")
    assert "equirectangular" in {side.get("projection") for side in picture["side_data_list"]}
    assert subprocess.run(["ffmpeg", "-v", "error", "-i", out, "-f", "null", "-"], capture_output=True).stderr == b""


def test_what_cannot_be_described_is_refused(tmp_path: Path, film: Path) -> None:
    with pytest.raises(ExportError, match="equirectangular first"):
        written(tmp_path / "a.mov", film, "pcm24", sphere=Sphere(projection=Projection.FISHEYE))
    with pytest.raises(MediaError, match="no pictures in this range"):
        written(tmp_path / "b.mov", film, "pcm24", from_s=0.5, to_s=0.2)
    two = made_film(tmp_path / "two.mp4", STEADY[:5], streams=2)
    with pytest.raises(ExportError, match="one stream of pictures"):
        written(tmp_path / "c.mov", two, "pcm24")
    cv2.imwrite(str(tmp_path / "still.png"), np.full((64, 128, 3), 90, np.uint8))
    with pytest.raises(ExportError, match="is a still picture, and no film to copy"):
        written(tmp_path / "d.mov", tmp_path / "still.png", "pcm24")
    assert not (tmp_path / "d.mov").exists()
