"""Mixed sources come to one loudness without a step or a swing; a source alone keeps its level to the bit."""

import numpy as np
import pytest

from engine.ambisonics.loudness import SourceLoudness
from engine.contract.control import Prompt
from engine.contract.conventions import PATCH_SAMPLES
from engine.model.streaming.lane_balance import LaneBalance

PATCH_S = 0.16
RAIN, DOG = Prompt("rain"), Prompt("a dog")


def steady(amplitude: float, patches: int, seed: int = 0) -> np.ndarray:
    """Return noise (patches, 4, 7680) from the left."""
    mono = amplitude * np.random.default_rng(seed).standard_normal((patches, 1, PATCH_SAMPLES))
    return (mono * np.array([1.0, 1.0, 0.0, 0.0])[None, :, None]).astype(np.float32)


def barks(amplitude: float, patches: int) -> np.ndarray:
    """Return bursts of 160 ms, two each second, in what is nearly silence."""
    sound = steady(amplitude, patches, seed=5)
    sound[np.arange(patches) % 3 != 0] *= 0.01
    return sound


def gains_db(balance: LaneBalance, sound: np.ndarray, prompt: Prompt = RAIN, together: bool = True) -> np.ndarray:
    return 20.0 * np.log10([balance.update(patch, prompt, together) for patch in sound])


def loudness_db(sound: np.ndarray, gains: np.ndarray) -> float:
    heard = SourceLoudness()
    for patch, gain in zip(sound, 10.0 ** (gains / 20.0), strict=True):
        heard.add((patch[0] * gain).astype(np.float32))
    assert heard.level_db is not None
    return heard.level_db


@pytest.mark.parametrize(("loud", "quiet"), [(0.1, 0.01), (0.06, 0.012)])
def test_what_is_20_db_apart_becomes_equally_loud(loud: float, quiet: float) -> None:
    surf, dog = steady(loud, 50), barks(quiet, 50)
    levels = [loudness_db(sound[6:], gains_db(LaneBalance(), sound)[6:]) for sound in (surf, dog)]
    assert abs(levels[0] - levels[1]) < 2.0


def test_alone_it_is_exactly_as_it_was() -> None:
    balance = LaneBalance()
    assert all(balance.update(patch, RAIN, together=False) == 1.0 for patch in barks(0.3, 20))


def test_nothing_pumps_once_a_sound_is_known() -> None:
    assert np.ptp(gains_db(LaneBalance(), steady(0.1, 120))[12:]) < 0.3
    assert np.ptp(gains_db(LaneBalance(), barks(0.02, 120))[24:]) < 1.5


def test_a_quiet_passage_stays_quiet() -> None:
    sound = steady(0.1, 250)
    sound[125:] *= 0.25
    gains = gains_db(LaneBalance(), sound)
    assert gains[-1] - gains[124] < 4.0


def test_a_gain_that_is_heard_glides_when_lanes_come_and_go() -> None:
    balance = LaneBalance()
    gains = np.concatenate(
        [
            gains_db(balance, steady(0.1, 20), together=False),
            gains_db(balance, steady(0.1, 40), together=True),
            gains_db(balance, steady(0.1, 60), together=False),
        ]
    )
    assert gains[19] == 0.0
    assert gains[59] < -3.0
    assert gains[-1] == 0.0
    assert np.abs(np.diff(gains)).max() <= 3.0 * PATCH_S * 2.1 + 1e-9


def test_a_sound_that_begins_late_is_set_at_once_and_peaks_are_caught() -> None:
    sound = steady(0.01, 12)
    sound[:4] = 0.0
    gains = gains_db(LaneBalance(), sound, DOG)
    assert np.all(gains[:4] == 0.0)
    assert gains[4] > 8.0
    clicks = steady(0.004, 20)
    clicks[10, :2, 100] = 0.9
    gain = 10.0 ** (gains_db(LaneBalance(), clicks)[10] / 20.0)
    assert gain * 0.9 <= 0.701


def test_new_words_are_measured_anew() -> None:
    balance = LaneBalance()
    before = gains_db(balance, steady(0.1, 40), RAIN)[-1]
    after = gains_db(balance, steady(0.01, 40), DOG)[-1]
    assert after - before == pytest.approx(20.0, abs=1.0)
