"""Camera files of two strips: the strips of one moment are joined, whatever the order of the packets."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from engine.contract.video import Projection, StereoLayout
from engine.video.decoder import VideoDecoder
from engine.video.probe import probe

SIDE = 64
FACES = {"left": 40, "front": 80, "right": 120, "down": 160, "back": 200, "up": 240}


def write_strips(path: Path, moments: int, overlap: int = 0, lower_misses: tuple[int, ...] = ()) -> Path:
    """Write a film of two streams; every face has its own red, green counts the moments (in steps of 8)."""
    with av.open(str(path), "w") as container:
        streams = [container.add_stream("libx264", rate=25, options={"crf": "4", "g": "6"}) for _ in range(2)]
        for stream in streams:
            stream.width, stream.height, stream.pix_fmt = 3 * SIDE + 2 * overlap, SIDE, "yuv444p"
            stream.codec_context.time_base = stream.time_base = Fraction(1, 1_000)
        widths = [SIDE + overlap, SIDE, SIDE + overlap]
        for moment in range(moments):
            for number, (stream, names) in enumerate(zip(streams, (list(FACES)[:3], list(FACES)[3:]), strict=True)):
                if number == 1 and moment in lower_misses:
                    continue
                reds = np.repeat([FACES[name] for name in names], widths)
                picture = np.zeros((SIDE, stream.width, 3), np.uint8)
                picture[..., 0], picture[..., 1] = reds, 8 * moment
                frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
                frame.pts, frame.time_base = 40 * moment, Fraction(1, 1_000)
                container.mux(stream.encode(frame))
        for stream in streams:
            container.mux(stream.encode())
    return path


def looks(picture: np.ndarray) -> dict[str, int]:
    """Return the red seen in the middle of each face."""
    height, width = picture.shape[:2]
    at = {"left": 0.25, "front": 0.5, "right": 0.75, "back": 0.0}
    seen = {name: int(picture[height // 2, int(x * width), 0]) for name, x in at.items()}
    return seen | {"up": int(picture[0, 0, 0]), "down": int(picture[-1, 0, 0])}


@pytest.mark.slow
@pytest.mark.parametrize("overlap", [0, 4])
@pytest.mark.parametrize("name", ["GS01.360.mp4", "s.mkv"])
def test_the_strips_of_a_moment_become_one_panorama(tmp_path: Path, name: str, overlap: int) -> None:
    info = probe(write_strips(tmp_path / name, 20, overlap))
    assert (info.width, info.height) == (3 * SIDE + 2 * overlap, 2 * SIDE)
    assert (info.projection, info.projection_source, info.layout) == (Projection.EAC, "file", StereoLayout.MONO)
    assert "seams" in info.notices[0]
    with VideoDecoder(info) as decoder:
        frames = list(decoder.frames())
        sought = next(decoder.frames(0.5))
    assert [frame.pts_s for frame in frames] == pytest.approx([0.04 * n for n in range(20)], abs=1e-3)
    for number, frame in enumerate(frames):
        assert frame.rgb.shape == (2 * SIDE, 4 * SIDE, 3)
        assert looks(frame.rgb) == pytest.approx(FACES, abs=8)
        assert np.abs(frame.rgb[..., 1].astype(int) - 8 * number).max() < 12
    assert sought.pts_s == pytest.approx(0.48, abs=1e-3)
    assert sought.rgb[..., 1].mean() == pytest.approx(8 * 12, abs=3)


def test_a_strip_without_its_partner_is_left_out(tmp_path: Path) -> None:
    info = probe(write_strips(tmp_path / "s.mp4", 12, lower_misses=(3, 7)))
    with VideoDecoder(info) as decoder:
        times = [round(frame.pts_s / 0.04) for frame in decoder.frames()]
    assert times == [0, 1, 2, 4, 5, 6, 8, 9, 10, 11]


def test_the_user_can_have_one_strip_alone(tmp_path: Path) -> None:
    path = write_strips(tmp_path / "s.mp4", 3)
    info = probe(path, projection=Projection.EQUIRECTANGULAR)
    assert (info.is_in_strips, info.height) == (False, SIDE)
    assert probe(path, projection=Projection.EAC).is_in_strips
