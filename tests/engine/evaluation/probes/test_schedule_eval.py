"""A prompt that changes in mid-take: sources that follow at once, late or never are told apart."""

import numpy as np
import pytest

from engine.contract.conventions import PATCH_SAMPLES
from engine.contract.directions import Direction
from engine.contract.generation import PatchRequest, PatchResult
from engine.evaluation.probes.schedule import click_of, evaluate_schedule, patches_until, take_with_change
from tests.engine.evaluation.bench_fakes import PlaneWaveSource

PAIRS = (("low", "high"), ("high", "low"))


class FilteredSource(PlaneWaveSource):
    """Dull noise for "low", bright for "high", `late` patches after the prompt changes; `turns` loses the place."""

    def __init__(self, late: int = 0, turns: bool = False) -> None:
        super().__init__()
        self.late, self.turns = late, turns

    def reset(self, seed: int) -> None:
        super().reset(seed)
        self.asked: list[str] = []

    def next_patch(self, request: PatchRequest) -> PatchResult:
        self.asked.append(request.prompt.text)
        heard = self.asked[max(len(self.asked) - 1 - self.late, 0)]
        if self.turns and request.prompt.text != self.asked[0]:
            request = PatchRequest(request.prompt, direction=-request.direction)
        result = super().next_patch(request)
        spectrum = np.fft.rfft(result.samples, axis=1)
        hz = np.fft.rfftfreq(PATCH_SAMPLES, 1 / 48_000)
        spectrum[:, (hz > 2_000) if heard == "low" else (hz < 2_000)] *= 0.01
        samples = np.fft.irfft(spectrum, PATCH_SAMPLES, axis=1).astype(np.float32)
        return PatchResult(samples, result.stage_ms)


@pytest.mark.parametrize("late", [0, 1, 4])
def test_patches_are_counted_from_the_change(late: int) -> None:
    report = evaluate_schedule(FilteredSource(late), pairs=PAIRS, takes=2, change=3, patches=12)
    figures = report.estimates()
    assert figures["followed_patches"].value == late + 1
    assert figures["departed_patches"].value == late + 1
    assert figures["followed_within_2"].value == float(late < 2)
    assert figures["chance_within_2"].value == 0.0
    assert figures["error_after_deg"].value == pytest.approx(0.0, abs=0.5)


def test_what_never_follows_counts_all_that_was_left() -> None:
    report = evaluate_schedule(FilteredSource(late=99), pairs=PAIRS, change=3, patches=9)
    assert report.estimates()["followed_patches"].value > report.left
    assert report.estimates()["departed_patches"].value > report.left
    assert "never" in report.format()


def test_prompts_that_make_the_same_sound_are_not_apart() -> None:
    deaf = evaluate_schedule(FilteredSource(), pairs=[("high", "loud")], change=3, patches=9).estimates()
    heard = evaluate_schedule(FilteredSource(), pairs=PAIRS, change=3, patches=9).estimates()
    assert deaf["apart_db"].value < 2.0 < 10.0 < heard["apart_db"].value


def test_a_direction_that_is_lost_with_the_prompt_shows() -> None:
    figures = evaluate_schedule(FilteredSource(turns=True), pairs=PAIRS, change=3, patches=8).estimates()
    assert figures["error_before_deg"].value == pytest.approx(0.0, abs=0.5)
    assert figures["error_after_deg"].value > 170.0


def test_both_takes_are_the_same_up_to_the_change() -> None:
    direction = Direction(60, 0)
    kept, changed = (
        take_with_change(FilteredSource(), words, 2, 5, direction, 1, 5) for words in (("low", "low"), ("low", "high"))
    )
    cut = 2 * PATCH_SAMPLES
    assert np.array_equal(kept[:, :cut], changed[:, :cut])
    assert not np.allclose(kept[:, cut:], changed[:, cut:], atol=1e-3)


def test_a_step_at_the_change_is_a_click() -> None:
    t = np.arange(6 * PATCH_SAMPLES) / 48_000
    smooth = np.tile(0.1 * np.sin(2 * np.pi * 300 * t), (4, 1))
    step = smooth.copy()
    step[:, 3 * PATCH_SAMPLES :] += 0.1
    assert click_of(step, 3) > click_of(smooth, 3) + 20.0
    assert click_of(step, 2) == pytest.approx(click_of(smooth, 2), abs=1.0)
    assert click_of(np.zeros((4, 6 * PATCH_SAMPLES)), 3) is None


@pytest.mark.parametrize("order", [1, -1])
def test_a_change_of_the_sound_by_itself_is_no_click(order: int) -> None:
    """A hiss that gives way to a tone within 10 ms, and the other way round."""
    count, fade = 6 * PATCH_SAMPLES, 480
    tone = 0.1 * np.sin(2 * np.pi * 300 * np.arange(count) / 48_000)
    hiss = 0.1 * np.random.default_rng(1).standard_normal(count)
    share = np.clip((np.arange(count) - 3 * PATCH_SAMPLES + fade / 2) / fade, 0.0, 1.0)[::order]
    changed = np.tile((1.0 - share) * hiss + share * tone, (4, 1))
    assert click_of(changed, 3) < 3.0
    cut = np.tile(np.where(np.arange(count) < 3 * PATCH_SAMPLES, tone, tone + 0.1)[::order], (4, 1))
    assert click_of(cut, 3) > 20.0


def test_runs_of_patches_are_found() -> None:
    seen = np.array([False, True, False, True, True])
    assert (patches_until(seen), patches_until(seen, 2), patches_until(seen, 3)) == (2, 4, 6)
