"""The ablation's codecs and the loss that all of them descend."""

import math

import pytest
import torch
from torch import Tensor

from engine.training.codec.ablation import EXTRAS, VARIANTS, step_loss, table
from engine.training.codec.sound_loss import SoundLoss
from engine.training.codec.variants import DELAY, Variant, VariantCodec

_SAMPLES = 8 * 1_920


def plane_wave(azimuth_deg: float, seed: int = 0, gain: float = 0.1) -> Tensor:
    """Return noise from one direction, AmbiX (1, 4, N)."""
    noise = gain * torch.randn(_SAMPLES + DELAY, generator=torch.Generator().manual_seed(seed))
    angle = math.radians(azimuth_deg)
    return torch.stack([noise, math.sin(angle) * noise, 0 * noise, math.cos(angle) * noise])[None]


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda v: v.name)
def test_every_variant_makes_sound_of_the_same_shape_and_learns_in_all_its_parts(variant: Variant) -> None:
    torch.manual_seed(0)
    codec = VariantCodec(variant)
    loss = step_loss(codec, SoundLoss(), plane_wave(30.0))
    loss.backward()
    assert codec.decode(codec.posterior(plane_wave(30.0))[0]).shape == (1, 4, _SAMPLES)
    # The shipped shape's networks start at zero, so what stands before them learns from the second step on.
    untouched = [n for n, p in codec.named_parameters() if p.grad is None]
    assert not untouched


def test_the_loss_is_nothing_for_the_same_sound_and_counts_decibels() -> None:
    loss_of, sound = SoundLoss(), plane_wave(0.0)
    assert float(loss_of(sound, sound)) == pytest.approx(0.0, abs=1e-5)
    # Two of four channels are louder (Y and Z are silent), at three scales and half as much over 160 ms: W by 6.02 dB,
    # X, which has a floor 10 dB below W, by 10 lg (4.1 / 1.1) = 5.71 dB.
    assert float(loss_of(2.0 * sound, sound)) == pytest.approx((3 + 0.5) * (6.02 + 5.71) / 4, rel=0.01)


def test_the_loss_hears_a_turned_field_and_not_its_size() -> None:
    loss_of = SoundLoss()
    truth = plane_wave(0.0)
    errors = [
        float(loss_of.spatial(loss_of.spectra(plane_wave(a), 2048), loss_of.spectra(truth, 2048))) for a in (5, 45, 180)
    ]
    assert errors[0] < 0.2 < errors[1] < errors[2]
    assert errors[2] > 8.0
    assert float(loss_of.spatial(loss_of.spectra(2 * truth, 2048), loss_of.spectra(truth, 2048))) < 1e-4


def test_an_xs_shape_has_the_codes_that_its_name_says() -> None:
    shapes = [VariantCodec(v).body.spec for v in EXTRAS if v.linear]
    given = {(spec.direction_codes, spec.level_code, spec.latent_dim) for spec in shapes}
    assert given == {(0, False, 32), (3, False, 32), (3, True, 32), (3, True, 64), (3, True, 128)}


def test_the_table_has_means_ranges_and_the_baseline() -> None:
    quality = {"log_mel_w_db": 2.0, "log_mel_all_db": 2.5, "level_db": 0.5, "doa_one_deg": 1.0, "doa_several_deg": 4.0}
    cost = {"steps": 10.0, "step_ms": 450.0, "parameters_m": 6.0}
    rows = {VARIANTS[0]: [quality | cost, quality | cost | {"log_mel_w_db": 3.0}]}
    lines = table(rows, {16: 1.43}).splitlines()
    assert lines[2].startswith("| joint, raw | 32 | 2 | 2.50 (2.00-3.00) | 2.50 (2.50-2.50) |")
    assert lines[3].startswith("| PCA of W's levels | 16 | | 1.43 |")
    assert len({line.count("|") for line in lines}) == 1
