"""A take that fades or swells is held, what does neither is left alone."""

import numpy as np
import pytest
import torch

from engine.contract.control import Prompt
from engine.model.streaming.level_stabilizer import LevelStabilizer

UNIT_DB, CODE = 17.37, 3
RAIN = Prompt("rain")


def patch(level_db: float) -> torch.Tensor:
    latents = torch.zeros(1, 4, 8)
    latents[..., CODE] = level_db / UNIT_DB
    return latents


def level(latents: torch.Tensor) -> float:
    return UNIT_DB * float(latents[..., CODE].mean())


def taken(
    stabilizer: LevelStabilizer, steps_db: np.ndarray, start_db: float = -20.0, prompt: Prompt = RAIN
) -> np.ndarray:
    """Levels of a model that goes on from its own last (kept) patch, `steps_db` from one to the next."""
    now, levels = start_db, []
    for step in steps_db:
        now = level(stabilizer.stabilize(patch(now + step), prompt))
        levels.append(now)
    return np.array(levels)


@pytest.mark.parametrize("wavering_db", [0.0, 1.5])
def test_a_fade_of_twenty_decibels_in_half_a_minute_is_held(wavering_db: float) -> None:
    rng = np.random.default_rng(0)
    waver = np.diff(rng.normal(0.0, wavering_db, 401))
    steps = -20.0 / 190 + waver
    assert np.cumsum(steps)[-1] < -35.0
    levels = taken(LevelStabilizer((CODE,), UNIT_DB), steps)
    fifths = levels[:190].reshape(5, 38).mean(axis=1)
    assert fifths[0] - fifths.min() < 4.0
    lifts = np.diff(levels) - steps[1:]
    assert lifts.min() > -1e-4
    assert lifts.max() < 0.7501


@pytest.mark.parametrize("wavering_db", [0.0, 1.5])
def test_a_swell_of_fifteen_decibels_in_half_a_minute_is_held(wavering_db: float) -> None:
    waver = np.diff(np.random.default_rng(0).normal(0.0, wavering_db, 401))
    steps = 15.0 / 190 + waver
    levels = taken(LevelStabilizer((CODE,), UNIT_DB), steps)
    fifths = levels[:190].reshape(5, 38).mean(axis=1)
    assert 1.0 < fifths.max() - fifths[0] < 5.0
    assert (steps[1:] - np.diff(levels)).max() < 1.001


def test_what_comes_near_becomes_loud() -> None:
    """And stays so: its level at the place where it stops is its own."""
    steps = np.concatenate([np.zeros(30), np.full(50, 0.4), np.zeros(60)])
    levels = taken(LevelStabilizer((CODE,), UNIT_DB), steps)
    assert abs(levels[79] - 0.0) < 1.5
    assert abs(levels[-1] - 0.0) < 2.5


def test_a_steady_sound_is_not_touched() -> None:
    levels = np.random.default_rng(1).normal(-25.0, 0.5, 200)
    stabilizer = LevelStabilizer((CODE,), UNIT_DB)
    for db in levels:
        assert torch.equal(stabilizer.stabilize(patch(db), RAIN), patch(db))


def test_events_and_silence_between_them_are_left_alone() -> None:
    """Barks of half a second every three: the silence is not lifted, and they do not grow."""
    stabilizer = LevelStabilizer((CODE,), UNIT_DB)
    levels = np.where(np.arange(400) % 20 < 3, -15.0, -60.0)
    kept = np.array([level(stabilizer.stabilize(patch(db), RAIN)) for db in levels])
    assert np.allclose(kept[levels < -50], -60.0, atol=1e-4)
    assert np.abs(kept - levels).max() < 0.2501


def test_a_sound_that_ends_goes_down() -> None:
    stabilizer = LevelStabilizer((CODE,), UNIT_DB)
    thunder = taken(stabilizer, np.concatenate([np.zeros(30), np.full(60, -0.9)]))
    assert thunder[-1] < -20.0 - 0.9 * 60 + 8.0


def test_another_prompt_has_a_level_of_its_own() -> None:
    stabilizer = LevelStabilizer((CODE,), UNIT_DB)
    taken(stabilizer, np.zeros(50), -10.0)
    quiet = taken(stabilizer, np.zeros(100), -30.0, Prompt("wind"))
    assert np.allclose(quiet, -30.0, atol=1e-4)


def test_levels_beyond_all_sense_end_nothing() -> None:
    stabilizer = LevelStabilizer((CODE,), UNIT_DB)
    for db in (1e4, -1e4, 0.0):
        for _ in range(30):
            assert bool(torch.isfinite(stabilizer.stabilize(patch(db), RAIN)).all())


def test_a_codec_without_a_level_is_left_alone() -> None:
    latents = torch.randn(1, 4, 8)
    assert LevelStabilizer((), 0.0).stabilize(latents, RAIN) is latents
