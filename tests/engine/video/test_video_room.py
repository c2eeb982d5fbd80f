"""Films of any kind: exact times, exact seeks, one eye of stereo, and a sentence for what is no film."""

import struct
import zlib
from pathlib import Path

import av
import numpy as np
import pytest

from engine.contract.errors import MediaError
from engine.contract.video import NO_CHOICE, FilmChoice, StereoLayout
from engine.media.container import MediaFile
from engine.video.chosen import film_as_chosen
from engine.video.conditioning import ConditioningReader
from engine.video.decoder import VideoDecoder
from engine.video.opencv import cv2
from engine.video.probe import STILL_S, probe
from tests.engine.video.made_films import STEADY, VARIABLE, number, write_film


@pytest.mark.parametrize(("name", "codec"), [("a.mp4", "libx264"), ("a.mkv", "libx264"), ("a.avi", "mpeg4")])
def test_containers_and_codecs(tmp_path: Path, name: str, codec: str) -> None:
    info = probe(write_film(tmp_path / name, STEADY, codec=codec))
    assert (info.width, info.height, info.layout) == (64, 32, StereoLayout.MONO)
    assert info.duration_s == pytest.approx(2.0, abs=0.1)
    with VideoDecoder(info) as decoder:
        assert [number(f.rgb) for f in decoder.frames()] == pytest.approx(list(range(50)), abs=1)


def test_times_of_a_variable_rate_are_exact(tmp_path: Path) -> None:
    info = probe(write_film(tmp_path / "v.mp4", VARIABLE))
    with VideoDecoder(info) as decoder:
        assert [f.pts_s for f in decoder.frames()] == pytest.approx(VARIABLE, abs=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize(("asked_s", "shown"), [(0.0, 0), (0.2, 2), (0.31, 3), (0.95, 6), (1.49, 7), (2.3, 11)])
def test_a_seek_shows_the_picture_that_is_due(tmp_path: Path, asked_s: float, shown: int) -> None:
    info = probe(write_film(tmp_path / "v.mp4", VARIABLE, gop=5))
    with VideoDecoder(info) as decoder:
        list(decoder.frames(1.0, epoch=3))
        frame = next(decoder.frames(asked_s, epoch=4))
    assert number(frame.rgb) == shown
    assert frame.pts_s == pytest.approx(VARIABLE[shown], abs=1e-3)
    assert frame.epoch == 4


@pytest.mark.parametrize(
    ("size", "layout"),
    [((64, 32), StereoLayout.MONO), ((64, 34), StereoLayout.MONO), ((64, 64), StereoLayout.TOP_BOTTOM)],
)
def test_the_layout_is_guessed_from_the_shape(tmp_path: Path, size: tuple[int, int], layout: StereoLayout) -> None:
    path = write_film(tmp_path / "s.mp4", STEADY[:3], size)
    info = probe(path)
    assert (info.layout, info.layout_source) == (layout, "guess")
    other = probe(path, StereoLayout.MONO)
    assert (other.layout, other.layout_source) == (StereoLayout.MONO, "user")


def test_only_the_upper_eye_of_stereo_is_shown(tmp_path: Path) -> None:
    info = probe(write_film(tmp_path / "s.mp4", STEADY[:3], (64, 64)))
    with VideoDecoder(info) as decoder:
        rgb = next(decoder.frames()).rgb
    assert rgb.shape == (32, 64, 3)
    assert rgb.max() < 60


def test_wide_films_are_scaled_early(tmp_path: Path) -> None:
    info = probe(write_film(tmp_path / "w.mp4", STEADY[:2], (512, 256)))
    with VideoDecoder(info, max_width=128) as decoder:
        assert next(decoder.frames()).rgb.shape == (64, 128, 3)


@pytest.mark.slow
@pytest.mark.parametrize("times", [STEADY, VARIABLE, [n / 30 for n in range(45)], [0.0, 0.25, 0.5, 1.5, 1.6]])
def test_only_frames_on_show_at_a_rate_are_made(tmp_path: Path, times: list[float]) -> None:
    info = probe(write_film(tmp_path / "r.mp4", times))
    shown = [max(n for n, t in enumerate(times) if t <= k / 4 + 1e-3) for k in range(int(times[-1] * 4) + 1)]
    with VideoDecoder(info) as decoder:
        assert [number(f.rgb) for f in decoder.frames(at_rate_hz=4)] == sorted({*shown, len(times) - 1})
        some = [number(f.rgb) for f in decoder.frames(0.75, at_rate_hz=4)]
    assert some == sorted({*shown[3:], len(times) - 1})


def test_conditioning_frames_are_on_the_grid_and_never_from_later(tmp_path: Path) -> None:
    reader = ConditioningReader(probe(write_film(tmp_path / "c.mp4", STEADY)))
    for t_s in (0.0, 0.1, 0.26, 0.5, 1.3, 0.3, 1.9, 9.0):
        index, rgb = reader.frame_at(t_s)
        assert index == int(t_s * 4)
        assert rgb.shape == (128, 256, 3)
        assert number(rgb) == min(int(int(t_s * 4) / 4 * 25 + 1e-6), 49)
    reader.close()


@pytest.mark.parametrize("name", ["missing.mp4", "text.mp4", "folder", "sound.wav", "cut.mp4", "empty.mkv"])
def test_what_is_no_film_is_told_in_a_sentence(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name == "text.mp4":
        path.write_text("this is not a film\n" * 100)
    elif name == "folder":
        path.mkdir()
    elif name == "sound.wav":
        import soundfile

        soundfile.write(path, np.zeros(4_800), 48_000)
    elif name == "cut.mp4":
        path.write_bytes(write_film(tmp_path / "whole.mp4", STEADY).read_bytes()[:700])
    elif name == "empty.mkv":
        with av.open(str(path), "w") as container:
            stream = container.add_stream("libx264", rate=30)
            stream.width, stream.height, stream.pix_fmt = 64, 32, "yuv420p"
            container.start_encoding()
    with pytest.raises(MediaError) as told:
        probe(path)
    assert name in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("quarters_right", [1, 2])
def test_pictures_are_turned_as_the_file_asks(tmp_path: Path, quarters_right: int) -> None:
    data = bytearray(write_film(tmp_path / "r.mp4", STEADY[:2]).read_bytes())
    one = 1 << 16
    turn = (0, one, -one, 0) if quarters_right == 1 else (-one, 0, 0, -one)
    matrix = data.find(b"tkhd") + 4 + 4 + 20 + 16
    assert struct.unpack_from(">9i", data, matrix) == (one, 0, 0, 0, one, 0, 0, 0, 1 << 30)
    struct.pack_into(">9i", data, matrix, *turn[:2], 0, *turn[2:], 0, 0, 0, 1 << 30)
    (tmp_path / "r.mp4").write_bytes(data)
    info = probe(tmp_path / "r.mp4", StereoLayout.MONO)
    assert (info.width, info.height) == ((32, 64) if quarters_right == 1 else (64, 32))
    with VideoDecoder(info, max_width=16 if quarters_right == 1 else None) as decoder:
        rgb = next(decoder.frames()).rgb
    # The dark half was on top: after a quarter to the right it is at the right, after a half turn at the bottom.
    assert rgb.shape == ((32, 16, 3) if quarters_right == 1 else (32, 64, 3))
    dark, bright = (rgb[:, -4:], rgb[:, :4]) if quarters_right == 1 else (rgb[-4:], rgb[:4])
    assert dark.mean() < 60 < 200 < bright.mean()


def test_odd_sizes_are_shown_whole(tmp_path: Path) -> None:
    path = tmp_path / "o.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=30)
        stream.width, stream.height, stream.pix_fmt = 641, 323, "bgr0"
        picture = np.zeros((323, 641, 3), np.uint8)
        picture[:, -1] = 200
        container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    with VideoDecoder(probe(path)) as decoder:
        rgb = next(decoder.frames()).rgb
    assert np.array_equal(rgb, picture)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("list.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nhttp://127.0.0.1:9/x.ts\n"),
        ("list.ffconcat", "ffconcat version 1.0\nfile r.mp4\n"),
        ("call.sdp", "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nt=0 0\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n"),
        ("notes.txt", "dear diary\n" * 50),
    ],
)
def test_lists_streams_and_texts_are_no_films(tmp_path: Path, name: str, text: str) -> None:
    write_film(tmp_path / "r.mp4", STEADY[:2])
    (tmp_path / name).write_text(text)
    with pytest.raises(MediaError, match="not a video"):
        probe(tmp_path / name)


