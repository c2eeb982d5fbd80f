"""Distances between sets, divergence and intervals, against hand-computed cases and scipy."""

import numpy as np
import pytest
from scipy.linalg import sqrtm
from scipy.stats import entropy

from engine.evaluation.measures.intervals import mean_estimate
from engine.evaluation.measures.sets import KernelPairs, frechet_distance, frechet_estimate, kernel_estimate
from engine.evaluation.suite.content import divergence_nats


def rows(count: int, width: int, seed: int, shift: float = 0.0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((count, width)) + shift


def clips(count: int, patches: int, width: int, seed: int, shift: float = 0.0) -> list[np.ndarray]:
    return list(rows(count * patches, width, seed, shift).reshape(count, patches, width))


def kernel_distance(x: list[np.ndarray], y: list[np.ndarray]) -> float:
    return KernelPairs(x, y).distance(np.ones(len(x)))


def test_in_one_dimension_it_is_the_difference_of_means_and_of_deviations() -> None:
    x, y = np.array([[0.0], [2.0]]), np.array([[3.0], [5.0], [7.0]])
    expected = (5.0 - 1.0) ** 2 + (np.sqrt(2.0) - 2.0) ** 2
    assert frechet_distance(x, y) == pytest.approx(expected)


@pytest.mark.parametrize(("n", "m", "width"), [(60, 50, 5), (40, 9, 8), (12, 200, 6)])
def test_frechet_is_what_a_matrix_root_gives(n: int, m: int, width: int) -> None:
    x, y = rows(n, width, 1), 1.5 * rows(m, width, 2, 0.3)
    a, b = np.cov(x.T), np.cov(y.T)
    root = np.real(sqrtm(a @ b))
    expected = np.sum((x.mean(0) - y.mean(0)) ** 2) + np.trace(a + b - 2.0 * root)
    assert frechet_distance(x, y) == pytest.approx(expected, rel=1e-6)


def test_more_dimensions_than_rows_change_nothing() -> None:
    """Rows turned into a space of many dimensions are as far apart as before: the singular case is exact."""
    turn = np.linalg.qr(rows(100, 100, 3))[0][:6]
    x, y = rows(20, 6, 4), rows(25, 6, 5, 0.5)
    assert frechet_distance(x @ turn, y @ turn) == pytest.approx(frechet_distance(x, y), rel=1e-9)
    assert frechet_distance(x @ turn, x @ turn) == pytest.approx(0.0, abs=1e-9)


def test_a_covariance_of_one_row_is_refused() -> None:
    with pytest.raises(ValueError, match="two rows"):
        frechet_distance(rows(1, 3, 0), rows(5, 3, 0))


def test_kid_by_hand() -> None:
    """One patch a clip, one dimension: kernel (x y + 1)^3 of x = 0, 1 and y = 1, 2."""
    x, y = [np.array([[0.0]]), np.array([[1.0]])], [np.array([[1.0]]), np.array([[2.0]])]
    within_x, within_y = 1.0, 27.0
    across = (1.0 + 8.0) / 2.0
    assert kernel_distance(x, y) == pytest.approx(within_x + within_y - 2.0 * across)
    assert kernel_estimate(x, y, 0).value == pytest.approx(within_x + within_y - 2.0 * across)


def test_kid_leaves_out_what_is_not_independent() -> None:
    x, y = clips(3, 2, 4, 1), clips(3, 4, 4, 2)

    def kernel(a: np.ndarray, b: np.ndarray) -> float:
        return float((a @ b / 4 + 1) ** 3)

    def mean(left: list[np.ndarray], right: list[np.ndarray]) -> float:
        others = [(p, q) for i, p in enumerate(left) for j, q in enumerate(right) if i != j]
        return float(np.mean([kernel(a, b) for p, q in others for a in p for b in q]))

    expected = mean(x, x) + mean(y, y) - 2 * mean(x, y)
    assert kernel_distance(x, y) == pytest.approx(expected)


def test_kid_is_unbiased_where_frechet_is_not() -> None:
    """Two small sets of one distribution: KID is 0 on the average, FD is not."""
    draws = [(clips(6, 2, 8, 2 * s), clips(6, 2, 8, 2 * s + 1)) for s in range(200)]
    kid = np.array([kernel_distance(x, y) for x, y in draws])
    assert abs(kid.mean()) < 3.0 * kid.std() / np.sqrt(kid.size)
    copies = np.array([kernel_distance(x, x) for x, _ in draws])
    assert np.abs(copies).max() < 1e-12, "a take that is its reference does not pull the figure down"
    assert np.mean([frechet_distance(np.concatenate(x), np.concatenate(y)) for x, y in draws[:20]]) > 1.0


@pytest.mark.parametrize("estimate", [frechet_estimate, kernel_estimate])
def test_intervals_of_sets_are_seeded_and_hold_the_figure(estimate) -> None:
    x, y = clips(8, 3, 4, 1), clips(8, 3, 4, 2, 0.7)
    first = estimate(x, y, 5)
    assert first == estimate(x, y, 5)
    assert first != estimate(x, y, 6)
    assert first.low < first.value < first.high
    assert estimate(x[:1], y[:1], 5).value is None


def test_no_distance_is_negative_nor_its_interval() -> None:
    """One of three clips is far away: the draws without it are further below the figure than it is above 0."""
    x = [*clips(2, 3, 4, 1), *clips(1, 3, 4, 3, 40.0)]
    assert frechet_estimate(x, clips(3, 3, 4, 2), 5).low == 0.0


def test_divergence_by_hand_and_by_scipy() -> None:
    p, q = np.array([0.5, 0.5]), np.array([0.25, 0.75])
    assert divergence_nats(p, q) == pytest.approx(0.5 * np.log(2.0) + 0.5 * np.log(2.0 / 3.0), abs=1e-5)
    rng = np.random.default_rng(0)
    a, b = rng.random(521), rng.random(521)
    assert divergence_nats(a, b) == pytest.approx(entropy(a, b), rel=1e-4)
    assert divergence_nats(a, a) == pytest.approx(0.0, abs=1e-12)
    assert np.isfinite(divergence_nats(a, np.zeros(521)))


def test_the_interval_of_a_mean_is_that_of_its_standard_error() -> None:
    values = list(np.random.default_rng(1).standard_normal(400))
    estimate = mean_estimate([*values, None], seed=0)
    assert (estimate.value, estimate.count) == (pytest.approx(np.mean(values)), 400)
    half = 1.96 * np.std(values) / 20.0
    assert estimate.high - estimate.low == pytest.approx(2.0 * half, rel=0.1)
    assert estimate == mean_estimate([*values, None], seed=0)


def test_one_value_has_no_interval_and_none_has_a_reason() -> None:
    one = mean_estimate([None, 3.0], seed=0)
    assert (one.value, one.low, one.count) == (3.0, None, 1)
    assert one.reason
    none = mean_estimate([None], seed=0, reason="nothing there")
    assert (none.value, none.reason) == (None, "nothing there")
