"""The field's codes: what is diffuse comes back as loud and from as far around, and rumble as rumble."""

import math

import pytest
import torch
from torch import Tensor

from engine.evaluation.measures.codec_metrics import active_intensity, doa_shift_deg
from engine.evaluation.measures.round_trip import round_trip
from engine.model.codec.analysis import CodecAnalysis
from engine.model.codec.field_codes import FieldCodes
from engine.model.codec.phase_synthesis import PhaseSynthesis
from engine.model.codec.xs import XsFoaVae
from engine.training.codec.add_codes import with_added_codes
from tests.engine.model.codec.core_codec import core_codec

RATE, UNIT = 48_000, 1_920


@pytest.fixture(scope="module")
def shipped() -> XsFoaVae:
    return core_codec()


@pytest.fixture(scope="module")
def codec(shipped: XsFoaVae) -> XsFoaVae:
    return with_added_codes(shipped, 4)


def all_around(latents: int, *, leaning: float) -> Tensor:
    """Return AmbiX (1, 4, N) of 48 noises from all sides and a weaker one from the front left; they fade at the end."""
    generator = torch.Generator().manual_seed(4)
    ways = torch.nn.functional.normalize(torch.randn(24, 3, generator=generator), dim=1)
    ways = torch.cat([ways, -ways, torch.tensor([[0.7, 0.0, 0.7]])])
    noise = torch.randn(len(ways), latents * UNIT, generator=generator) * 0.05 / math.sqrt(48)
    noise[-1] *= leaning * math.sqrt(48)
    noise *= torch.linspace(latents / 5, 0.0, latents * UNIT).clamp(max=1.0)
    return torch.cat([noise.sum(0, keepdim=True), ways.T @ noise])[None]


def levels_db(foa: Tensor) -> Tensor:
    return 10 * torch.log10(foa[0, :, 4 * UNIT : -20 * UNIT].square().mean(-1))


def test_a_diffuse_field_keeps_its_levels_and_its_lean(codec: XsFoaVae, shipped: XsFoaVae) -> None:
    foa = all_around(100, leaning=0.3)
    now, before = round_trip(codec, foa), round_trip(shipped, foa)
    # What is above 20 kHz, 0.8 dB of it, is not coded.
    assert (levels_db(now) - levels_db(foa)).abs().max() < 1.0
    assert (levels_db(before) - levels_db(foa)).abs().max() > 1.5
    turned, was = (doa_shift_deg(foa[0], made[0])[1:].median() for made in (now, before))
    assert turned < 5.0
    assert turned < was


def test_a_plane_wave_keeps_its_direction(codec: XsFoaVae) -> None:
    noise = 0.05 * torch.randn(50 * UNIT, generator=torch.Generator().manual_seed(5))
    way = torch.nn.functional.normalize(torch.tensor([0.5, 0.3, -0.8]), dim=0)
    foa = torch.cat([noise[None], noise * way[:, None]])[None]
    assert doa_shift_deg(foa[0], round_trip(codec, foa)[0])[1:].max() < 1.0


def test_generated_latents_are_decoded_to_where_their_direction_says(codec: XsFoaVae, shipped: XsFoaVae) -> None:
    noise = 0.05 * torch.randn(120 * UNIT, generator=torch.Generator().manual_seed(5))
    to_left, to_front = torch.tensor([1.0, 0.0, 0.0]), torch.tensor([0.0, 0.0, 1.0])
    foa, other = (torch.cat([noise[None], noise * way[:, None]])[None] for way in (to_left, to_front))
    latents = codec.encode(foa)
    assert torch.allclose(codec.agreed(latents)[0, 3:], latents[0, 3:], atol=0.2)
    # A sampler that draws the field's intensity from elsewhere: the left and the front at once.
    intensity = list(FieldCodes.intensity(codec.latent_dim))
    latents[..., intensity] = codec.encode(other)[..., intensity]
    expected = foa[0, :, : -codec.delay_samples]
    heard, agreed = (codec.decode(made)[0, :, codec.delay_samples :] for made in (latents, codec.agreed(latents)))
    assert doa_shift_deg(expected, heard)[1:].median() > 20.0
    assert doa_shift_deg(expected, agreed)[1:].max() < 2.0
    assert shipped.agreed(latents) is latents


