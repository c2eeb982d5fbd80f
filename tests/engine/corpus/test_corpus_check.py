"""What is wrong with a corpus is found and said: one line a bad row, and no file makes it stumble."""

import contextlib
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.ambisonics.normalisation import ambix_to_fuma, sn3d_to_n3d
from engine.contract.errors import MediaError
from engine.corpus.audio import audio_facts, blocks
from engine.corpus.checking import CheckReport, check_corpus, summary_lines
from engine.corpus.folder import read_corpus
from engine.export.reading.resample import resampled
from tests.engine.corpus.corpus_files import RATE_HZ, foa, noise, write_film, write_sound


def report(folder: Path, convention: str | None = None, table: str | None = None) -> CheckReport:
    manifest = None
    if table is not None:
        manifest = folder / "m.csv"
        manifest.write_text(table)
    return check_corpus(read_corpus(folder, manifest), convention)


def said(folder: Path, **options: str) -> str:
    """Return the one remark of a folder's one bad row."""
    found = report(folder, **options)
    (remark,) = found.bad
    assert not found.rows
    return remark.text


def field(*plane_waves: tuple[float, float]) -> np.ndarray:
    return sum(foa(8.0, az, el, seed) for seed, (az, el) in enumerate(plane_waves))


SEVERAL = ((30.0, 10.0), (-100.0, 40.0), (160.0, -30.0))


def test_good_rows_of_three_sorts(tmp_path: Path) -> None:
    write_sound(tmp_path / "dog/bark.wav", noise(0.5))
    write_sound(tmp_path / "dog/pair.flac", np.stack([noise(1.0), noise(1.0, 1)]), subtype="PCM_16")
    write_sound(tmp_path / "field.wav", field(*SEVERAL))
    write_film(tmp_path / "own.mov", 8.0, sound=foa(8.0, 20.0, seed=5))
    write_film(tmp_path / "beside.mp4", 8.0)
    write_sound(tmp_path / "beside.wav", foa(8.0, -20.0, seed=6))
    found = report(tmp_path)
    assert {row.row.name: row.sort for row in found.rows} == {
        "dog/bark.wav": "sound", "dog/pair.flac": "sound", "field.wav": "foa", "own.mov": "film", "beside.wav": "film",
    }  # fmt: skip
    assert not found.bad
    lines = summary_lines(found)
    assert "sounds: 2, 0.0 min" in lines
    assert "films with ambisonic sound: 2, 0.3 min" in lines
    assert "1 classes: dog 2" in lines
    assert lines[-1] == "5 rows can be used, 0 are bad, 3 warnings"  # what sounds in the three recordings


@pytest.mark.parametrize(
    ("samples", "rate_hz", "words"),
    [
        (np.zeros(RATE_HZ, np.float32), RATE_HZ, "is silent"),
        (noise(1.0, level=1e-5), RATE_HZ, "is silent"),
        (noise(0.2), RATE_HZ, "is too short"),
        (np.clip(8.0 * noise(1.0), -1.0, 1.0), RATE_HZ, "is clipped"),
        (np.zeros((4, 0), np.float32), RATE_HZ, "too short"),
        (noise(0.5).reshape(3, -1), RATE_HZ, "has 3 channels"),
        (np.stack([noise(0.3)] * 17), RATE_HZ, "has 17 channels"),
        (noise(1.0), 4_000, "is at 4000 Hz"),
        (np.full(RATE_HZ, np.nan, np.float32), RATE_HZ, "not numbers"),
    ],
)
def test_bad_sounds(tmp_path: Path, samples: np.ndarray, rate_hz: int, words: str) -> None:
    write_sound(tmp_path / "dog.wav", samples, rate_hz)
    assert words in said(tmp_path)


def test_a_loud_low_tone_is_not_clipped(tmp_path: Path) -> None:
    tone = np.sin(2 * np.pi * 40.0 * np.arange(RATE_HZ) / RATE_HZ)
    write_sound(tmp_path / "hum.wav", tone, subtype="PCM_16")
    assert not report(tmp_path).bad
    write_sound(tmp_path / "hum.wav", np.clip(1.2 * tone, -1.0, 1.0), subtype="PCM_16")
    assert "is clipped (80 peaks" in said(tmp_path)


