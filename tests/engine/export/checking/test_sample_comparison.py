"""The comparison of samples can fail: also for values that are no numbers, which no comparison finds larger."""

import numpy as np
import pytest

from engine.export.checking.comparing import SampleComparison

SOUND = (0.1 * np.random.default_rng(0).standard_normal((4, 4_800))).astype(np.float32)


@pytest.mark.parametrize("coding", ["float", "pcm24", "pcm16", "aac"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("in_both", [True, False])
def test_values_that_are_no_numbers_are_not_right(coding: str, value: float, in_both: bool) -> None:
    there, wanted = SOUND.copy(), SOUND.copy()
    there[2, 100] = value
    if in_both:
        wanted[2, 100] = value
    comparison = SampleComparison(4, coding)
    with np.errstate(all="ignore"):
        comparison.add(there, wanted)
        comparison.add(SOUND, SOUND)
        assert not comparison.check().passed


@pytest.mark.parametrize("coding", ["float", "pcm24", "pcm16", "aac"])
def test_the_same_sound_is_right(coding: str) -> None:
    comparison = SampleComparison(4, coding)
    comparison.add(SOUND, SOUND)
    assert comparison.check().passed
