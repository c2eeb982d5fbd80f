"""A timecode is a time of day in samples, frame for frame, also at the rates of television."""

from fractions import Fraction
from pathlib import Path

import pytest

from engine.video.facts.timecode import exact_rate, samples_of
from engine.video.probe import probe
from tests.engine.video.made_films import STEADY, write_film

NTSC = Fraction(30_000, 1_001)


@pytest.mark.parametrize(
    ("text", "rate", "seconds"),
    [
        ("10:00:00:00", Fraction(25), Fraction(36_000)),
        ("00:00:01:12", Fraction(24), Fraction(3, 2)),
        ("01:00:00:00", Fraction(24_000, 1_001), Fraction(3_600 * 1_001, 1_000)),
        ("01:00:00:00", NTSC, Fraction(3_600 * 1_001, 1_000)),
        ("01:00:00;00", NTSC, Fraction(107_892 * 1_001, 30_000)),
        ("00:01:00;02", NTSC, Fraction(1_800 * 1_001, 30_000)),
        ("00:10:00;00", NTSC, Fraction(17_982 * 1_001, 30_000)),
        ("00:01:00;04", Fraction(60_000, 1_001), Fraction(3_600 * 1_001, 60_000)),
    ],
)
def test_samples_since_midnight(text: str, rate: Fraction, seconds: Fraction) -> None:
    assert samples_of(text, rate) == round(seconds * 48_000)


@pytest.mark.parametrize("text", ["", "25:00:00:00", "00:60:00:00", "00:00:00:25", "1:2:3", "00:00:00:-1", "x" * 500])
def test_what_is_no_timecode_is_none(text: str) -> None:
    assert samples_of(text, Fraction(25)) is None


def test_rates_of_television_are_exact() -> None:
    assert exact_rate(29.97) == NTSC
    assert exact_rate(23.976) == Fraction(24_000, 1_001)
    assert exact_rate(25.0) == 25


@pytest.mark.parametrize("name", ["film.mov", "film.mkv"])
def test_a_film_says_its_time_of_day(tmp_path: Path, name: str) -> None:
    info = probe(write_film(tmp_path / name, STEADY, timecode="10:00:00:00", rate=25))
    assert (info.timecode, info.time_reference_samples) == ("10:00:00:00", 1_728_000_000)
    assert probe(write_film(tmp_path / "plain.mov", STEADY)).timecode is None
