"""The XS codec: streamed equals whole, nothing looks ahead, the synthesis keeps levels, tones and directions."""

import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.evaluation.measures.codec_metrics import active_intensity, doa_shift_deg, fit_pca_baseline, log_mel_db
from engine.model.codec.analysis import BLOCKS_PER_HOP, CodecAnalysis
from engine.model.codec.phase_synthesis import PhaseSynthesis
from engine.model.codec.xs import XsFoaVae
from engine.model.specs import TINY_CODEC
from engine.training.codec.principal import start_at_principal_components

WITH_PITCH = replace(TINY_CODEC, latent_dim=20, pitch_codes=True)
WITH_ALL = replace(WITH_PITCH, latent_dim=20 + 2 * 5 + 7, partial_bands=5, field_codes=True)


@pytest.fixture(scope="module", params=[TINY_CODEC, WITH_PITCH, WITH_ALL])
def codec(request: pytest.FixtureRequest) -> XsFoaVae:
    torch.manual_seed(0)
    return XsFoaVae(request.param).eval().requires_grad_(False)


@settings(max_examples=15, deadline=None)
@given(chunks=st.lists(st.integers(1, 7), min_size=1, max_size=5))
def test_any_chunking_of_the_decoder_equals_one_pass(codec: XsFoaVae, chunks: list[int]) -> None:
    latents = torch.randn(1, sum(chunks), codec.latent_dim, generator=torch.Generator().manual_seed(1))
    whole = codec.decode(latents)
    state, parts, at = codec.initial_state(1), [], 0
    for length in chunks:
        part, state = codec.decode_step(latents[:, at : at + length], state)
        parts.append(part)
        at += length
    streamed = torch.cat(parts, dim=-1)
    assert streamed.shape == whole.shape == (1, 4, sum(chunks) * codec.latent_samples)
    assert (streamed - whole).abs().max() < 1e-4


@settings(max_examples=10, deadline=None)
@given(chunks=st.lists(st.integers(1, 7), min_size=1, max_size=5))
def test_any_chunking_of_the_encoder_equals_one_pass(codec: XsFoaVae, chunks: list[int]) -> None:
    unit = codec.latent_samples
    foa = 0.1 * torch.randn(1, 4, sum(chunks) * unit, generator=torch.Generator().manual_seed(2))
    foa[..., ::110] += 0.3  # something with a pitch, to be followed from latent to latent
    state, parts = codec.initial_encoder_state(1), []
    for piece in foa.split([length * unit for length in chunks], dim=-1):
        part, state = codec.encode_step(piece, state)
        parts.append(part)
    whole = codec.encode(foa)
    assert whole.abs().max() > 0.1
    assert (torch.cat(parts, dim=1) - whole).abs().max() < 1e-4


def test_decoder_does_not_look_ahead(codec: XsFoaVae) -> None:
    latents = torch.randn(1, 8, codec.latent_dim)
    changed = latents.clone()
    changed[:, 5:] += 1.0
    before, after = codec.decode(latents), codec.decode(changed)
    cut = 5 * codec.latent_samples
    assert torch.equal(before[..., :cut], after[..., :cut])
    assert (before[..., cut:] - after[..., cut:]).abs().max() > 1e-5


def test_encoder_does_not_look_ahead(codec: XsFoaVae) -> None:
    foa = 0.1 * torch.randn(1, 4, 8 * codec.latent_samples)
    changed = foa.clone()
    changed[..., 5 * codec.latent_samples :] = 0.0
    before, after = codec.encode(foa), codec.encode(changed)
    assert torch.allclose(before[:, :5], after[:, :5], atol=1e-6)
    assert not torch.allclose(before[:, 5:], after[:, 5:], atol=1e-3)


