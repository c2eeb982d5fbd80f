"""Diffuse beds: from everywhere in every band, and still the sound that they were made of."""

import numpy as np
import pytest
import torch
from scipy.signal import butter, sosfilt

from engine.scenes.beds import diffuse_field, surroundings

RATE = 48_000


def noise(seed: int, seconds: float = 6.0) -> torch.Tensor:
    return torch.randn(round(seconds * RATE), generator=torch.Generator().manual_seed(seed))


def in_band(field: torch.Tensor, low_hz: float) -> np.ndarray:
    return sosfilt(butter(4, [low_hz, 2 * low_hz], "bandpass", fs=RATE, output="sos"), field.double().numpy())


@pytest.mark.parametrize("stereo", [False, True])
@pytest.mark.parametrize("low_hz", [250.0, 1_000.0, 4_000.0])
def test_no_channel_knows_another_and_each_has_a_third_of_w(low_hz: float, stereo: bool) -> None:
    banded = in_band(diffuse_field(noise(0), 0.5 * noise(1) if stereo else None, seed=3), low_hz)
    covariance = banded @ banded.T / (banded[0] @ banded[0])
    assert np.diag(covariance)[1:] == pytest.approx(np.full(3, 1 / 3), abs=0.12)
    assert np.abs(covariance[0, 1:]).max() < 0.1  # the active intensity against W's energy
    assert np.abs(covariance[1:, 1:] - np.diag(np.diag(covariance)[1:])).max() < 0.1


def test_a_drop_falls_once() -> None:
    drops = torch.zeros(2 * RATE)
    drops[20_000::9_000] = 1.0
    field = diffuse_field(drops, None, seed=1)
    assert torch.equal(field[0], drops)
    assert field[1:].square().sum(1).tolist() == pytest.approx([float(drops.square().sum()) / 3] * 3, rel=0.25)


def test_a_stereo_bed_is_not_more_diffuse_than_a_field_can_be() -> None:
    mid, side = 0.1 * noise(0), noise(1)
    around = surroundings(mid, side, seed=2)
    assert float(around.square().sum() / mid.square().sum()) == pytest.approx(1.0, rel=1e-3)
