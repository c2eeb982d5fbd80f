"""Sound in a private file: any part can be read again, only what is needed is kept, and a full disk is a sentence."""

import errno
from pathlib import Path

import numpy as np
import pytest

from engine.ambisonics.encoding import encode_point
from engine.ambisonics.loudness import LevelMeter
from engine.contract.directions import Direction, angle_between
from engine.contract.errors import ExportError, MediaError
from engine.runtime.recordings.spool import SoundSpool

FIELD = encode_point(0.1 * np.random.default_rng(0).standard_normal(50_001), Direction(30.0))


def spooled(path: Path, sound: np.ndarray, kept: range, size: int = 777, **values):
    spool = SoundSpool(path, len(sound), kept, **values)
    for start in range(0, sound.shape[1], size):
        spool.append(sound[:, start : start + size])
    return spool.sound(follows_path=False)


@pytest.mark.parametrize("size", [100, 1920, 60_000])
def test_what_is_kept_is_read_from_anywhere_and_the_rest_is_silent(tmp_path, size):
    sound = spooled(tmp_path / "a", FIELD, range(10_000, 30_000), size)
    expected = np.zeros_like(FIELD)
    expected[:, 10_000:30_000] = FIELD[:, 10_000:30_000]
    for start, count in ((-50, 200), (9_990, 20), (29_000, 2_000), (12_345, 1), (0, 50_001), (49_000, 5_000)):
        padded = np.pad(expected, ((0, 0), (100, 10_000)))
        assert np.array_equal(sound.samples.read(start, count), padded[:, start + 100 : start + 100 + count])
    assert (tmp_path / "a").stat().st_size == 20_000 * 16


def test_all_of_it_is_measured(tmp_path):
    sound, meter = spooled(tmp_path / "a", FIELD, range(0, 10)), LevelMeter()
    meter.add(FIELD)
    assert sound.level == meter.level()
    assert sound.field is not None
    assert sound.field.share > 0.99
    assert len(sound.field.shown.sure) == 27  # 26 whole pieces of 40 ms, and the rest
    assert np.rad2deg(angle_between(sound.field.shown.directions[20], Direction(30.0).unit_vector())) < 0.5


@pytest.mark.parametrize(("head_locked", "difference_db"), [(False, 3.0), (True, 0.0)])
def test_a_pair_is_weighed_as_it_is_heard(tmp_path, head_locked, difference_db):
    """In the field, equal channels add up in W; at the ears each is one ear's."""
    same = np.stack([FIELD[0], FIELD[0]])
    apart = np.stack([FIELD[0], np.roll(FIELD[0], 9_999)])
    levels = [
        spooled(tmp_path / name, pair, range(0, 10), head_locked=head_locked).level.level_db
        for name, pair in (("a", same), ("b", apart))
    ]
    assert levels[0] - levels[1] == pytest.approx(difference_db, abs=0.2)


def test_nothing_kept_is_silence(tmp_path):
    assert not spooled(tmp_path / "a", FIELD, range(90_000, 90_100)).samples.read(0, 100).any()


def test_a_full_disk_is_one_sentence(tmp_path, monkeypatch):
    spool = SoundSpool(tmp_path / "a", 1, range(0, 100))

    class Full:
        def write(self, _data: bytes) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        def close(self) -> None:
            pass

    spool.close()
    monkeypatch.setattr(spool, "_file", Full())
    with pytest.raises(ExportError, match="the disk is full"):
        spool.append(np.zeros((1, 100), np.float32))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is full")
def test_a_full_disk_is_told_once_and_can_be_closed():
    spool = SoundSpool(Path("/dev/full"), 4, range(0, 100))
    spool.append(FIELD[:, :50])
    with pytest.raises(ExportError, match="the disk is full"):
        spool.flush()
    spool.close()


def test_a_converted_sound_that_was_removed_is_a_sentence(tmp_path):
    sound = spooled(tmp_path / "a", FIELD, range(0, 50_001))
    (tmp_path / "a").unlink()
    with pytest.raises(MediaError, match="cannot be read: no such file"):
        sound.samples.read(0, 10)
