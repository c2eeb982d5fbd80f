"""Arrays of pixels: the same bytes as FFmpeg makes of each picture for itself, whatever was converted before."""

import os
import sys

import av
import numpy as np
import pytest

from engine.media.pixels import PixelOrder, Pixels, Smaller, black_like

SOURCES = ("yuv420p", "yuvj420p", "yuv422p", "yuv444p10le", "nv12", "gray", "rgb24", "bgra")


def picture(kind: str, width: int, height: int) -> av.VideoFrame:
    """Return a picture of soft colours in a pixel format, opaque or not."""
    y, x = np.mgrid[:height, :width] / np.array([height, width]).reshape(2, 1, 1)
    rgba = np.stack([255 * x, 255 * y, 128 + 100 * np.sin(9 * x), 255 * (1 - x * y)], -1).astype(np.uint8)
    return av.VideoFrame.from_ndarray(rgba, format="rgba").reformat(format=kind)


@pytest.mark.parametrize("order", list(PixelOrder))
def test_shared_preparations_change_no_byte(order: PixelOrder) -> None:
    pixels = Pixels(order)
    for size in ((128, 64), (96, 48), (128, 64)):
        for kind in SOURCES:
            made = pixels.of(picture(kind, 128, 64), *size, None, "film.mp4")
            alone = picture(kind, 128, 64).reformat(*size, order.value).to_ndarray()
            assert np.array_equal(made[..., :3], alone[..., :3]), (kind, size)


@pytest.mark.parametrize("kind", ["rgba", "bgra", "yuva420p", "gbrap", "ya8", "yuv420p", "rgb24"])
def test_a_pixel_of_the_screen_is_opaque(kind: str) -> None:
    source = picture(kind, 64, 32)
    before = bytes(source.planes[0])
    made = Pixels(PixelOrder.SCREEN).of(source, 64, 32, None, "film.mp4")
    assert made.shape == (32, 64, 4)
    assert (made[..., 3] == 255).all()
    assert bytes(source.planes[0]) == before
    assert (black_like(made) == (0, 0, 0, 255)).all()


@pytest.mark.parametrize("width", [50, 1278])
def test_rows_that_end_in_padding_are_read_right(width: int) -> None:
    ramp = np.repeat((255.0 * np.arange(width) / width).astype(np.uint8)[None, :], 32, axis=0)
    for order in PixelOrder:
        made = Pixels(order).of(av.VideoFrame.from_ndarray(ramp, format="gray"), width, 32, None, "film.mp4")
        assert made.shape == (32, width, 3 if order is PixelOrder.RGB else 4)
        assert np.abs(made[..., :3].astype(int) - ramp[..., None]).max() <= 2


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux lists the threads of a process")
def test_a_small_picture_is_converted_without_waking_other_threads() -> None:
    before = set(os.listdir("/proc/self/task"))
    pixels, smaller = Pixels(PixelOrder.SCREEN), Smaller()
    pixels.of(picture("yuv420p", 1280, 640), 1280, 640, None, "film.mp4")
    smaller.picture(picture("yuv420p", 1280, 640), 640, 320, "film.mp4")
    assert set(os.listdir("/proc/self/task")) <= before
