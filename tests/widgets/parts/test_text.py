import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widgets.parts.text import SILENCE_DB, clock_text, direction_text, level_db, precise_clock_text, size_text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (59.99, "0:59"), (61, "1:01"), (3725, "1:02:05"), (-1, "0:00")]
)
def test_a_clock_reads_minutes_and_hours(seconds, text):
    assert clock_text(seconds) == text


def test_tenths_carry_into_the_minute():
    assert precise_clock_text(59.96) == "1:00.0"
    assert precise_clock_text(12.34) == "0:12.3"


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_a_level_is_always_a_number_and_never_below_the_floor(value):
    level = level_db(value)
    assert math.isfinite(level)
    assert level >= SILENCE_DB


def test_a_tenth_is_minus_twenty_decibels():
    assert level_db(0.1) == pytest.approx(-20.0)


def test_whole_frame_rates_lose_their_zeros():
    assert size_text(640, 322, 30.0).endswith("30 fps")
    assert size_text(640, 322, 29.97).endswith("29.97 fps")


@pytest.mark.parametrize(
    ("azimuth_deg", "elevation_deg", "text"),
    [
        (0.0, 0.0, "front"),
        (31.0, 9.0, "30° left, 10° up"),
        (-88.0, -2.0, "90° right"),
        (-179.0, 0.0, "behind"),
        (178.0, -20.0, "behind, 20° down"),
        (12.0, 88.0, "overhead"),
        (-100.0, -85.0, "from below"),
    ],
)
def test_a_direction_is_said_in_words(azimuth_deg, elevation_deg, text):
    assert direction_text(azimuth_deg, elevation_deg) == text
