"""A source that moves is one source, at any speed of a film's."""

from pathlib import Path

import numpy as np
import pytest

from engine.ambisonics.encoding import encode_path, encode_point
from engine.annotation.annotate import annotate
from engine.annotation.several import sources_in
from engine.contract.directions import Direction, unit_vectors
from tests.engine.annotation.mixes import RATE, diffuse, error_deg, noise, written


def circling(seconds: int, speed_deg: float) -> np.ndarray:
    """Return a source that begins at azimuth -20 and turns to the left, in a diffuse field 20 dB below."""
    azimuths = np.radians(-20.0 + speed_deg * np.arange(0, seconds + 0.25, 0.25))
    way = unit_vectors(azimuths, np.zeros(azimuths.size))
    foa = encode_path(noise(seconds, 1), way, np.arange(azimuths.size) * RATE // 4)
    return foa + diffuse(seconds, -20, 99)


def test_what_moves_within_a_second_is_one_source_with_a_beginning_and_an_end() -> None:
    (found,) = sources_in(circling(1, 80), RATE)
    assert error_deg(found.vector, Direction(20, 0)) < 3
    assert error_deg(found.begins, Direction(-15, 0)) < 3
    assert error_deg(found.ends, Direction(55, 0)) < 3
    assert found.share > 0.9


@pytest.mark.parametrize("speed_deg", [20.0, 50.0, 100.0])
def test_a_source_that_circles_is_one_track(tmp_path: Path, speed_deg: float) -> None:
    (source,) = annotate(written(tmp_path / "circling.wav", circling(6, speed_deg)))["sources"]
    assert len(source["path"]) == 6
    # The ends of a path are averaged with one neighbour only.
    for point in source["path"][1:-1]:
        asked = -20 + speed_deg * (point["t_s"] + 0.5)
        assert (point["azimuth_deg"] - asked + 180) % 360 - 180 == pytest.approx(0, abs=4)


@pytest.mark.parametrize("often", [8, 2])
def test_two_that_take_turns_within_a_second_do_not_make_one_that_moves(often: int) -> None:
    first, second = Direction(18, 0), Direction(-18, 0)
    turn = (np.arange(RATE) * often // RATE) % 2
    foa = encode_point(noise(1, 1) * turn, first) + encode_point(noise(1, 2) * (1 - turn), second)
    found = sources_in(foa + diffuse(1, -20, 99), RATE)
    assert len(found) == 2
    assert max(min(error_deg(f.vector, d) for d in (first, second)) for f in found) < 5
