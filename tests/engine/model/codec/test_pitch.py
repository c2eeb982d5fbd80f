"""Pitch and periodicity as the XS codec measures, codes and sounds them."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.model.codec.analysis import FFT_SIZE, HOP
from engine.model.codec.periodicity import Periodicity
from engine.model.codec.phase_synthesis import PhaseSynthesis, Tone
from engine.model.codec.pulse_train import initial_pulses, pulse_frames
from engine.model.codec.xs import XsFoaVae
from engine.model.specs import PITCH_CODES, TINY_CODEC
from engine.training.codec.principal import start_at_principal_components

RATE = 48_000
SPEC = replace(TINY_CODEC, latent_dim=20, pitch_codes=True)


def buzz(pitch_hz: float | torch.Tensor, latents: int, seed: int = 0) -> torch.Tensor:
    """Return (1, 1920 latents + 1440) of harmonics up to 8 kHz that fall by 6 dB an octave."""
    length = 1_920 * latents + 1_440
    cycles = (torch.as_tensor(pitch_hz, dtype=torch.float64) / RATE).expand(length).cumsum(0)
    harmonics = torch.arange(1, int(8_000 / float(torch.as_tensor(pitch_hz).max())) + 1)
    phase = torch.rand(len(harmonics), 1, generator=torch.Generator().manual_seed(seed))
    wave = (torch.sin(2 * torch.pi * (harmonics[:, None] * cycles + phase)) / harmonics[:, None]).sum(0)
    return (0.1 * wave / wave.std()).float()[None]


def noise(latents: int, seed: int = 0) -> torch.Tensor:
    return 0.1 * torch.randn(1, 1_920 * latents + 1_440, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("pitch_hz", [82.4, 147.0, 440.0, 739.3])
def test_the_pitch_of_a_buzz_is_found_and_all_its_bands_repeat(pitch_hz: float) -> None:
    pitch, each = Periodicity()(buzz(pitch_hz, 25))
    assert pitch.shape == (1, 25)
    assert (pitch / pitch_hz - 1.0).abs().max() < 0.01
    heard = [band for band in range(6) if band or pitch_hz < 280.0]  # a band below twice the pitch cannot tell
    assert each[0, :, heard].min() > 0.9


def test_noise_is_not_periodic_and_neither_is_silence() -> None:
    periodicity = Periodicity()
    assert periodicity(noise(100))[1].mean() < 0.01
    silence = periodicity(torch.zeros(1, 1_920 * 10 + 1_440))
    assert torch.equal(silence[1], torch.zeros_like(silence[1]))
    assert silence[0].isfinite().all()


def test_half_noise_is_less_periodic() -> None:
    mixed = Periodicity()(buzz(150.0, 50) + noise(50))[1][0, :, :5].mean()
    alone = Periodicity()(buzz(150.0, 50))[1][0, :, :5].mean()
    assert 0.15 < mixed < 0.8 * alone


def test_the_pitch_looks_at_earlier_sound_only() -> None:
    wave = torch.cat([buzz(150.0, 10)[:, : 1_920 * 10], buzz(300.0, 10)], dim=1)
    cut = wave.clone()
    cut[:, 1_920 * 11 :] = 0.0
    periodicity = Periodicity()
    before, after = periodicity.codes(wave), periodicity.codes(cut)
    assert torch.allclose(before[:, :10], after[:, :10], atol=1e-5)
    assert not torch.allclose(before[:, 12:], after[:, 12:], atol=1e-2)


def test_codes_say_pitch_and_periodicity_and_a_little_error_makes_no_buzz() -> None:
    periodicity = Periodicity()
    pitch, each = periodicity(buzz(220.0, 10))
    again, bins = periodicity.decoded(periodicity.codes(buzz(220.0, 10)))
    assert torch.allclose(again, pitch, rtol=1e-4)
    assert bins.shape == (1, 10, FFT_SIZE // 2 + 1)
    assert periodicity.codes(buzz(220.0, 10)).shape == (1, 10, PITCH_CODES)
    assert (bins[0, :, 40] - each[0, :, 2]).abs().max() < 0.06  # 1 kHz lies in the third band
    codes = periodicity.codes(noise(10))
    nearly = codes + 0.1 * torch.randn(codes.shape, generator=torch.Generator().manual_seed(1))
    nearly[..., 0] = codes[..., 0]
    assert periodicity.decoded(nearly)[1].mean() < 0.01


@settings(max_examples=10, deadline=None)
@given(chunks=st.lists(st.integers(1, 5), min_size=1, max_size=5))
def test_any_chunking_of_the_pulses_equals_one_pass(chunks: list[int]) -> None:
    pitch = 60.0 + 900.0 * torch.rand(2, sum(chunks), generator=torch.Generator().manual_seed(4))
    whole, _ = pulse_frames(pitch, 4, initial_pulses(2, pitch))
    state, parts, at = initial_pulses(2, pitch), [], 0
    for count in chunks:
        part, state = pulse_frames(pitch[:, at : at + count], 4, state)
        parts.append(part)
        at += count
    assert torch.allclose(torch.cat(parts, dim=1), whole, atol=1e-4)


def test_pulses_come_once_a_period_and_a_new_pitch_makes_no_jump() -> None:
    pitch = torch.cat([torch.full((1, 25), 100.0), torch.full((1, 25), 150.0)], dim=1)
    frames, _ = pulse_frames(pitch, 4, initial_pulses(1, pitch))
    train = frames[0, :, -HOP:].flatten()
    at = (train > 0.3 * train.max()).nonzero().flatten()
    gaps = at.diff()
    gaps = gaps[gaps > 2]  # a pulse lies on up to two samples
    assert abs(len(gaps) - (100 + 150)) <= 3
    assert set(gaps[:90].tolist()) <= {479, 480, 481}
    assert set(gaps[-140:].tolist()) <= {319, 320, 321}
    between = gaps[95:105]
    assert int(between.min()) >= 319
    assert int(between.max()) <= 481


def test_a_periodic_share_of_one_makes_a_tone_of_the_noise() -> None:
    latents = 25
    magnitude = torch.full((1, 4 * latents, 961), 5.0)
    envelope, nothing = torch.zeros(1, 4 * latents, 4), torch.zeros(1, 3, 4 * latents, 961)
    synthesis = PhaseSynthesis()
    state = synthesis.initial_state(1, magnitude)
    pitch = torch.full((1, latents), 200.0)

    def periodicity_of(share: float) -> float:
        tone = Tone(pitch, torch.full((1, latents, 961), share))
        wave = synthesis.step(magnitude, envelope, nothing, nothing, state, tone)[0][:, 0, : 1_920 * 24 + 1_440]
        return float(Periodicity()(wave)[1][0, 2:, 2:5].mean())

    assert periodicity_of(0.0) < 0.02
    assert 0.2 < periodicity_of(0.6) < 0.8
    assert periodicity_of(1.0) > 0.9
    plain = synthesis.step(magnitude, envelope, nothing, nothing, state)[0]
    none = synthesis.step(magnitude, envelope, nothing, nothing, state, Tone(pitch, torch.zeros(1, latents, 961)))[0]
    assert torch.allclose(plain, none, atol=1e-6)


def test_a_codec_that_knows_pitch_keeps_it() -> None:
    torch.manual_seed(0)
    waves = [buzz(float(p), 16, seed=i) for i, p in enumerate(torch.logspace(1.9, 2.9, 12))]
    waves += [noise(16, seed) for seed in range(12)]
    w = torch.stack(waves)[:, 0]
    foa = torch.stack([w, w, 0 * w, 0 * w], dim=1)
    codec = XsFoaVae(SPEC).eval().requires_grad_(False)
    start_at_principal_components(codec, foa)
    kept = codec.decode(codec.encode(foa[3:4, :, : 16 * 1_920]))[:, 0]
    pitch, each = Periodicity()(kept[:, : 15 * 1_920 + 1_440])
    asked = Periodicity()(w[3:4])[0][0, 0]
    assert (pitch[0, 5:] / asked - 1.0).abs().median() < 0.02
    assert each[0, 5:, 2].median() > 0.6
    hiss = codec.decode(codec.encode(foa[20:21, :, : 16 * 1_920]))[:, 0]
    assert Periodicity()(hiss[:, : 15 * 1_920 + 1_440])[1].mean() < 0.05


def test_harmonics_beside_the_loud_bins_do_not_cost_the_level() -> None:
    # All of the level lies at 300 Hz, where a pitch of 200 Hz has no harmonic.
    magnitude = torch.full((1, 100, 961), 0.01)
    magnitude[..., 10:15] = 50.0
    envelope, nothing = torch.zeros(1, 100, 4), torch.zeros(1, 3, 100, 961)
    synthesis = PhaseSynthesis()
    state = synthesis.initial_state(1, magnitude)

    def level_db(tone: Tone | None) -> float:
        wave = synthesis.step(magnitude, envelope, nothing, nothing, state, tone)[0][0, 0, 4_800:]
        return float(20 * torch.log10(wave.std()))

    share = torch.ones(1, 25, 961)
    assert abs(level_db(Tone(torch.full((1, 25), 200.0), share)) - level_db(None)) < 3.0