def test_a_rumble_that_runs_away_is_bounded_in_generated_latents(codec: XsFoaVae) -> None:
    noise = 0.05 * torch.randn(1, 1, 120 * UNIT, generator=torch.Generator().manual_seed(5))
    latents = codec.encode(torch.cat([noise, noise, 0.0 * noise, 0.0 * noise], dim=1))
    code, _ = FieldCodes.rumble(codec.latent_dim)
    assert torch.equal(codec.agreed(latents)[..., code], latents[..., code]), "white noise has little"
    latents[..., code] += 20.0

    def lows(foa: torch.Tensor) -> float:
        power = torch.fft.rfft(foa[0, 0, 20 * UNIT :]).abs().square()
        return float(power[: power.numel() * 40 // 24_000].sum() / power.sum())

    assert lows(codec.decode(latents)) > 0.8
    assert lows(codec.decode(codec.agreed(latents))) < 0.1


@pytest.mark.parametrize("with_field", [False, True])
def test_latents_are_placed_in_a_direction_and_stay_as_diffuse(
    codec: XsFoaVae, shipped: XsFoaVae, with_field: bool
) -> None:
    used = codec if with_field else shipped
    noise = 0.05 * torch.randn(120 * UNIT, generator=torch.Generator().manual_seed(5))
    ways = torch.nn.functional.normalize(torch.tensor([[1.0, 0.0, 0.0], [0.5, 0.3, -0.8]]), dim=1)
    foa, expected = (torch.cat([noise[None], noise * way[:, None]])[None] for way in ways)
    latents = used.encode(foa)
    stated = list(range(3))
    latents[..., stated] = (latents[..., stated] + used.code_mean[stated]) * 0.9 - used.code_mean[stated]
    xyz = ways[1:, [2, 0, 1]]
    placed = used.agreed(used.placed(latents, xyz))
    heard = used.decode(placed)[0, :, used.delay_samples :]
    assert doa_shift_deg(expected[0, :, : -used.delay_samples], heard)[1:].max() < 2.0
    before, after = ((v / used.code_scale + used.code_mean)[..., stated].norm(dim=-1) for v in (latents, placed))
    assert torch.allclose(before, after, atol=1e-4)
    both = torch.cat([latents, latents])
    mixed = used.placed(both, torch.cat([torch.zeros(1, 3), xyz]))
    assert torch.equal(mixed[0], latents[0])
    assert not torch.allclose(mixed[1], latents[0])


def test_rumble_comes_back_at_its_level(codec: XsFoaVae, shipped: XsFoaVae) -> None:
    t = torch.arange(100 * UNIT) / RATE
    rumble = 0.2 * torch.sin(2 * math.pi * 25.0 * t)
    w = rumble + 0.01 * torch.randn(len(t), generator=torch.Generator().manual_seed(6))
    foa = torch.stack([w, 0 * w, 0 * w, w])[None]
    low = torch.fft.rfftfreq(90 * UNIT, 1 / RATE) < 45.0
    power = [
        10 * torch.log10(torch.fft.rfft(made[0, 0, 10 * UNIT :])[low].abs().square().sum())
        for made in (foa, round_trip(codec, foa), round_trip(shipped, foa))
    ]
    assert abs(float(power[1] - power[0])) < 3.0
    assert float(power[2] - power[0]) < -6.0


def test_codes_that_run_wild_make_no_field_louder_than_w_allows(codec: XsFoaVae) -> None:
    latents = codec.encode(all_around(20, leaning=0.3))
    latents[..., -7:] += 20.0 * torch.randn(7, generator=torch.Generator().manual_seed(7))
    assert float(codec.decode(latents).abs().max()) < 5.0
    assert bool(codec.decode(100.0 * latents).isfinite().all())


def test_what_is_decoded_is_brought_to_the_codes() -> None:
    foa = torch.nn.functional.pad(all_around(20, leaning=0.5), (1_440, 0))
    spectra = CodecAnalysis(24, 6).spectra(foa)
    field = FieldCodes()
    codes = field.codes(spectra)
    magnitude = spectra[:, 0].abs().clamp(min=1e-3)
    magnitude[..., :2] = 0.0
    nothing = torch.zeros(1, 3, *magnitude.shape[1:])
    ratio, residual = nothing.clone(), nothing + 0.3
    magnitude, ratio, residual = field.corrected(magnitude, ratio, residual, codes)
    power = magnitude.square()
    frequency = torch.arange(961) * 25
    placed = power * ((frequency >= 500) & (frequency < 8_000))
    intensity = (placed[:, None] * ratio).unflatten(2, (-1, 4)).sum((3, 4)) / placed.unflatten(1, (-1, 4)).sum((2, 3))
    assert (intensity.transpose(1, 2) - codes[..., 1:4]).abs().max() < 1e-3
    for channel in range(3):
        energy = (power * (ratio[:, channel].square() + residual[:, channel].square())).unflatten(1, (-1, 4))
        there = spectra[:, 1 + channel].abs().square().unflatten(1, (-1, 4))
        heard = field.heard.bool()
        made_db = 10 * torch.log10(energy[..., heard].sum((2, 3)) / power.unflatten(1, (-1, 4))[..., heard].sum((2, 3)))
        w = spectra[:, 0].abs().square().unflatten(1, (-1, 4))
        true_db = 10 * torch.log10(there[..., heard].sum((2, 3)) / w[..., heard].sum((2, 3)))
        assert (made_db - true_db).abs().max() < 0.1


def test_noise_that_is_kept_apart_turns_no_direction() -> None:
    foa = torch.nn.functional.pad(all_around(50, leaning=0.0), (1_440, 0))
    analysis, synthesis = CodecAnalysis(24, 6), PhaseSynthesis()
    magnitude, envelope = analysis.spectra(foa)[:, 0].abs(), analysis.envelope(foa[:, 0])
    ratio = torch.zeros(1, 3, *magnitude.shape[1:])
    ratio[:, 2] = 0.05
    made = []
    for apart in (False, True):
        state = synthesis.initial_state(1, magnitude)
        out = synthesis.step(magnitude, envelope, ratio, ratio * 0 + 0.6, state, keep_apart=apart)[0][0]
        x, y, z = active_intensity(out[:, 4_800:])
        made.append((float(torch.hypot(y, z) / x.abs()), float(10 * torch.log10(out[1].square().mean()))))
    assert made[1][0] < 0.5 * made[0][0]
    assert abs(made[1][1] - made[0][1]) < 0.3


def test_a_generator_is_told_which_codes_are_directions(codec: XsFoaVae) -> None:
    way = torch.nn.functional.normalize(torch.tensor([0.8, -0.3, 0.4]), dim=0)
    noise = 0.1 * torch.randn(20 * UNIT, generator=torch.Generator().manual_seed(8))
    codes = codec.encode(torch.cat([noise[None], noise * way[:, None]])[None])[0, 5:]
    assert len(codec.directed_codes) == 6
    assert (codes[:, codec.directed_codes[3:]] - way).abs().max() < 0.02