def test_a_low_rate_is_a_warning(tmp_path: Path) -> None:
    write_sound(tmp_path / "dog.wav", noise(1.0), 22_050)
    found = report(tmp_path)
    assert len(found.rows) == 1
    assert "above 11025 Hz" in found.remarks[0].text


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (np.stack([noise(8.0)] * 4), "the same sound on all four channels"),
        (np.stack([noise(8.0), *np.zeros((3, 8 * RATE_HZ), np.float32)]), "on its first channel only"),
        (ambix_to_fuma(field(*SEVERAL)), "looks like FuMa"),
        (sn3d_to_n3d(field(*SEVERAL)), "looks like N3D"),
        (field((90.0, 0.0))[[2, 1, 0, 3]] + 1e-3 * noise(8.0, 9), "far weaker"),
        (foa(3.0, 20.0), "is too short"),
    ],
)
def test_fields_that_cannot_be_right(tmp_path: Path, made: np.ndarray, words: str) -> None:
    write_sound(tmp_path / "field.wav", made)
    assert words in said(tmp_path)


def test_raw_capsules_are_told(tmp_path: Path) -> None:
    # Four cardioids on a tetrahedron in a field of many directions.
    corners = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) / np.sqrt(3)
    rng = np.random.default_rng(0)
    waves = rng.normal(size=(24, 3))
    waves /= np.linalg.norm(waves, axis=1, keepdims=True)
    capsules = sum(
        0.5 * (1 + corners @ wave)[:, None] * noise(8.0, seed, 0.03) for seed, wave in enumerate(waves)
    ).astype(np.float32)
    write_sound(tmp_path / "raw.wav", capsules)
    assert "A-format" in said(tmp_path)


@pytest.mark.parametrize("convention", ["fuma", "n3d"])
def test_a_stated_convention_is_believed(tmp_path: Path, convention: str) -> None:
    convert = {"fuma": ambix_to_fuma, "n3d": sn3d_to_n3d}[convention]
    write_sound(tmp_path / "field.wav", convert(field(*SEVERAL)))
    assert not report(tmp_path, convention).bad
    table = f"path,label,convention\nfield.wav,rain,{convention}\n"
    (row,) = report(tmp_path, table=table).rows
    assert row.convention == convention


def test_what_the_reader_makes_of_a_file_is_a_warning(tmp_path: Path) -> None:
    second = np.concatenate([field(*SEVERAL), np.stack([noise(8.0, seed, 0.01) for seed in range(5)])])
    made = write_sound(tmp_path / "second.wav", second, subtype="PCM_16")
    content = bytearray(made.read_bytes())
    at = content.index(b"data") + 4
    content[at : at + 4] = bytes(4)  # the recorder crashed
    made.write_bytes(content)
    found = report(tmp_path)
    (row,) = found.rows
    assert (row.sort, round(row.seconds, 2)) == ("foa", 8.0)
    assert not found.bad
    assert "first four" in found.remarks[0].text
    assert "as if the recorder crashed" in found.remarks[0].text


def test_bad_films(tmp_path: Path) -> None:
    flat, short, mute, stereo = (tmp_path / name for name in ("flat", "short", "mute", "stereo"))
    write_film(flat / "a.mp4", 8.0, (64, 48))
    write_sound(flat / "a.wav", foa(8.0, 0.0))
    assert "twice as wide as high" in said(flat)
    write_film(short / "a.mp4", 4.0)
    write_sound(short / "a.wav", foa(8.0, 0.0))
    assert "8.0 s of sound and 4.0 s of film" in said(short)
    write_film(mute / "a.mp4", 1.0)
    assert "has no sound" in said(mute)
    write_film(stereo / "a.mp4", 8.0)
    write_sound(stereo / "a.wav", np.stack([noise(8.0), noise(8.0, 1)]))
    assert "has 2 channels" in said(stereo)


def test_doubles_and_missing_labels(tmp_path: Path) -> None:
    write_sound(tmp_path / "a.wav", noise(1.0))
    write_sound(tmp_path / "b.wav", noise(1.0))
    write_sound(tmp_path / "c.wav", noise(1.0, 1))
    found = report(tmp_path, table="path,label\na.wav,dog\nb.wav,dog\nc.wav,\n")
    assert [row.row.name for row in found.rows] == ["a.wav"]
    assert [(r.name, r.line, r.text.partition(":")[0]) for r in found.bad] == [
        ("b.wav", 3, "has the same content as a.wav"),
        ("c.wav", 4, "has no label"),
    ]


