"""The limiter: holds the ceiling, keeps the direction, makes no step, and recovers."""

import numpy as np
import pytest

from engine.ambisonics.limiter import FoaLimiter


def burst(peak: float) -> np.ndarray:
    t = np.arange(7_680) / 48_000
    mono = np.sin(2 * np.pi * 200 * t) * np.interp(t, [0, 0.06, 0.08, 0.16], [0.1, 0.1, peak, 0.1])
    return (np.array([1.0, 0.6, 0.0, 0.8])[:, None] * mono).astype(np.float32)


def test_quiet_sound_passes_untouched() -> None:
    block = burst(0.5)
    assert FoaLimiter().process(block) is block


def test_loud_sound_is_held_without_turning() -> None:
    block = burst(2.5)
    out = FoaLimiter().process(block)
    assert np.abs(out).max() <= 0.981
    assert np.allclose(out[1], 0.6 * out[0], atol=1e-5)
    assert np.allclose(out[3], 0.8 * out[0], atol=1e-5)


def test_the_gain_makes_no_step_and_recovers() -> None:
    limiter = FoaLimiter()
    steady = np.full((4, 7_680), 0.5, np.float32)
    loud = steady.copy()
    loud[:, 3_000:3_480] = 3.0
    first, then = limiter.process(loud), limiter.process(steady)
    after = np.concatenate([first[0, 3_600:], then[0]])
    assert np.abs(np.diff(after)).max() < 0.002
    assert then[0, -1] == pytest.approx(0.5)


@pytest.mark.parametrize("hz", [40.0, 60.0, 440.0])
def test_a_gain_that_is_held_does_not_distort_a_bass_tone_in_short_blocks(hz: float) -> None:
    tone = 1.5 * np.sin(2 * np.pi * hz * np.arange(2 * 48_000) / 48_000)
    foa = (np.array([1.0, 0.0, 0.0, 1.0])[:, None] * tone).astype(np.float32)

    def distortion_db(hold_segments: int) -> float:
        limiter = FoaLimiter(hold_segments=hold_segments)
        out = np.concatenate([limiter.process(block) for block in np.split(foa, 200, axis=1)], axis=1)
        assert np.abs(out).max() <= 0.981
        power = np.abs(np.fft.rfft(out[0, 48_000:])) ** 2
        return 10.0 * np.log10(1e-15 + np.delete(power, round(hz)).sum() / power[round(hz)])

    assert distortion_db(4) < -90.0
    assert hz > 100.0 or distortion_db(0) > -60.0
