"""The XS codec: streamed equals whole, nothing looks ahead, the synthesis keeps levels, tones and directions."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.evaluation.codec_metrics import active_intensity, doa_shift_deg, fit_level_pca, log_mel_db
from engine.model.codec_analysis import CodecAnalysis
from engine.model.foa_vae_xs import XsFoaVae
from engine.model.phase_synthesis import PhaseSynthesis
from engine.model.specs import TINY_CODEC


@pytest.fixture(scope="module")
def codec() -> XsFoaVae:
    torch.manual_seed(0)
    return XsFoaVae(TINY_CODEC).eval().requires_grad_(False)


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


def _frames(wave: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    foa = torch.stack([wave, 0 * wave, 0 * wave, 0 * wave])[None]
    magnitude = CodecAnalysis(24, 6).spectra(torch.nn.functional.pad(foa, (0, 1440)))[:, 0].abs()
    return magnitude, torch.zeros(1, 3, *magnitude.shape[1:])


def test_a_tone_keeps_its_place_and_level() -> None:
    t = torch.arange(48_000) / 48_000
    wave = 0.3 * torch.sin(2 * math.pi * 1_003.3 * t)
    magnitude, nothing = _frames(wave)
    synthesis = PhaseSynthesis()
    out = synthesis.step(magnitude, nothing, nothing, synthesis.initial_state(1, magnitude))[0][0, 0, 4_800:43_200]
    power = torch.fft.rfft(out * torch.hann_window(len(out))).abs().square()
    frequency = torch.fft.rfftfreq(len(out), 1 / 48_000)
    assert power[(frequency - 1_003.3).abs() < 60].sum() > 0.97 * power.sum()
    assert 20 * torch.log10(out.std() / wave.std()).abs() < 3.0


def test_noise_keeps_its_level_and_ratio_gives_direction() -> None:
    wave = 0.05 * torch.randn(48_000, generator=torch.Generator().manual_seed(3))
    magnitude, nothing = _frames(wave)
    ratio = nothing.clone()
    ratio[:, 0] = 1.0
    synthesis = PhaseSynthesis()
    foa = synthesis.step(magnitude, ratio, nothing, synthesis.initial_state(1, magnitude))[0][0]
    assert 20 * torch.log10(foa[0].std() / wave.std()).abs() < 1.0
    x, y, z = active_intensity(foa)
    assert y > 0
    assert abs(x) < 0.01 * y
    assert abs(z) < 0.01 * y


def test_metrics_on_cases_worked_out_by_hand() -> None:
    t = torch.arange(96_000) / 48_000
    tone = torch.sin(2 * math.pi * 1_000.0 * t)
    assert float(log_mel_db(tone).max()) == pytest.approx(0.0, abs=6.0)
    left = torch.stack([tone, tone, 0 * tone, 0 * tone])
    front_left = torch.stack([tone, tone * 0.5**0.5, 0 * tone, tone * 0.5**0.5])
    assert doa_shift_deg(left, front_left).tolist() == pytest.approx([45.0, 45.0], abs=0.1)
    levels = torch.randn(400, 64)
    ruler = fit_level_pca(levels)
    assert ruler.distance(levels, 64) < ruler.distance(levels, 4)
    assert ruler.distance(levels, 256) == pytest.approx(0.0, abs=1e-4)


def test_no_latents_make_a_field_more_directed_than_a_plane_wave(codec: XsFoaVae) -> None:
    loud = XsFoaVae(TINY_CODEC).eval().requires_grad_(False)
    loud.head_spatial.bias[: 3 * TINY_CODEC.spatial_bands] = 2.0
    loud.head_spatial.bias[3 * TINY_CODEC.spatial_bands :] = -5.0
    w, *others = loud.decode(torch.randn(1, 8, loud.latent_dim))[0].square().mean(-1)
    assert sum(others) < 1.2 * w