def test_files_that_are_no_sound_or_cut_off(tmp_path: Path) -> None:
    whole = write_sound(tmp_path / "good.flac", noise(2.0), subtype="PCM_16").read_bytes()
    film = write_film(tmp_path / "film.mov", 8.0, sound=foa(8.0, 0.0)).read_bytes()
    files = {
        "empty.wav": b"",
        "garbage.wav": np.random.default_rng(0).bytes(5_000),
        "text.mp3": b"no sound here\n" * 99,
        "half.flac": whole[: len(whole) // 2],
        "cut.mov": film[: len(film) // 2],
        "list.m4a": b"#EXTM3U\nfile:///etc/passwd\n",
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    found = report(tmp_path)
    assert sorted(row.row.name for row in found.rows) == ["film.mov", "good.flac"]
    assert sorted(remark.name for remark in found.bad) == sorted(files)


def wav_header(channels: int, rate_hz: int, frames: int) -> bytes:
    data = min(4 * channels * frames, 0xFFFFFF00)
    fmt = struct.pack("<HHIIHH", 3, channels, rate_hz, (4 * channels * rate_hz) & 0xFFFFFFFF, 4 * channels, 32)
    return (
        struct.pack("<4sI4s4sI", b"RIFF", min(data + 36, 0xFFFFFFFF), b"WAVE", b"fmt ", 16)
        + fmt
        + struct.pack("<4sI", b"data", data)
    )


@pytest.mark.parametrize(("channels", "frames"), [(1, 2**30), (1_000, 2**20), (16_000, 2**16), (4, 2**30)])
def test_a_header_that_promises_too_much_costs_nothing(tmp_path: Path, channels: int, frames: int) -> None:
    file = tmp_path / "dog.wav"
    file.write_bytes(wav_header(channels, RATE_HZ, frames) + noise(0.1).tobytes())
    assert report(tmp_path).bad


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 200), change=st.binary(min_size=1, max_size=8), cut=st.integers(0, 2_000))
@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.mov"])
def test_a_damaged_file_is_read_or_told(tmp_path: Path, name: str, place: int, change: bytes, cut: int) -> None:
    made = tmp_path / name
    if not made.exists():
        if name == "a.mov":
            write_film(made, 0.5, sound=foa(0.5, 0.0))
        else:
            write_sound(made, noise(0.2), subtype="PCM_16")
    content = bytearray(made.read_bytes())
    content[place : place + len(change)] = change
    damaged = tmp_path / f"damaged{made.suffix}"
    damaged.write_bytes(bytes(content[: len(content) - cut]))
    with contextlib.suppress(MediaError):
        facts = audio_facts(damaged)
        assert sum(block.shape[1] for block in blocks(facts)) < 10 * RATE_HZ


@pytest.mark.parametrize("rate_hz", [44_100, 96_000, 22_050])
def test_converted_sound_is_in_time_and_in_tune(tmp_path: Path, rate_hz: int) -> None:
    tone = np.sin(2 * np.pi * 1_000.0 * np.arange(2 * rate_hz) / rate_hz)
    facts = audio_facts(write_sound(tmp_path / "a.wav", np.stack([tone, -0.5 * tone]), rate_hz))
    found = np.concatenate(list(resampled(blocks(facts), 2, rate_hz, RATE_HZ)), axis=1)
    assert abs(found.shape[1] - 2 * RATE_HZ) <= 2
    expected = np.sin(2 * np.pi * 1_000.0 * np.arange(found.shape[1]) / RATE_HZ)
    assert np.abs(found[0] - expected)[500:-500].max() < 1e-3
    assert np.abs(found[1] + 0.5 * found[0]).max() < 1e-5


def test_long_files_are_read_in_blocks(tmp_path: Path) -> None:
    facts = audio_facts(write_sound(tmp_path / "a.wav", noise(4.0), subtype="PCM_16"))
    assert max(block.shape[1] for block in blocks(facts)) <= RATE_HZ
    assert sum(block.shape[1] for block in blocks(facts)) == 4 * RATE_HZ


def test_progress_grows_to_the_end_and_can_stop(tmp_path: Path) -> None:
    for n in range(3):
        write_sound(tmp_path / f"dog{n}.wav", noise(2.0, n))
    heard: list[float] = []
    check_corpus(read_corpus(tmp_path), progress=heard.append)
    assert heard == sorted(heard)
    assert 0.9 < heard[-1] <= 1.0

    def stop(done: float) -> None:
        if done > 0.4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check_corpus(read_corpus(tmp_path), progress=stop)
