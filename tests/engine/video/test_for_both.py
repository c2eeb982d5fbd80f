"""One decoder for eye and model: the model sees the same bytes as with a reader of its own, the eye the same film."""

from dataclasses import replace
from math import inf
from pathlib import Path

import av
import numpy as np
import pytest
from made_films import STEADY, VARIABLE, write_film

from engine.contract.video import Bounds, StereoLayout, VideoInfo
from engine.video.conditioning import ConditioningReader
from engine.video.decoder import VideoDecoder
from engine.video.effort import Effort
from engine.video.for_both import DecoderForBoth
from engine.video.grid import index_at, indices_on_show, time_of
from engine.video.opencv import cv2
from engine.video.probe import probe

GAP = [0.0, 0.1, 0.2, 1.7, 1.8]


def pictures_for_model(film: VideoInfo, start_s: float, until: int) -> dict[int, np.ndarray]:
    """Return the picture of each index of the grid up to `until`, as the decoder for both gives it."""
    seen: dict[int, np.ndarray] = {}
    with DecoderForBoth(film, 1920) as decoder:
        for picture in decoder.pictures(start_s):
            indices = indices_on_show(picture.from_s, picture.until_s)
            if indices is not None:
                made = picture.for_model()
                seen |= {index: made for index in range(indices[0], min(indices[1], until) + 1)}
    return seen


@pytest.mark.slow
@pytest.mark.parametrize("start", [0, 3])
@pytest.mark.parametrize(
    ("times", "size", "known"),
    [
        (STEADY, (64, 32), {}),
        (VARIABLE, (64, 32), {}),
        (GAP, (64, 32), {}),
        ([t + 0.6 for t in STEADY], (64, 32), {}),
        (STEADY, (64, 64), {}),
        (STEADY, (64, 32), {"layout": StereoLayout.LEFT_RIGHT}),
        (STEADY, (64, 32), {"bounds": Bounds(left_deg=90.0, right_deg=-90.0)}),
        (STEADY[:8], (1280, 640), {}),
        (STEADY[:8], (2048, 1024), {}),
    ],
)
def test_the_model_sees_the_same_bytes_as_with_its_own_reader(tmp_path: Path, start, times, size, known) -> None:
    film = replace(probe(write_film(tmp_path / "f.mkv", times, size, sound_s=0.2)), **known)
    last = index_at(film.duration_s) + 2
    reader = ConditioningReader(film)
    own = {index: reader.frame_at(time_of(index))[1] for index in range(start, last + 1)}
    reader.close()
    shared = pictures_for_model(film, time_of(start), last)
    assert set(own) <= set(shared)
    assert all(np.array_equal(own[index], shared[index]) for index in own)


def test_a_still_picture_is_on_show_for_ever(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "still.png"), np.full((32, 64, 3), 90, np.uint8))
    with DecoderForBoth(probe(tmp_path / "still.png"), 1920) as decoder:
        (picture,) = decoder.pictures(17.0)
        assert (picture.from_s, picture.until_s) == (0.0, inf)
        assert round(float(picture.for_model().mean())) == pytest.approx(90, abs=2)


def coloured(path: Path, pix_fmt: str, color_range: int, codec: str = "libx264") -> Path:
    """Write one picture with soft colours all over."""
    y, x = np.mgrid[:64, :128] / 64.0
    rgb = np.stack([200 * x / 2 + 20, 255 * y, 128 + 100 * np.sin(3 * x)], -1).clip(0, 255).astype(np.uint8)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25, options={"crf": "4"} if codec == "libx264" else {})
        stream.width, stream.height, stream.pix_fmt = 128, 64, pix_fmt
        stream.codec_context.color_range = color_range
        for index in range(3):
            frame = av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(
                format=pix_fmt, dst_color_range=color_range or None
            )
            frame.pts = index
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def rgb_on_screen(pixels: np.ndarray) -> np.ndarray:
    """Return what a screen shows of its pixels (H, W, 4), as red, green, blue."""
    assert (pixels[..., 3] == 255).all()
    return pixels[..., 2::-1].astype(int)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("pix_fmt", "color_range", "codec"),
    [
        ("yuv420p", 0, "libx264"),
        ("yuv420p", 1, "libx264"),
        ("yuv420p", 2, "libx264"),
        ("yuvj420p", 2, "mjpeg"),
        ("yuv422p", 1, "libx264"),
        ("yuv444p", 1, "libx264"),
        ("yuv420p10le", 1, "libx264"),
        ("bgr0", 0, "ffv1"),
    ],
)
def test_the_eye_sees_the_same_colours_from_a_narrowed_picture(tmp_path: Path, pix_fmt, color_range, codec) -> None:
    film = probe(coloured(tmp_path / "c.mkv", pix_fmt, color_range, codec))
    with VideoDecoder(film, max_width=96) as direct:
        wanted = next(direct.frames()).rgb.astype(int)
    with DecoderForBoth(film, 96) as decoder:
        picture = next(decoder.pictures(0.0))
        narrow = picture.narrowed()
        found = rgb_on_screen(narrow.for_eye())
    assert found.shape == wanted.shape == (48, 96, 3)
    # A wrong range or matrix is off by 8 levels and more.
    assert np.abs((found - wanted).mean((0, 1))).max() < 2.0
    assert np.abs(found - wanted).mean() < 4.0
    if pix_fmt != "bgr0":
        assert narrow.size_bytes < 2.5 * 96 * 48
        assert narrow.size_bytes < picture.size_bytes


@pytest.mark.parametrize("turn", [1, 3])
def test_a_film_that_is_turned_is_narrowed_and_then_turned(tmp_path: Path, turn: int) -> None:
    film = replace(probe(coloured(tmp_path / "c.mkv", "yuv420p", 1)), quarter_turns=turn, width=64, height=128)
    with VideoDecoder(film, max_width=32) as direct:
        wanted = next(direct.frames()).rgb.astype(int)
    with DecoderForBoth(film, 32) as decoder:
        found = rgb_on_screen(next(decoder.pictures(0.0)).narrowed().for_eye())
    assert found.shape == wanted.shape == (64, 32, 3)
    assert np.abs(found - wanted).mean() < 4.0


def test_decoding_fewer_pictures_begins_at_once(tmp_path: Path) -> None:
    film = probe(write_film(tmp_path / "a.mp4", STEADY, gop=10))
    with DecoderForBoth(film, 1920) as decoder:
        times = []
        for picture in decoder.pictures(0.0):
            times.append(picture.from_s)
            if len(times) == 5:
                decoder.spare(Effort.KEYS)
        assert times == sorted(times)
        assert times[-1] >= 1.6
        assert len(times) < 45


@pytest.mark.parametrize(
    ("from_s", "until_s", "indices"),
    [(0.0, 0.04, (0, 0)), (0.04, 0.08, None), (0.24, 0.26, (1, 1)), (0.25, 0.5, (1, 1)), (0.2, 1.0, (1, 3))],
)
def test_the_indices_at_which_a_picture_is_on_show(from_s, until_s, indices) -> None:
    assert indices_on_show(from_s, until_s) == indices
