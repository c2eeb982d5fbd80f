"""The film's clock: 0 is the start of the file, in every container; lengths that cannot be are counted."""

import struct
from pathlib import Path

import numpy as np
import pytest

from engine.contract.errors import MediaError
from engine.contract.video import VideoInfo
from engine.media.container import MediaFile
from engine.video.conditioning import ConditioningReader
from engine.video.decoder import VideoDecoder
from engine.video.facts import length
from engine.video.facts.ts_order import times_go_on
from engine.video.probe import probe
from tests.engine.video.made_films import STEADY, copied, number, write_film

FRAME_S = 1 / 25
# Coders of sound start up to 44 ms early, and only MOV and MP4 can hide it.
PRIMING_S = 0.05


def shown_at(info: VideoInfo, times_s: list[float]) -> list[int]:
    with VideoDecoder(info) as decoder:
        return [number(next(decoder.frames(t_s)).rgb) for t_s in times_s]


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["mp4", "mov", "mkv", "ts"])
def test_a_late_picture_is_late_in_every_container(tmp_path: Path, suffix: str) -> None:
    late = write_film(tmp_path / "first.mp4", [0.8 + t for t in STEADY], sound_s=3.0)
    info = probe(copied(late, tmp_path / f"film.{suffix}"))
    assert info.start_s == pytest.approx(0.8, abs=PRIMING_S)
    assert info.duration_s == pytest.approx(2.8, abs=PRIMING_S)
    assert shown_at(info, [0.0, 0.7, 0.9, 1.9]) == pytest.approx([-2, -2, 2, 27], abs=2)
    assert any("first picture comes at 0.8 s" in notice for notice in info.notices)


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["mp4", "mov", "mkv", "ts"])
@pytest.mark.parametrize(("sound_s", "told"), [(4.0, "The pictures end at 2.0 s of 4."), (1.0, "The sound ends at 1.")])
def test_the_pictures_length_counts_and_the_sounds_is_told(
    tmp_path: Path, suffix: str, sound_s: float, told: str
) -> None:
    film = write_film(tmp_path / "first.mp4", STEADY, sound_s=sound_s, rate=25)
    info = probe(copied(film, tmp_path / f"film.{suffix}"))
    assert info.start_s == 0.0
    assert info.duration_s == pytest.approx(probe(film).duration_s, abs=0.002)
    assert info.duration_s == pytest.approx(2.0, abs=0.01)
    assert [notice.startswith(told) for notice in info.notices] == [True]
    assert len(info.sounds) == 1


def test_conditioning_is_black_before_a_late_picture(tmp_path: Path) -> None:
    reader = ConditioningReader(probe(write_film(tmp_path / "l.mp4", [0.8 + t for t in STEADY], sound_s=3.0)))
    assert [int(reader.frame_at(t_s)[1].max()) > 50 for t_s in (0.0, 0.5, 1.0, 0.25, 2.0)] == [0, 0, 1, 0, 1]
    reader.close()


@pytest.mark.slow
@pytest.mark.parametrize(("suffix", "codec"), [("h264", "libx264"), ("hevc", "libx265"), ("m2v", "mpeg2video")])
def test_raw_streams_are_films_and_their_pictures_are_counted(tmp_path: Path, suffix: str, codec: str) -> None:
    info = probe(write_film(tmp_path / f"raw.{suffix}", STEADY, codec=codec, gop=10, rate=25, raw=True))
    assert info.duration_s == pytest.approx(2.0, abs=2 * FRAME_S)
    assert shown_at(info, [0.0, 0.5, 1.5, 1.0]) == pytest.approx([0, 12, 37, 25], abs=1)


def test_joined_transport_streams_are_counted(tmp_path: Path) -> None:
    one = write_film(tmp_path / "one.ts", STEADY).read_bytes()
    (tmp_path / "two.ts").write_bytes(one + one)
    info = probe(tmp_path / "two.ts")
    assert info.duration_s == pytest.approx(4.0, abs=0.01)
    assert "joins 2 recordings" in info.notices[0]
    assert shown_at(info, [0.0, 1.0, 2.0, 3.0, 3.9]) == pytest.approx([0, 25, 0, 25, 47], abs=1)


def with_length(data: bytes, change: dict[bytes, tuple[int, int]]) -> bytes:
    """Write other numbers into boxes: {kind: (bytes after the kind, value of 32 bits)}."""
    out = bytearray(data)
    for kind, (place, value) in change.items():
        at = out.find(kind)
        assert at > 0
        struct.pack_into(">I", out, at + 4 + place, value)
    return bytes(out)