def _frames(wave: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    foa = torch.nn.functional.pad(torch.stack([wave, 0 * wave, 0 * wave, 0 * wave])[None], (1440, 0))
    analysis = CodecAnalysis(24, 6)
    magnitude = analysis.spectra(foa)[:, 0].abs()
    return magnitude, analysis.envelope(foa[:, 0]), torch.zeros(1, 3, *magnitude.shape[1:])


def test_a_tone_keeps_its_place_and_level() -> None:
    t = torch.arange(48_000) / 48_000
    wave = 0.3 * torch.sin(2 * math.pi * 1_003.3 * t)
    magnitude, envelope, nothing = _frames(wave)
    synthesis = PhaseSynthesis()
    out = synthesis.step(magnitude, envelope, nothing, nothing, synthesis.initial_state(1, magnitude))[0][
        0, 0, 4_800:43_200
    ]
    power = torch.fft.rfft(out * torch.hann_window(len(out))).abs().square()
    frequency = torch.fft.rfftfreq(len(out), 1 / 48_000)
    assert power[(frequency - 1_003.3).abs() < 60].sum() > 0.97 * power.sum()
    assert 20 * torch.log10(out.std() / wave.std()).abs() < 3.0


def test_noise_keeps_its_level_and_ratio_gives_direction() -> None:
    wave = 0.05 * torch.randn(48_000, generator=torch.Generator().manual_seed(3))
    magnitude, envelope, nothing = _frames(wave)
    ratio = nothing.clone()
    ratio[:, 0] = 1.0
    synthesis = PhaseSynthesis()
    foa = synthesis.step(magnitude, envelope, ratio, nothing, synthesis.initial_state(1, magnitude))[0][0]
    assert 20 * torch.log10(foa[0].std() / wave.std()).abs() < 1.0
    x, y, z = active_intensity(foa)
    assert y > 0
    assert abs(x) < 0.01 * y
    assert abs(z) < 0.01 * y


def test_a_tick_stays_a_tick() -> None:
    wave = torch.zeros(48_000)
    wave[24_000:24_048] = torch.randn(48, generator=torch.Generator().manual_seed(2))
    magnitude, envelope, nothing = _frames(wave)
    synthesis = PhaseSynthesis()
    state = synthesis.initial_state(1, magnitude)
    tick = synthesis.step(magnitude, envelope, nothing, nothing, state)[0][0, 0]
    smear = synthesis.step(magnitude, torch.zeros_like(envelope), nothing, nothing, state)[0][0, 0]
    at = 24_000 + 1_440
    within = slice(at - 240, at + 360)
    assert tick[within].square().sum() > 0.95 * tick.square().sum()
    assert smear[within].square().sum() < 0.7 * smear.square().sum()
    assert 10 * torch.log10(tick.square().sum() / wave.square().sum()).abs() < 3.0


def test_all_frequencies_of_a_click_begin_together() -> None:
    wave = 1e-4 * torch.randn(48_000, generator=torch.Generator().manual_seed(2))
    wave[24_000] = 1.0
    magnitude, envelope, nothing = _frames(wave)
    synthesis = PhaseSynthesis()
    out = synthesis.step(magnitude, envelope, nothing, nothing, synthesis.initial_state(1, magnitude))[0][0, 0]
    at = 24_000 + 1_440
    assert out[at - 120 : at + 120].square().sum() > 0.95 * out.square().sum()
    # A burst of noise of this length has twenty times as many peaks of half its height.
    assert int((out.abs() > 0.5 * out.abs().max()).sum()) <= 3
    assert out[at - 960 : at - 240].square().mean() < 1e-6 * out.square().max()


def test_silence_is_decoded_as_silence_and_a_level_as_itself() -> None:
    torch.manual_seed(0)
    foa = torch.zeros(8, 4, 64 * 480 + 1_440)
    foa[:, 0] = torch.randn(8, foa.shape[-1]) * 10.0 ** torch.linspace(-3.0, -0.7, 8)[:, None]
    begun = XsFoaVae(TINY_CODEC).eval().requires_grad_(False)
    start_at_principal_components(begun, foa)
    quiet = begun.decode(begun.encode(torch.zeros(1, 4, 20 * 1_920)))
    assert 10 * torch.log10(quiet[0, 0].square().mean()) < -75.0
    for wave in foa:
        kept = begun.decode(begun.encode(wave[None, :, : 16 * 1_920]))[0, 0, 4 * 1_920 :]
        assert 10 * torch.log10(kept.square().mean() / wave[0].square().mean()).abs() < 1.0


def test_codes_that_contradict_each_other_do_not_blow_up_a_noise_floor() -> None:
    codec = XsFoaVae(TINY_CODEC).eval().requires_grad_(False)
    codec.linear_out.weight.zero_()
    codec.linear_out.bias.fill_(-2.5)
    codes = torch.zeros(1, 20, codec.latent_dim)
    codes[..., TINY_CODEC.direction_codes] = 2.0
    assert 10 * torch.log10(codec.decode(codes)[0, 0].square().mean()) < -60.0


def test_training_begins_at_a_codec_that_tells_levels_and_directions() -> None:
    torch.manual_seed(0)
    noise = 0.05 * torch.randn(24, 1, 64 * 480 + 1_440) * 10 ** (torch.rand(24, 1, 1) - 0.5)
    way = torch.nn.functional.normalize(torch.randn(24, 3, 1), dim=1)
    foa = torch.cat([noise, noise * way], dim=1)
    begun = XsFoaVae(TINY_CODEC).eval().requires_grad_(False)
    start_at_principal_components(begun, foa)
    codes = begun.encode(foa[..., 1_440:])[:, 1:, TINY_CODEC.given_codes :]
    assert codes.mean((0, 1)).abs().max() < 0.3
    assert (codes.std((0, 1)) - 1.0).abs().max() < 0.3
    spectra = begun.analysis.spectra(foa)
    frames = begun.predict_frames(begun.posterior_of(foa)[0])
    there = torch.log(spectra[:, 0].abs()).mean((1, 2))
    assert torch.corrcoef(torch.stack([frames.log_magnitude.mean((1, 2)), there]))[0, 1] > 0.99
    seen = frames.ratio.mean((2, 3))
    assert torch.nn.functional.cosine_similarity(seen, way[..., 0]).min() > 0.9


def test_metrics_on_cases_worked_out_by_hand() -> None:
    t = torch.arange(96_000) / 48_000
    tone = torch.sin(2 * math.pi * 1_000.0 * t)
    assert float(log_mel_db(tone).max()) == pytest.approx(0.0, abs=6.0)
    left = torch.stack([tone, tone, 0 * tone, 0 * tone])
    front_left = torch.stack([tone, tone * 0.5**0.5, 0 * tone, tone * 0.5**0.5])
    assert doa_shift_deg(left, front_left).tolist() == pytest.approx([45.0, 45.0], abs=0.1)
    levels = torch.randn(400, 64)
    baseline = fit_pca_baseline(levels)
    assert baseline.distance(levels, 64) < baseline.distance(levels, 4)
    assert baseline.distance(levels, 256) == pytest.approx(0.0, abs=1e-4)


def test_the_first_codes_of_a_plane_wave_are_its_direction_and_the_decoder_keeps_it(codec: XsFoaVae) -> None:
    way = torch.nn.functional.normalize(torch.tensor([0.8, -0.3, 0.4]), dim=0)
    noise = 0.1 * torch.randn(40 * 1_920, generator=torch.Generator().manual_seed(3))
    foa = torch.cat([noise[None], noise * way[:, None]])[None]
    codes = codec.encode(foa)[0, 1:] / codec.code_scale + codec.code_mean
    assert (codes[:, :3] - way).abs().max() < 0.02
    plain = XsFoaVae(TINY_CODEC).eval().requires_grad_(False)
    plain.linear_out.weight.zero_()
    plain.linear_out.bias.zero_()
    made = plain.decode(plain.encode(foa))
    assert doa_shift_deg(foa[0], made[0]).max() < 2.0


def test_no_latents_make_a_field_more_directed_than_a_plane_wave(codec: XsFoaVae) -> None:
    loud = XsFoaVae(TINY_CODEC).eval().requires_grad_(False)
    ratios, others = 3 * TINY_CODEC.spatial_bands, BLOCKS_PER_HOP
    loud.head_rest.bias[others : others + ratios] = 2.0
    loud.head_rest.bias[others + ratios :] = -5.0
    w, *others = loud.decode(torch.randn(1, 8, loud.latent_dim))[0].square().mean(-1)
    assert sum(others) < 1.2 * w
