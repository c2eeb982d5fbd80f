"""Files as they come: hours long, of a higher order, with names that cannot be written."""

import os
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.cli import main
from engine.ambisonics.encoding import encode_point
from engine.ambisonics.normalisation import ambix_to_fuma, sn3d_to_n3d
from engine.annotation.annotate import annotate, finished_annotation
from engine.contract.directions import Direction
from engine.contract.errors import CancelledError
from tests.engine.annotation.mixes import noise, written

_RATE = 16_000


def most_memory(path: Path, seconds: int) -> int:
    foa = encode_point(noise(seconds * _RATE / 48_000, 0), Direction(30, 0))
    soundfile.write(path, foa.T, _RATE, subtype="FLOAT")
    del foa
    tracemalloc.start()
    try:
        assert len(annotate(path)["segments"]) == seconds
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_ten_times_as_long_takes_no_more_memory(tmp_path: Path) -> None:
    annotate(written(tmp_path / "warm.wav", encode_point(noise(1, 0), Direction(0, 0))))
    short, long = (most_memory(tmp_path / "take.wav", seconds) for seconds in (4, 40))
    # The whole file would be 9 MB more.
    assert long - short < 1_000_000


def test_of_a_higher_order_the_first_four_channels_count(tmp_path: Path) -> None:
    first = sn3d_to_n3d(encode_point(noise(1, 1), Direction(-40, 30)))
    higher = np.concatenate([first, [noise(1, seed) for seed in range(2, 7)]])
    soundfile.write(tmp_path / "second.wav", higher.T, 48_000, subtype="FLOAT")
    point = annotate(tmp_path / "second.wav", "n3d")["segments"][0]
    assert (point["azimuth_deg"], point["elevation_deg"]) == pytest.approx((-40, 30), abs=0.5)


def test_a_file_that_was_read_otherwise_is_done_anew(tmp_path: Path) -> None:
    path = written(tmp_path / "take.wav", ambix_to_fuma(encode_point(noise(1, 1), Direction(90, 0))))
    target = tmp_path / "out" / "take.json"
    assert main(["annotate", str(path), "--out", str(target.parent)]) == 0
    assert main(["annotate", str(path), "--out", str(target.parent), "--convention", "fuma"]) == 0
    found = finished_annotation(target, "fuma")
    assert found is not None
    assert found["segments"][0]["azimuth_deg"] == pytest.approx(90, abs=0.5)
    assert finished_annotation(target) is None


def test_a_name_that_is_no_unicode_is_one_line_and_the_others_are_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = written(tmp_path / "good.wav", encode_point(noise(1, 1), Direction(0, 0)))
    odd = os.fsdecode(b"odd\xff.wav")
    assert main(["annotate", str(tmp_path / odd), str(good), "--out", str(tmp_path / "out")]) == 2
    told = capsys.readouterr()
    assert "not Unicode" in told.err
    assert len(told.err.splitlines()) == 1
    assert "2/2 good.wav: A sound in front." in told.out


def test_progress_grows_to_the_end_and_can_stop_the_work(tmp_path: Path) -> None:
    path = written(tmp_path / "take.wav", encode_point(noise(3, 1), Direction(0, 0)))
    heard: list[float] = []
    annotate(path, progress=heard.append)
    assert heard == pytest.approx([1 / 3, 2 / 3, 1.0])

    def stop(_done: float) -> None:
        raise CancelledError("Stopped.")

    with pytest.raises(CancelledError):
        annotate(path, progress=stop)
