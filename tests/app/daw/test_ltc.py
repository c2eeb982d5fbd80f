"""Linear time code is read back by its zero crossings alone: the right frames at the right samples."""

import resource
from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.cli import main
from engine.contract.errors import ExportError, InvalidInputError
from engine.daw.ltc import frame_bits, ltc_blocks, write_ltc
from engine.daw.time_code import MtcRate
from engine.export.ambix_wav import AmbixWriter


def decoded(sound: np.ndarray, rate_hz: int, fps: float) -> list[tuple[int, tuple[int, int, int, int], bool]]:
    """Return (sample at which the frame begins, h m s f, drop) of each whole frame; knows no grid."""
    edges = np.flatnonzero(np.diff(np.signbit(sound))) + 1
    half = rate_hz / (fps * 160)
    bits: list[tuple[int, int]] = []
    k = 0
    while k + 1 < len(edges):
        if edges[k + 1] - edges[k] > 1.5 * half:
            bits.append((0, edges[k]))
            k += 1
        else:
            bits.append((1, edges[k]))
            k += 2
    text = "".join(str(bit) for bit, _ in bits)
    found, at = [], text.find("0011111111111101")
    while at >= 0:
        if at >= 64:
            word = text[at - 64 : at]

            def number(begin: int, size: int, word: str = word) -> int:
                return int(word[begin : begin + size][::-1], 2)

            time = tuple(number(b, 4) + 10 * number(b + 8, n) for b, n in ((48, 2), (32, 3), (16, 3), (0, 2)))
            found.append((int(bits[at - 64][1]), time, word[10] == "1"))
        at = text.find("0011111111111101", at + 1)
    return found


@pytest.mark.parametrize("rate", list(MtcRate))
@pytest.mark.parametrize("rate_hz", [44_100, 48_000, 96_000])
def test_every_frame_is_where_it_belongs(rate: MtcRate, rate_hz: int) -> None:
    fps = float(rate.grid.rate)
    begin = round((3_599.5 + 0.0123) * rate_hz)
    sound = np.concatenate(list(ltc_blocks(rate, begin, 7 * rate_hz, rate_hz)))
    assert len(sound) == 7 * rate_hz
    bit = rate_hz / fps / 80  # the first one may be cut, and read as another
    found = [each for each in decoded(sound, rate_hz, fps) if each[0] > bit]
    assert len(found) >= int(7 * fps) - 2
    for sample, (h, m, s, f), drop in found:
        mark = ";" if drop else ":"
        frame = rate.grid.frame_of(f"{h:02d}:{m:02d}:{s:02d}{mark}{f:02d}")
        assert frame is not None
        assert abs(begin + sample - frame * rate_hz / fps) <= 2
        assert drop == (rate is MtcRate.FPS_29_97_DROP)


@pytest.mark.parametrize("rate", list(MtcRate))
def test_frames_have_an_even_number_of_ones(rate: MtcRate) -> None:
    for frame in (0, 1, 1_799, 1_800, 107_999, 2_000_000):
        bits = frame_bits(rate, frame)
        assert len(bits) == 80
        assert sum(bits) % 2 == 0


def test_what_cannot_be_written_is_one_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="larger than 4 GB"):
        write_ltc(tmp_path / "long.wav", MtcRate.FPS_25, 0, 1 << 31, 48_000)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, limits[1]))  # as a disk that becomes full
    try:
        with pytest.raises(ExportError, match=r"full\.wav"):
            write_ltc(tmp_path / "full.wav", MtcRate.FPS_25, 0, 20 * 48_000, 48_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_the_command_writes_it_beside_a_sound(tmp_path: Path, capsys) -> None:
    take, out = tmp_path / "take.wav", tmp_path / "take-ltc.wav"
    with AmbixWriter(take, time_reference_samples=10 * 3600 * 48_000) as writer:
        writer.write(np.zeros((4, 96_000), np.float32))
    assert main(["ltc", str(take), "--out", str(out), "--fps", "25"]) == 0
    assert "from 10:00:00:00" in capsys.readouterr().out
    sound, rate_hz = soundfile.read(out)
    assert (len(sound), rate_hz) == (96_000, 48_000)
    assert np.abs(sound).max() == pytest.approx(0.25, abs=0.01)
    assert [time for _, time, _ in decoded(sound, rate_hz, 25.0)][:2] == [(10, 0, 0, 1), (10, 0, 0, 2)]
    for wrong in (["--out", str(take)], ["--out", str(tmp_path / "a.flac")]):
        assert main(["ltc", str(take), *wrong]) == 2
        assert capsys.readouterr().err.count("\n") == 1