@pytest.mark.parametrize("name", ["still.png", "still.jpg", "still.tiff", "still.webp", "still.bmp", "still%03d.jpg"])
def test_a_still_picture_is_a_film_that_stands(tmp_path: Path, name: str) -> None:
    cv2.imwrite(str(tmp_path / name), np.full((32, 64, 3), 90, np.uint8))
    info = probe(tmp_path / name)
    assert (info.times, info.duration_s, info.width, info.height) == ("still", STILL_S, 64, 32)
    reader = ConditioningReader(info)
    pictures = [reader.frame_at(t_s)[1] for t_s in (0.0, 5.0, 400.0)]
    reader.close()
    assert [round(float(picture.mean())) for picture in pictures] == pytest.approx([90, 90, 90], abs=2)


def test_a_still_picture_that_declares_too_many_pixels_is_refused_before_it_is_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its picture data is small: only the declared size would make it large in memory."""

    def part(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 20_000, 10_000, 8, 2, 0, 0, 0)
    picture = part(b"IHDR", head) + part(b"IDAT", zlib.compress(bytes(1_000))) + part(b"IEND", b"")
    (tmp_path / "large.png").write_bytes(b"\x89PNG\r\n\x1a\n" + picture)
    monkeypatch.setattr(MediaFile, "picture_at_start", lambda *_: pytest.fail("it was decoded"))
    with pytest.raises(MediaError, match="20000 x 10000 pixels: use 16 to 16384"):
        probe(tmp_path / "large.png")


def test_the_user_says_how_long_a_still_picture_is_shown(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "still.png"), np.zeros((32, 64, 3), np.uint8))
    info = film_as_chosen(tmp_path / "still.png", FilmChoice(still_s=7.0))
    assert info.duration_s == 7.0
    assert info.choice == FilmChoice(still_s=7.0)
    moving = film_as_chosen(write_film(tmp_path / "m.mp4", STEADY), FilmChoice(still_s=7.0))
    assert moving.duration_s == pytest.approx(2.0, abs=0.1)
    assert moving.choice == NO_CHOICE


def test_a_film_damaged_in_the_middle_still_plays(tmp_path: Path) -> None:
    data = bytearray(write_film(tmp_path / "d.avi", STEADY, codec="mpeg4").read_bytes())
    middle = len(data) // 2
    data[middle : middle + 300] = bytes(300)
    (tmp_path / "d.avi").write_bytes(data)
    with VideoDecoder(probe(tmp_path / "d.avi")) as decoder:
        assert len(list(decoder.frames())) > 30
