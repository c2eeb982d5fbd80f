"""Figures against hand calculation and against other people's code: scipy's and numpy's."""

import itertools

import numpy as np
import pytest
import torch
from scipy.signal import spectrogram
from scipy.spatial.transform import Rotation
from scipy.stats import binomtest, bootstrap

from engine.ambisonics.encoding import encode_point
from engine.ambisonics.intensity import intensity_and_energy
from engine.contract.directions import Direction
from engine.evaluation.measures.codec_metrics import active_intensity, doa_shift_deg, fit_pca_baseline, stack_frames
from engine.evaluation.measures.direction import angle_errors
from engine.evaluation.measures.fidelity import level_db, levels_db, log_mel_distance_db
from engine.evaluation.measures.intervals import mean_estimate
from engine.evaluation.measures.wcs import Sources, weighted_cosine
from engine.evaluation.taggers.tagging import confusion
from engine.model.codec.analysis import intensity_of
from engine.model.codec.bands import mel_bank


def noise(samples: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(samples)


def test_levels_of_white_noise_are_its_power_through_the_window() -> None:
    """Sum of a squared Hann window of 2048: 768; a full-scale sine has 512 at its bin."""
    levels = levels_db(0.1 * noise(480_000)).mean(axis=0)[8:]
    # The mean of a logarithm of few bins lies below the logarithm of the mean.
    assert levels == pytest.approx(np.full(56, 10 * np.log10(0.01 * 768 / 512**2)), abs=1.0)


def test_levels_are_those_of_scipy_s_spectrogram() -> None:
    wave = 0.1 * noise(9_600)
    _, _, power = spectrogram(wave, window="hann", nperseg=2_048, noverlap=1_568, detrend=False, scaling="spectrum")
    # scipy divides by the squared sum of the window (1024) and counts both halves of the spectrum.
    power[1:-1] /= 2.0
    expected = 10 * np.log10(4.0 * power.T @ mel_bank(64, 2_048, 48_000).numpy().T + 1e-8)
    assert levels_db(wave) == pytest.approx(expected, abs=1e-3)


def test_a_level_and_a_distance_by_hand() -> None:
    wave = noise(96_000).astype(np.float32)
    assert level_db(0.1 * np.tile(wave / wave.std(), (4, 1))) == pytest.approx(-20.0, abs=0.01)
    louder = log_mel_distance_db(levels_db(wave), levels_db(0.1 * wave))
    assert louder == pytest.approx(20.0, abs=0.01)


@pytest.mark.parametrize(("azimuth", "elevation"), [(0.0, 0.0), (120.0, 20.0), (-45.0, -60.0)])
def test_the_intensity_points_at_the_source(azimuth: float, elevation: float) -> None:
    foa = torch.from_numpy(encode_point(0.1 * noise(48_000), Direction(azimuth, elevation)))
    found = active_intensity(foa)
    assert (found / found.norm()).numpy() == pytest.approx(Direction(azimuth, elevation).unit_vector(), abs=1e-3)


def test_numpy_and_torch_have_one_intensity() -> None:
    rng = np.random.default_rng(3)
    spectra = rng.standard_normal((4, 7, 33)) + 1j * rng.standard_normal((4, 7, 33))
    in_numpy, energy = intensity_and_energy(spectra)
    in_torch = intensity_of(torch.from_numpy(spectra)).numpy()
    assert in_torch[[2, 0, 1]] == pytest.approx(in_numpy, abs=1e-12), "x, y, z and y, z, x"
    assert energy.sum(axis=0) == pytest.approx((np.abs(spectra) ** 2).sum(axis=0) / 2)
    w, y = spectra[0], spectra[1]
    assert in_numpy[1] == pytest.approx(w.real * y.real + w.imag * y.imag)


def test_the_shift_of_direction_is_the_turn() -> None:
    wave = 0.1 * noise(96_000)
    before, after = (torch.from_numpy(encode_point(wave, Direction(a, 0.0))) for a in (10.0, 47.0))
    assert doa_shift_deg(before, after).tolist() == pytest.approx([37.0, 37.0], abs=0.05)
    assert doa_shift_deg(1e-4 * before, after).numel() == 0, "silence has no direction to lose"


def test_the_pca_baseline_is_a_singular_value_decomposition() -> None:
    levels = torch.from_numpy(noise(4_000 * 64).reshape(4_000, 64)).float()
    stacks = stack_frames(levels).double().numpy()
    centred = stacks - stacks.mean(axis=0)
    u, s, v = np.linalg.svd(centred, full_matrices=False)
    expected = np.abs((u[:, :20] * s[:20]) @ v[:20] - centred).mean()
    assert fit_pca_baseline(levels).distance(levels, 20) == pytest.approx(expected, rel=1e-4)


def test_angles_are_those_of_rotations() -> None:
    turns = Rotation.random(50, random_state=0)
    vectors = turns.apply([1.0, 0.0, 0.0])
    expected = np.arccos(np.clip(vectors[:, 0], -1.0, 1.0))
    assert angle_errors(vectors, np.array([1.0, 0.0, 0.0]))[2] == pytest.approx(expected, abs=1e-6)


def test_wcs_is_the_best_of_all_assignments() -> None:
    rng = np.random.default_rng(0)
    for _ in range(30):
        found, true = (rng.standard_normal((rng.integers(1, 4), 3)) for _ in range(2))
        found, true = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in (found, true))
        weights = rng.uniform(0.1, 1.0, len(true))
        scores = weights[:, None] * (true @ found.T)
        few, many = sorted(scores.shape)
        table = scores if scores.shape[0] == few else scores.T
        best = max(sum(table[i, j] for i, j in enumerate(picks)) for picks in itertools.permutations(range(many), few))
        score = weighted_cosine([Sources(found, np.ones(len(found)))], [Sources(true, weights)])
        assert score == pytest.approx(best / weights.sum())


def test_the_interval_of_a_mean_is_scipy_s_bootstrap() -> None:
    values = noise(60) ** 2
    theirs = bootstrap((values,), np.mean, method="percentile", n_resamples=4_000, rng=1).confidence_interval
    ours = mean_estimate(list(values), seed=0)
    assert (ours.low, ours.high) == (pytest.approx(theirs.low, abs=0.03), pytest.approx(theirs.high, abs=0.03))


def test_the_interval_of_a_share_is_scipy_s_wilson() -> None:
    scores = {"right": np.array([1.0, 0.0]), "wrong": np.array([0.0, 1.0])}
    names = (
        "Dog",
        "Rain",
        "Bark",
        "Yip",
        "Howl",
        "Bow-wow",
        "Growling",
        "Whimper (dog)",
        "Raindrop",
        "Rain on surface",
    )
    judged = [("dog", np.pad(scores["right" if i < 13 else "wrong"], (0, 8))) for i in range(20)]
    theirs = binomtest(13, 20).proportion_ci(method="wilson")
    ours = confusion(judged, names, ("dog", "rain")).accuracy_interval()
    assert ours == pytest.approx((theirs.low, theirs.high), abs=1e-4)
