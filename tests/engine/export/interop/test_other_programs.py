"""Files of this program go through other programs and come back with the same directions and levels.

`.ci/setup.sh --tests` installs ffmpeg, sox, mediainfo and the tools of libambix, the reference of AmbiX. The others are
used if they are there.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from engine.ambisonics.encoding import encode_point
from engine.ambisonics.intensity import direction_and_diffuseness
from engine.contract.directions import Direction, angle_between
from engine.export.ambix_wav import AmbixWriter
from engine.export.delivery.deliver import deliver
from engine.export.delivery.order import Order
from engine.export.film.film_writer import FilmPart
from engine.export.film.sphere_boxes import Sphere
from engine.export.reading.ambix_reader import read_ambix
from tests.engine.export.delivery.takes import film

pytestmark = pytest.mark.slow

RATE = 48_000
SECONDS = 1.2
DIRECTION = Direction(60.0, 20.0)
MOST_DEG, MOST_DB = 0.5, 0.1


def run(*command: str | Path, inside: Path | None = None, status: int = 0) -> str:
    """Run a program that may be missing; return what it prints."""
    program = shutil.which(str(command[0]))
    if program is None:
        pytest.skip(f"{command[0]} is not on this machine")
    done = subprocess.run(
        [program, *map(str, command[1:])], capture_output=True, text=True, timeout=60, check=False, cwd=inside
    )
    assert done.returncode == status, done.stderr
    return done.stdout


@pytest.fixture
def order(tmp_path: Path) -> Order:
    rng = np.random.default_rng(7)
    field = encode_point(0.1 * rng.standard_normal(round(SECONDS * RATE)), DIRECTION)
    with AmbixWriter(tmp_path / "take.wav") as writer:
        writer.write(field)
    return Order(tmp_path / "take.wav", tmp_path / "out.wav", "wav")


def assert_same_field(back: Path, order: Order, rate_hz: int = RATE) -> None:
    """Check the direction and the levels of a file that another program wrote. It may have lost its notes."""
    there, there_hz = read_ambix(back, "ambix")
    field, _ = read_ambix(order.out, "fuma" if order.is_fuma else "ambix")
    assert there_hz == rate_hz
    assert abs(there.shape[1] / there_hz - SECONDS) < 0.01
    found, _ = direction_and_diffuseness(there, rate_hz=there_hz)
    wanted, _ = direction_and_diffuseness(field)
    assert np.rad2deg(angle_between(found, wanted)) <= MOST_DEG
    assert np.rad2deg(angle_between(found, DIRECTION.unit_vector())) <= MOST_DEG
    if there_hz == RATE:  # noise loses its highest octave at a lower rate
        level_db = 10.0 * np.log10(np.mean(np.square(there), axis=1) / np.mean(np.square(field), axis=1))
        assert np.abs(level_db).max() <= MOST_DB


def ffmpeg(source: Path, out: Path) -> None:
    run("ffmpeg", "-v", "error", "-i", source, "-vn", "-c:a", "pcm_s24le", out)


def sox(source: Path, out: Path) -> None:
    run("sox", source, out)


def ecasound(source: Path, out: Path) -> None:
    form = "-f:f32_le,4,48000"
    run("ecasound", "-q", "-z:nodb", form, "-i", f"sndfile,{source}", form, "-o", f"sndfile,{out}")


def mpv(source: Path, out: Path) -> None:
    run("mpv", "--really-quiet", "--no-config", "--no-video", "--ao=pcm", f"--ao-pcm-file={out}", source)


def vlc(source: Path, out: Path) -> None:
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        pytest.skip("VLC refuses to run as root")
    target = f"#std{{access=file,mux=wav,dst={out}}}"
    run("cvlc", "-I", "dummy", "--no-video", source, "--sout", target, "vlc://quit")


@pytest.mark.parametrize(
    ("kind", "name", "program"),
    [
        ("wav", "a.wav", ffmpeg),
        ("adm", "a.wav", ffmpeg),
        ("caf", "a.caf", ffmpeg),
        ("flac", "a.flac", ffmpeg),
        ("mov", "a.mov", ffmpeg),
        ("wav", "a.wav", sox),
        ("flac", "a.flac", sox),
        ("caf", "a.caf", sox),
        ("wav", "a.wav", ecasound),
        ("wav", "a.wav", mpv),
        ("flac", "a.flac", mpv),
        ("wav", "a.wav", vlc),
    ],
)
def test_a_field_comes_back(
    tmp_path: Path, order: Order, kind: str, name: str, program: Callable[[Path, Path], None]
) -> None:
    part = FilmPart(film(tmp_path / "film.mp4"), Sphere())
    order = replace(order, out=tmp_path / name, kind=kind, film=part, film_s=SECONDS)  # type: ignore[arg-type]
    deliver(order)
    program(order.out, tmp_path / "back.wav")
    assert_same_field(tmp_path / "back.wav", order)


def test_sox_at_another_rate(tmp_path: Path, order: Order) -> None:
    deliver(order)
    run("sox", order.out, "-r", "44100", tmp_path / "back.wav")
    assert_same_field(tmp_path / "back.wav", order, 44_100)


def test_the_reference_of_ambix_reads_the_caf(tmp_path: Path, order: Order) -> None:
    """libambix takes it for a full set in ACN and SN3D, and its four files are read as one take again."""
    order = replace(order, out=tmp_path / "a.caf", kind="caf")
    deliver(order)
    told = run("ambix-info", order.out)
    assert "Ambisonics channels\t: 4" in told
    assert "(BASIC)" in told
    assert f"Frames\t: {round(SECONDS * RATE)}" in told
    # both end with 1 when all went well
    run("ambix-deinterleave", "-p", "b-", order.out, inside=tmp_path, status=1)
    parts = sorted(tmp_path.glob("b-ambi*.wav"))
    assert len(parts) == 4
    sounds = [soundfile.read(part, dtype="float32")[0] for part in parts]
    np.testing.assert_allclose(np.stack(sounds), read_ambix(order.out)[0], atol=2e-7)
    run("ambix-interleave", "-o", "back.caf", *(part.name for part in parts), inside=tmp_path, status=1)
    assert_same_field(tmp_path / "back.caf", order)


def mediainfo(path: Path) -> dict[str, dict[str, Any]]:
    """Return what mediainfo finds, by the kind of track."""
    told = json.loads(run("mediainfo", "--Output=JSON", path))
    return {track["@type"]: track for track in told["media"]["track"]}


def test_mediainfo_finds_the_notes(order: Order) -> None:
    deliver(replace(order, time_of_day_s=3_600.0))
    found = mediainfo(order.out)
    assert found["General"]["Producer"] == "SwanSphere"
    assert "generated by a machine" in found["General"]["Description"]
    sound = found["Audio"]
    assert (sound["Channels"], sound["SamplingRate"], sound["BitDepth"]) == ("4", "48000", "24")
    assert float(sound["Delay"]) == 3_600.0
    assert "ChannelLayout" not in sound  # no loudspeakers


def test_mediainfo_and_ffprobe_find_the_sphere_and_one_sound(tmp_path: Path, order: Order) -> None:
    part = FilmPart(film(tmp_path / "film.mp4"), Sphere())
    order = replace(order, out=tmp_path / "a.mov", kind="mov", film=part, film_s=SECONDS)
    deliver(order)
    found = mediainfo(order.out)
    assert (found["General"]["AudioCount"], found["General"]["VideoCount"]) == ("1", "1")
    assert set(found["Audio"]["Channels"].split(" / ")) == {"4"}
    told = json.loads(run("ffprobe", "-v", "error", "-of", "json", "-show_streams", order.out))
    picture = next(stream for stream in told["streams"] if stream["codec_type"] == "video")
    sides = {side["side_data_type"]: side for side in picture["side_data_list"]}
    assert sides["Spherical Mapping"]["projection"] == "equirectangular"


def test_the_renderer_of_the_ebu_hears_the_left(tmp_path: Path, order: Order) -> None:
    """`pip install ear`: it takes the four channels for the pack of BS.2094, and renders them for two loudspeakers."""
    order = replace(order, out=tmp_path / "a.wav", kind="adm")
    deliver(order)
    run("ear-render", "-s", "0+2+0", order.out, tmp_path / "two.wav")
    two, _ = soundfile.read(tmp_path / "two.wav")
    left, right = np.sqrt(np.mean(np.square(two), axis=0))
    assert left > 1.5 * right
