import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.contract.directions import Direction
from engine.evaluation.probes.direction import (
    DoaCase,
    cases_for,
    evaluate_directions,
    measure_take,
    median_interval_deg,
)
from engine.evaluation.probes.takes import generate_take
from engine.evaluation.taggers.listening import listening_signal
from tests.engine.evaluation.bench_fakes import PlaneWaveSource


def doa_error_deg(foa: np.ndarray, asked: Direction) -> float:
    return measure_take(foa, DoaCase("", asked, 0)).error_deg


@given(azimuth=st.floats(-180, 180), elevation=st.floats(-85, 85))
@settings(max_examples=15, deadline=None)
def test_a_plane_wave_is_found_where_it_was_put(azimuth: float, elevation: float) -> None:
    asked = Direction(azimuth, elevation)
    foa = generate_take(PlaneWaveSource(), "rain", direction=asked, seed=3, seconds=0.3)
    assert doa_error_deg(foa, asked) < 0.1


@pytest.mark.parametrize("off", [15.0, 90.0, 180.0])
def test_the_error_is_the_angle_that_the_source_is_off(off: float) -> None:
    report = evaluate_directions(
        PlaneWaveSource(off_deg=off), cases_for([Direction(60, 0), Direction(-100, 0)], count=6), seconds=0.2
    )
    assert report.errors_deg == pytest.approx(np.full(6, off), abs=0.1)
    assert report.median_deg == pytest.approx(off, abs=0.1)
    assert median_interval_deg(report.errors_deg) == pytest.approx((off, off), abs=0.1)
    assert f"as generated: median error {off:.1f} degrees over 6 takes" in report.format()


@pytest.mark.parametrize("off", [15.0, 180.0])
def test_takes_of_the_same_seeds_are_made_with_the_exact_direction(off: float) -> None:
    source = PlaneWaveSource(off_deg=off)
    report = evaluate_directions(source, cases_for([Direction(60, 0), Direction(-100, 40)], count=4), seconds=0.2)
    assert report.exact_errors_deg == pytest.approx(np.zeros(4), abs=0.5)
    assert report.exact_median_deg < 0.5
    assert source.seeds == [1, 1, 2, 2, 3, 3, 4, 4]
    assert [request.exact_direction for request in source.requests] == [False, False, True, True] * 4
    assert "exact:        median error" in report.format()


def test_silence_is_wrong_and_not_lucky() -> None:
    assert doa_error_deg(np.zeros((4, 48_000), np.float32), Direction(0, 0)) == 180.0
    quiet = PlaneWaveSource(level=1e-6)
    foa = generate_take(quiet, "", direction=Direction(0, 0), seed=0, seconds=0.2)
    assert doa_error_deg(foa, Direction(0, 0)) == 180.0


def test_rumble_from_elsewhere_does_not_count() -> None:
    """Direction is judged between 500 Hz and 8 kHz."""
    t = np.arange(48_000) / 48_000
    rumble, voice = np.sin(2 * np.pi * 60 * t), 0.05 * np.sin(2 * np.pi * 2_000 * t)
    foa = np.stack([rumble + voice, voice - rumble, 0 * t, 0 * t])
    assert doa_error_deg(foa, Direction(90, 0)) < 2.0


def test_cases_go_round_prompts_and_directions_with_a_seed_each() -> None:
    cases = cases_for([Direction(0, 0), Direction(90, 0)], count=7, prompts=("a", "b"))
    assert [case.seed for case in cases] == [1, 2, 3, 4, 5, 6, 7]
    assert {(case.prompt, case.direction.azimuth_deg) for case in cases} == {("a", 0), ("b", 0), ("a", 90), ("b", 90)}


def test_the_interval_of_the_median_holds_the_median() -> None:
    source = PlaneWaveSource()
    report = evaluate_directions(source, cases_for([Direction(10, 0)], count=3), seconds=0.2)
    assert median_interval_deg(report.errors_deg)[0] <= report.median_deg
    progress: list[float] = []
    evaluate_directions(source, cases_for([Direction(10, 0)], count=2), seconds=0.1, progress=progress.append)
    assert progress == [0.5, 1.0]


def test_the_listening_signal_is_w_at_a_steady_level() -> None:
    foa = generate_take(PlaneWaveSource(level=0.003), "", direction=None, seed=0, seconds=0.3)
    signal = listening_signal(foa)
    assert np.sqrt(np.mean(signal**2)) == pytest.approx(0.1, rel=1e-6)
    click = np.zeros((4, 48_000))
    click[0, 100] = 0.01
    assert np.abs(listening_signal(click)).max() == pytest.approx(1.0)
    assert not listening_signal(np.zeros((4, 100))).any()
