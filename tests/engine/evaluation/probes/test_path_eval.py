"""The figures of drawn paths, on sources whose error is known."""

import numpy as np
import pytest

from engine.contract.conventions import PATCH_SAMPLES, SAMPLE_RATE_HZ
from engine.contract.directions import azimuth_elevation
from engine.contract.generation import PatchRequest, PatchResult
from engine.evaluation.probes.paths import drawn_path, evaluate_paths, path_error_deg, worst_error_deg
from engine.evaluation.probes.takes import generate_take
from tests.engine.evaluation.bench_fakes import PlaneWaveSource


class LateSource(PlaneWaveSource):
    """Noise from where it was asked for two patches ago, unless it is to be exact."""

    def reset(self, seed: int) -> None:
        super().reset(seed)
        self._asked: list[np.ndarray] = []

    def next_patch(self, request: PatchRequest) -> PatchResult:
        self._asked.append(request.direction)
        late = request.direction if request.exact_direction else self._asked[-3:][0]
        return super().next_patch(PatchRequest(request.prompt, direction=late))


def azimuths_deg(way: str) -> list[float]:
    path = drawn_path(way, 8.0)
    return [round(float(np.rad2deg(azimuth_elevation(path.at(t))[0])) % 360.0) for t in (0.0, 2.0, 4.0, 6.0, 8.0)]


def test_the_paths_are_half_a_circle_through_the_front_and_a_circle() -> None:
    assert azimuths_deg("arc") == [90, 45, 0, 315, 270]
    assert azimuths_deg("circle") == [0, 90, 180, 270, 0]


def test_a_source_that_lags_is_found_late_and_exact_on_the_path() -> None:
    """Half a circle in 3.2 s is 9 degrees a patch, a circle 18: two patches late are 18 and 36."""
    report = evaluate_paths(LateSource(), count=2, seconds=3.2, prompts=("rain",))
    assert report.errors_deg == pytest.approx([18.0, 36.0], abs=1.5)
    assert max(report.exact_errors_deg) < 0.5
    assert report.met == 2
    assert "within 5 degrees all the way: 2 of 2 takes" in report.format()
    assert [result.way for result in report.results] == ["arc", "circle"]
    assert "as generated: median error 27" in report.format()


def test_patches_far_below_the_loudest_do_not_count_and_silence_is_wrong() -> None:
    path = drawn_path("arc", 1.6)
    foa = generate_take(PlaneWaveSource(), "", direction=path, seed=0, seconds=1.6)
    elsewhere = generate_take(
        PlaneWaveSource(off_deg=120.0), "", direction=path, seed=1, seconds=1.6, exact_direction=False
    )
    quiet = np.where(np.arange(foa.shape[1]) < 7 * PATCH_SAMPLES, 1e-3 * elsewhere, foa)
    error_deg, sounding = path_error_deg(quiet, path)
    assert error_deg < 0.5
    assert sounding == pytest.approx(0.3)
    silence = np.zeros((4, SAMPLE_RATE_HZ))
    assert path_error_deg(silence, path) == (180.0, 0.0)
    assert worst_error_deg(silence, path) == 180.0


def test_one_patch_elsewhere_is_the_worst_and_no_median_hides_it() -> None:
    path = drawn_path("arc", 1.6)
    foa = generate_take(PlaneWaveSource(), "", direction=path, seed=0, seconds=1.6)
    foa[1, 5 * PATCH_SAMPLES : 6 * PATCH_SAMPLES] *= -1.0
    assert path_error_deg(foa, path)[0] < 0.5
    assert worst_error_deg(foa, path) > 15.0
    foa[1] *= np.where(np.arange(foa.shape[1]) < PATCH_SAMPLES, -1.0, 1.0)
    assert worst_error_deg(foa[:, : 5 * PATCH_SAMPLES], path) < 0.5, "a glide may begin in the first patch"
