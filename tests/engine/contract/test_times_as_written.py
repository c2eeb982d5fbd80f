"""Times as people write them."""

import pytest

from engine.contract.clock import number_of, seconds_of


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("12.5", 12.5), ("12,5", 12.5), ("1:02.5", 62.5), ("00:01:02.500", 62.5), ("100:00:00", 360_000.0)],
)
def test_a_time_is_read(text: str, seconds: float) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "1:2:3:4", "1::2"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="could not convert"):
        seconds_of(text)


def test_a_comma_may_be_the_decimal_point() -> None:
    assert number_of("-3,25") == -3.25