@pytest.mark.parametrize("claim", [0xFFFFFFF0, 1, 0])
def test_a_header_that_claims_any_length_is_not_believed(tmp_path: Path, claim: int) -> None:
    data = write_film(tmp_path / "a.mp4", STEADY).read_bytes()
    film = tmp_path / "claims.mp4"
    film.write_bytes(with_length(data, {b"mvhd": (16, claim), b"mdhd": (16, claim), b"tkhd": (20, claim)}))
    info = probe(film)
    assert info.duration_s == pytest.approx(2.0, abs=2 * FRAME_S)
    assert 1.0 <= info.fps <= 60.0


def test_times_of_thirty_years_are_counted_instead(tmp_path: Path) -> None:
    data = write_film(tmp_path / "a.mp4", STEADY, gop=5).read_bytes()
    # Every picture lasts for months.
    stts = data.find(b"stts")
    film = tmp_path / "years.mp4"
    film.write_bytes(data[: stts + 16] + struct.pack(">I", 0x7FFFFFF0 // 50) + data[stts + 20 :])
    info = probe(film)
    assert info.duration_s < 3600.0
    assert shown_at(info, [0.0]) == [0]


def test_a_rate_that_cannot_be_is_not_believed(tmp_path: Path) -> None:
    data = write_film(tmp_path / "a.mp4", STEADY, gop=5).read_bytes()
    # All pictures in 50 millionths of a second.
    mdhd, stts = data.find(b"mdhd"), data.find(b"stts")
    fast = data[: mdhd + 16] + struct.pack(">II", 1_000_000, 50) + data[mdhd + 24 :]
    fast = fast[: stts + 8] + struct.pack(">III", 1, 50, 1) + fast[stts + 20 :]
    (tmp_path / "fast.mp4").write_bytes(fast)
    info = probe(tmp_path / "fast.mp4")
    assert (info.times, info.fps) == ("counted", 25.0)
    assert info.duration_s == pytest.approx(2.0, abs=0.1)
    assert "times in the file cannot be right" in info.notices[0]


def test_pictures_that_end_half_way_are_told(tmp_path: Path) -> None:
    cut = tmp_path / "cut.mkv"
    write_film(cut, [n / 25 for n in range(150)], gop=5)
    data = cut.read_bytes()
    cut.write_bytes(data[: len(data) // 2])
    info = probe(cut)
    assert 1.0 < info.duration_s < 5.0
    assert f"end at {info.duration_s:.1f} s of 6.0 s" in info.notices[0]


def test_more_than_a_day_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(length, "LONGEST_S", 1.0)
    with pytest.raises(MediaError, match=r"a\.mp4 is longer than 24 hours"):
        probe(write_film(tmp_path / "a.mp4", STEADY))


def test_counting_is_given_up_after_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(length, "_WALK_PATIENCE_S", -1.0)
    one = write_film(tmp_path / "one.ts", [n / 100 for n in range(300)]).read_bytes()
    (tmp_path / "two.ts").write_bytes(one + one)
    info = probe(tmp_path / "two.ts")
    assert 1.0 < info.duration_s <= 3.1
    assert "too large to be counted" in info.notices[-1]


@pytest.mark.slow
def test_a_few_places_of_a_transport_stream_tell_whether_its_times_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = write_film(tmp_path / "one.ts", [n / 25 for n in range(200)], gop=10)
    with MediaFile(one) as media:
        pid = media.pictures[0].id
    data = one.read_bytes()
    (tmp_path / "two.ts").write_bytes(data + data)
    # 192 bytes: each packet with a time before it, as cameras and discs write them.
    (tmp_path / "disc.m2ts").write_bytes(
        b"".join(bytes(4) + data[at : at + 188] for at in range(0, len(data) - 187, 188))
    )
    (tmp_path / "noise.ts").write_bytes(np.random.default_rng(0).bytes(100_000))
    assert times_go_on(one, pid) is True
    assert times_go_on(tmp_path / "two.ts", pid) is False
    assert times_go_on(tmp_path / "disc.m2ts", pid) is True
    assert times_go_on(one, pid + 7) is None
    assert times_go_on(tmp_path / "noise.ts", pid) is None
    assert times_go_on(tmp_path / "missing.ts", pid) is None
    # A film that is too large to be counted in no time is asked there.
    monkeypatch.setattr(length, "_SOON_COUNTED", 0)
    assert [probe(path).times for path in (one, tmp_path / "two.ts")] == ["stored", "counted"]
