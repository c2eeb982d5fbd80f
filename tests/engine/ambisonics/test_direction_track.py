"""The direction of every second: the same for any division into blocks, and right for a source that moves."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from engine.ambisonics.direction_track import DoaMeter, doa_rows
from engine.ambisonics.encoding import encode_point
from engine.ambisonics.intensity import doa_per_second
from engine.contract.directions import unit_vectors

RATE = 8_000


def around(seconds: float) -> NDArray[np.float32]:
    """Return noise (4, N) that moves left by 20 degrees per second, from -170 degrees on; the third is silent."""
    pieces = []
    for index in range(int(np.ceil(seconds))):
        mono = np.random.default_rng(index).standard_normal(RATE).astype(np.float32)
        azimuth = np.deg2rad(-170.0 + 20.0 * index)
        pieces.append(encode_point(0.0 * mono if index == 2 else mono, unit_vectors(azimuth, 0.2)))
    return np.concatenate(pieces, axis=1)[:, : round(seconds * RATE)].astype(np.float32)


@settings(max_examples=25, deadline=None)
@given(
    seconds=st.sampled_from([0.05, 1.0, 2.05, 3.5, 4.2]),
    sizes=st.lists(st.integers(1, 9_000), min_size=1, max_size=12),
)
def test_any_blocks_give_the_track_of_the_whole(seconds: float, sizes: list[int]) -> None:
    foa = around(seconds)
    meter = DoaMeter(rate_hz=RATE)
    at = 0
    for size in sizes:
        meter.feed(foa[:, at : at + size])
        at += size
    meter.feed(foa[:, at:])
    whole = doa_per_second(foa, rate_hz=RATE)
    track = meter.track()
    for name in ("start_s", "vectors", "diffuseness", "energy"):
        np.testing.assert_array_equal(getattr(track, name), getattr(whole, name), err_msg=name)


def test_rows_are_degrees_of_each_second_and_silence_points_nowhere() -> None:
    meter = DoaMeter(rate_hz=RATE)
    meter.feed(around(5.0))
    rows = doa_rows(meter.track(smooth=False), digits=(2, 4))
    assert [row["t_s"] for row in rows] == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert [row["azimuth_deg"] for row in rows] == pytest.approx([-170, -150, 0, -110, -90], abs=0.5)
    assert rows[2]["diffuseness"] == 1.0
    assert all(row["azimuth_deg"] == round(row["azimuth_deg"], 2) for row in rows)
    assert max(row["diffuseness"] for row in rows if row["t_s"] != 2.0) < 0.01


def test_nothing_has_no_rows() -> None:
    assert doa_rows(DoaMeter().track()) == []
