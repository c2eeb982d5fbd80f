"""Distances between two sets of embeddings: Frechet distance and the unbiased kernel distance.

FD: Heusel et al., "GANs Trained by a Two Time-Scale Update Rule", 2017; for sound Kilgour et al., "Frechet Audio
Distance", 2019: patches of all clips, here of YAMNet. It grows as the sets get smaller, so that only equal sizes
compare. KID: Binkowski et al., "Demystifying MMD GANs", 2018, kernel (x.y / d + 1)^3; its unbiased estimate does not
depend on the size and may be negative. Dependent pairs are left out of it: patches of one clip, and a take and
its own reference (Gretton et al., "A Kernel Two-Sample Test", JMLR 13, 2012, the estimate for pairs).
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from engine.evaluation.measures.intervals import DRAWS, Estimate, estimate_from_draws, missing

Embeddings = NDArray[np.floating]

_FEWEST_CLIPS = 2
_FD_DRAWS = 100
_FD_DRAWS_LARGE = 30
_LARGE_ROWS = 600


def frechet_distance(x: Embeddings, y: Embeddings) -> float:
    """Return |mean difference|^2 + tr(Sx + Sy - 2 (Sx Sy)^(1/2)) of rows (n, d) and (m, d), in squared units of both.

    tr (Sx Sy)^(1/2) is the sum of the singular values of X Y^T of the centred rows, exact for any rank: no matrix root
    of a singular product is needed. Raises ValueError with fewer than two rows.
    """
    if min(len(x), len(y)) < 2:
        raise ValueError("A covariance needs at least two rows.")
    a, b = (np.asarray(rows, np.float64) for rows in (x, y))
    shift = a.mean(axis=0) - b.mean(axis=0)
    a, b = (_scaled_deviations(rows) for rows in (a, b))
    cross = np.linalg.svd(a @ b.T, compute_uv=False).sum()
    return float(max(shift @ shift + np.sum(a * a) + np.sum(b * b) - 2.0 * cross, 0.0))


def _scaled_deviations(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return A with A^T A = covariance; many rows are folded into a triangle of d by d."""
    centred: NDArray[np.float64] = (rows - rows.mean(axis=0)) / np.sqrt(len(rows) - 1)
    if len(rows) <= rows.shape[1]:
        return centred
    return np.asarray(np.linalg.qr(centred, mode="r"), np.float64)


def frechet_estimate(x: Sequence[Embeddings], y: Sequence[Embeddings], seed: int) -> Estimate:
    """Return FD of pairs of clips, (patches, d) each, with an interval over drawn pairs (see `estimate_from_draws`)."""
    if len(x) < _FEWEST_CLIPS:
        return missing("needs two clips with sound and a reference recording")
    value = frechet_distance(np.concatenate(x), np.concatenate(y))
    rows = max(sum(map(len, x)), sum(map(len, y)))
    rng = np.random.default_rng(seed)
    draws = []
    for _ in range(_FD_DRAWS if rows <= _LARGE_ROWS else _FD_DRAWS_LARGE):
        picks = rng.integers(0, len(x), len(x))
        draws.append(frechet_distance(np.concatenate([x[i] for i in picks]), np.concatenate([y[i] for i in picks])))
    estimate = estimate_from_draws(value, np.array(draws), len(x), recentre=True)
    return replace(estimate, low=None if estimate.low is None else max(estimate.low, 0.0))


def kernel_estimate(x: Sequence[Embeddings], y: Sequence[Embeddings], seed: int) -> Estimate:
    """Return KID of pairs of clips, (patches, d) each, with an interval over drawn pairs."""
    if len(x) < _FEWEST_CLIPS:
        return missing("needs two clips with sound and a reference recording")
    pairs = KernelPairs(x, y)
    rng = np.random.default_rng(seed)
    draws: list[float] = []
    while len(draws) < DRAWS:
        times = np.bincount(rng.integers(0, len(x), len(x)), minlength=len(x)).astype(float)
        if np.count_nonzero(times) >= _FEWEST_CLIPS:
            draws.append(pairs.distance(times))
    return estimate_from_draws(pairs.distance(np.ones(len(x))), np.array(draws), len(x))


class KernelPairs:
    """Pairs of clips, (patches, d) each, whose kernels are computed once for any number of draws."""

    def __init__(self, x: Sequence[Embeddings], y: Sequence[Embeddings]) -> None:
        self._xx, self._yy, self._xy = _Blocks(x, x), _Blocks(y, y), _Blocks(x, y)

    def distance(self, times: NDArray[np.float64]) -> float:
        """Return the unbiased squared MMD, pair i counted times[i] times; at least two pairs must be counted."""
        return self._xx.mean(times) + self._yy.mean(times) - 2.0 * self._xy.mean(times)


class _Blocks:
    """Sums of the kernel over the patches of every pair of clips, and how many they are: `sums`, `counts` (I, J)."""

    def __init__(self, x: Sequence[Embeddings], y: Sequence[Embeddings]) -> None:
        a, b = (np.concatenate(list(clips)).astype(np.float64) for clips in (x, y))
        kernel = (a @ b.T / a.shape[1] + 1.0) ** 3
        rows, columns = (np.cumsum([0, *map(len, clips)])[:-1] for clips in (x, y))
        self.sums = np.add.reduceat(np.add.reduceat(kernel, rows, axis=0), columns, axis=1)
        self.counts = np.outer([len(clip) for clip in x], [len(clip) for clip in y]).astype(float)

    def mean(self, times: NDArray[np.float64]) -> float:
        """Return the mean kernel of different clips, clip i counted times[i] times."""
        weights = np.outer(times, times)
        np.fill_diagonal(weights, 0.0)
        return float((weights * self.sums).sum() / (weights * self.counts).sum())
