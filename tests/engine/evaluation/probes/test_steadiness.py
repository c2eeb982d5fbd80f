import numpy as np
import pytest

from engine.contract.generation import PatchRequest, PatchResult
from engine.evaluation.probes.steadiness import STEADY_PROMPTS, SteadinessReport, evaluate_steadiness, stretch_levels_db
from tests.engine.evaluation.bench_fakes import PlaneWaveSource


class TiringSource(PlaneWaveSource):
    """Noise at -20 dB; the second prompt falls silent after six seconds."""

    def reset(self, seed: int) -> None:
        super().reset(seed)
        self._made = 0

    def next_patch(self, request: PatchRequest) -> PatchResult:
        result = super().next_patch(request)
        self._made += 1
        silent = request.prompt.text == STEADY_PROMPTS[1] and self._made * 0.16 > 6.0
        wave = 0.1 * np.random.default_rng(self._made).standard_normal(result.samples.shape[1])
        result.samples[:] = 0.0 if silent else wave
        return result


def test_a_model_that_falls_silent_is_found_out() -> None:
    report = evaluate_steadiness(TiringSource(), seconds=16.0)
    assert report.levels_db[STEADY_PROMPTS[0]] == pytest.approx((-20.0, -20.0, -20.0), abs=0.2)
    assert report.levels_db[STEADY_PROMPTS[1]][2] == pytest.approx(-100.0, abs=0.1)
    assert report.worst_fall_db == pytest.approx(80.0, abs=0.5)
    assert "80.0 dB" in report.format()


def test_a_take_that_swells_is_found_out() -> None:
    report = SteadinessReport({"rain": (-24.0, -20.0, -14.0, -15.0), "sea": (-20.0, -21.0)})
    assert (report.worst_rise_db, report.worst_fall_db) == (10.0, 1.0)
    assert "rise: 10.0 dB" in report.format()


def test_a_short_take_is_one_stretch() -> None:
    assert stretch_levels_db(np.full((4, 4_800), 0.1)) == pytest.approx((-20.0,), abs=0.01)
