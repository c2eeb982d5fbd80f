import numpy as np
import pytest

from engine.ambisonics.hrir import HrirSet, delayed, resampled, spread_evenly, with_mirror_image
from engine.contract.directions import unit_vectors
from engine.contract.errors import InvalidInputError
from tests.engine.ambisonics.sphere_head import RATE, sphere_head, spiral


def spectrum_db(responses, rate_hz, frequencies_hz):
    turn = np.exp(-2j * np.pi * np.outer(np.arange(responses.shape[2]), frequencies_hz) / rate_hz)
    return 20 * np.log10(np.abs(responses @ turn))


def test_the_mirror_image_swaps_sides_and_ears():
    head = sphere_head(unit_vectors([0.5, 1.0, 2.0], 0.1))
    both = with_mirror_image(head)
    np.testing.assert_allclose(both.vectors[3:], unit_vectors([-0.5, -1.0, -2.0], 0.1))
    np.testing.assert_array_equal(both.responses[3:, 0], head.responses[:, 1])


@pytest.mark.parametrize("rate_hz", [44_100, 96_000])
def test_resampling_keeps_the_spectrum_and_the_time_between_the_ears(rate_hz):
    head = sphere_head(spiral(20), rate_hz, 256 * rate_hz // RATE)
    at_48k = resampled(head, RATE)
    frequencies = np.array([200.0, 1000.0, 5000.0, 12_000.0, 18_000.0])
    before, after = (spectrum_db(h.responses, h.rate_hz, frequencies) for h in (head, at_48k))
    np.testing.assert_allclose(after, before, atol=0.05)

    def lead_s(hrirs):
        turn = np.exp(-2j * np.pi * np.arange(hrirs.responses.shape[2]) * 300.0 / hrirs.rate_hz)
        left, right = (hrirs.responses @ turn).T
        return np.angle(left / right) / (2 * np.pi * 300.0)

    np.testing.assert_allclose(lead_s(at_48k), lead_s(head), atol=1e-6)


def test_many_responses_are_resampled_as_one_is():
    head = sphere_head(spiral(150), 44_100)
    alone = HrirSet(head.vectors[130:131], head.responses[130:131], 44_100)
    np.testing.assert_allclose(resampled(head, RATE).responses[130], resampled(alone, RATE).responses[0], atol=1e-9)


def test_a_delay_of_part_of_a_sample_shifts_the_phase_by_as_much():
    head = sphere_head(spiral(5))
    delays = np.array([[0.0, 3.25]] * 5)
    late = delayed(head, delays)
    frequency = 2000.0
    for ear, wanted in ((0, 0.0), (1, 3.25)):
        turn = [np.exp(-2j * np.pi * np.arange(n) * frequency / RATE) for n in (256, late.responses.shape[2])]
        before, after = head.responses[:, ear] @ turn[0], late.responses[:, ear] @ turn[1]
        np.testing.assert_allclose(np.angle(before / after) / (2 * np.pi * frequency) * RATE, wanted, atol=0.02)


@pytest.mark.slow
def test_what_is_spread_evenly_has_as_much_of_every_side():
    """Nine tenths of the directions lie in the upper half; of the spread ones, half."""
    vectors = spiral(2000)
    crowded = np.concatenate([vectors[vectors[:, 2] > 0.0], vectors[vectors[:, 2] < 0.0][::9]])
    spread = spread_evenly(sphere_head(crowded))
    assert np.mean(crowded[:, 2] > 0.0) == pytest.approx(0.9, abs=0.01)
    assert np.mean(spread.vectors[:, 2] > 0.0) == pytest.approx(0.5, abs=0.05)
    assert np.linalg.norm(spread.vectors.mean(axis=0)) < 0.03


@pytest.mark.parametrize(
    "vectors",
    [unit_vectors(np.arange(0.0, 6.2, 0.1), 0.0), spiral(400)[:200], unit_vectors([0.0, 1.5, 3.0, 4.5], 0.0)],
    ids=["ring", "half", "four"],
)
def test_too_few_directions_are_refused(vectors):
    with pytest.raises(InvalidInputError, match="of the sphere around the head"):
        spread_evenly(sphere_head(vectors))


def test_a_set_without_the_directions_under_the_floor_is_taken():
    vectors = spiral(1000)
    measured = sphere_head(vectors[vectors[:, 2] > -np.sin(np.deg2rad(45.0))])
    assert 400 < len(spread_evenly(measured).vectors) < 500
