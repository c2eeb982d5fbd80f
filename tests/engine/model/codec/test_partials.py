"""Partials: a tone comes back as a tone, noise as noise; phases run on, frequencies are held, nothing looks ahead."""

import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from engine.evaluation.measures.round_trip import round_trip
from engine.model.codec.partial_bank import PartialBank
from engine.model.codec.partials import Partials
from engine.model.codec.xs import XsFoaVae
from engine.model.weights.checkpoint import load_codec, save_codec
from engine.training.codec.add_codes import with_added_codes
from tests.engine.model.codec.core_codec import core_codec

RATE = 48_000
UNIT = 1_920
BANDS = 24


@pytest.fixture(scope="module")
def codec() -> XsFoaVae:
    return with_added_codes(core_codec(), BANDS)


def sine(hertz: float, latents: int = 50, level: float = 0.1) -> Tensor:
    return level * torch.sin(2 * math.pi * hertz * torch.arange(latents * UNIT) / RATE)


def from_the_left(w: Tensor) -> Tensor:
    return torch.stack([w, w, 0 * w, 0 * w])[None]


def spectrum(wave: Tensor) -> tuple[Tensor, Tensor]:
    power = torch.fft.rfft(wave * torch.hann_window(len(wave)), 1 << 19).abs().square()
    return torch.fft.rfftfreq(1 << 19, 1 / RATE), power


def loudest(wave: Tensor, low: float, high: float) -> float:
    frequency, power = spectrum(wave)
    return float(frequency[(power * ((frequency > low) & (frequency < high))).argmax()])


def cents(hertz: float, wanted: float) -> float:
    return 1_200 * math.log2(hertz / wanted)


def level_db(wave: Tensor, against: Tensor) -> float:
    return float(10 * torch.log10(wave.square().mean() / against.square().mean()))


def tonal_share(codec: XsFoaVae, w: Tensor) -> float:
    """Return the share of all bands' power that is partials, on average."""
    core, partials, _ = codec.spec.kinds
    return float(codec.encode(from_the_left(w))[0, 2:, core + partials // 2 : core + partials].mean())


@pytest.mark.parametrize("hertz", [150.0, 440.0, 1_000.0, 3_333.0, 5_000.0])
def test_a_tone_comes_back_as_a_tone(codec: XsFoaVae, hertz: float) -> None:
    wave = sine(hertz)
    heard = round_trip(codec, from_the_left(wave))[0, 0, 5 * UNIT : -5 * UNIT]
    frequency, power = spectrum(heard)
    assert abs(cents(loudest(heard, 50, 20_000), hertz)) < 5
    assert power[(frequency / hertz).log2().abs() < 30 / 1_200].sum() > 0.97 * power.sum()
    assert abs(level_db(heard, wave)) < (1.0 if hertz == 1_000 else 1.5)


def test_a_tone_comes_from_where_it_was(codec: XsFoaVae) -> None:
    w, y, z, x = round_trip(codec, from_the_left(sine(1_000.0)))[0, :, 5 * UNIT : -5 * UNIT]
    assert abs(float((w * y).mean() / w.square().mean()) - 1.0) < 0.1
    for other in (x, z):
        assert abs(float((w * other).mean() / w.square().mean())) < 0.05


def test_two_partials_in_two_bands_keep_their_places_and_levels(codec: XsFoaVae) -> None:
    loud, soft = sine(700.0), sine(1_900.0, level=0.03)
    heard = round_trip(codec, from_the_left(loud + soft))[0, 0, 5 * UNIT : -5 * UNIT]
    frequency, power = spectrum(heard)
    for wave, hertz in ((loud, 700.0), (soft, 1_900.0)):
        assert abs(cents(loudest(heard, 0.8 * hertz, 1.25 * hertz), hertz)) < 5
        around = (frequency / hertz).log2().abs() < 100 / 1_200
        there = spectrum(wave[5 * UNIT : -5 * UNIT])[1]
        assert abs(float(10 * torch.log10(power[around].sum() / there[around].sum()))) < 1.5


def test_noise_stays_noise(codec: XsFoaVae) -> None:
    noise = 0.05 * torch.randn(100 * UNIT, generator=torch.Generator().manual_seed(0))
    assert tonal_share(codec, noise) < 0.01
    heard = round_trip(codec, from_the_left(noise))[0, 0]
    assert tonal_share(codec, heard) < 0.02
    assert abs(level_db(heard[5 * UNIT :], noise)) < 1.0


def test_a_tone_in_noise_is_found_where_it_stands_out_and_the_noise_is_kept(codec: XsFoaVae) -> None:
    noise = 0.02 * torch.randn(60 * UNIT, generator=torch.Generator().manual_seed(1))
    heard = round_trip(codec, from_the_left(sine(1_000.0, 60) + noise))[0, 0, 5 * UNIT : -5 * UNIT]
    frequency, power = spectrum(heard)
    assert abs(cents(loudest(heard, 50, 20_000), 1_000.0)) < 5
    there = spectrum(noise[5 * UNIT : -5 * UNIT])[1]
    above = (frequency > 3_000) & (frequency < 15_000)
    assert abs(float(10 * torch.log10(power[above].sum() / there[above].sum()))) < 1.5


def test_silence_has_no_partials(codec: XsFoaVae) -> None:
    assert tonal_share(codec, torch.zeros(10 * UNIT)) == 0.0


def test_the_latents_that_were_there_before_stay_as_they_were(codec: XsFoaVae) -> None:
    shipped = core_codec()
    foa = 0.05 * torch.randn(1, 4, 40 * UNIT, generator=torch.Generator().manual_seed(2))
    before, now = shipped.encode(foa), codec.encode(foa)
    # One latent later; both begin with silence, of which the one has seen a latent more.
    assert (now[:, 31:, : shipped.latent_dim] - before[:, 30:-1]).abs().max() < 1e-3
    assert codec.delay_samples == shipped.delay_samples + UNIT


def test_the_file_says_how_many_latents_of_each_kind_there_are(codec: XsFoaVae, tmp_path) -> None:
    save_codec(tmp_path / "codec.safetensors", codec)
    again = load_codec(tmp_path / "codec.safetensors")
    assert isinstance(again, XsFoaVae)
    assert again.spec == codec.spec
    assert again.spec.kinds == (64, 2 * BANDS, 7)
    assert again.latent_dim == sum(again.spec.kinds)


def test_codes_of_a_whole_sound_are_those_of_the_stream() -> None:
    partials = Partials(12)
    wave = torch.cat([sine(523.0, 9), sine(1_500.0, 9)]) + 0.001 * torch.randn(18 * UNIT)
    seen = torch.nn.functional.pad(wave, (1_440, 0))[None]
    state, parts = partials.initial_state(1, wave), []
    late = torch.nn.functional.pad(wave, (1_440 + UNIT, 0))[None]
    for latent in range(18):
        codes, state = partials.codes_step(late[:, latent * UNIT : latent * UNIT + 1_440 + 2 * UNIT], state)
        parts.append(codes)
    whole = partials.codes(seen)
    assert (whole[..., 12:] > 0.5).any()
    assert (torch.cat(parts, dim=1)[:, 1:] - whole[:, :-1]).abs().max() < 1e-5


def test_codes_tell_the_frequency_between_lines() -> None:
    partials = Partials(BANDS)
    for hertz in (131.0, 1_003.3, 7_777.0):
        codes = partials.codes(torch.nn.functional.pad(sine(hertz, 12), (1_440, 0))[None])[:, 3:-3]
        frequency, share = partials.decoded(codes)
        at = int(share[0, 0].argmax())
        assert float(share[..., at].min()) > 0.9
        assert float((frequency[..., at].exp() / hertz).log2().abs().max()) * 1_200 < 4


def bank_sound(frequencies: Tensor, chunks: list[int] | None = None) -> Tensor:
    """Return the sound (1, N) of one partial at frequencies (n,) in Hz, 0 for none."""
    bank, wave = PartialBank(), []
    wanted = torch.where(frequencies > 0, frequencies.clamp(min=1.0).double().log(), 0.0)[None, :, None]
    amplitudes = (frequencies > 0).float().repeat_interleave(4)[None, None, :, None] * 0.1
    state, at = bank.initial_state(1, 1, 1, torch.zeros(1)), 0
    for length in chunks or [len(frequencies)]:
        there = slice(at, at + length)
        part, state = bank.step(wanted[:, there], amplitudes[:, :, 4 * at : 4 * (at + length)], state)
        wave.append(part[0])
        at += length
    return torch.cat(wave, dim=-1)


def instantaneous_cents(wave: Tensor, hertz: float) -> Tensor:
    """Return how far the frequency of a sinusoid is from another one, sample by sample, the ends left out."""
    spread = torch.fft.fft(wave)
    spread[len(wave) // 2 :] = 0
    analytic = torch.fft.ifft(2 * spread)
    turns = torch.angle(analytic[1:] * analytic[:-1].conj()) / (2 * math.pi)
    smooth = torch.nn.functional.avg_pool1d(turns[None, None], 480, 48)[0, 0] * RATE
    return (1_200 * torch.log2(smooth / hertz))[60:-60]


def test_a_frequency_is_held_against_a_wobble_and_follows_a_glide() -> None:
    hertz = 1_000.0
    wobble = hertz * 2.0 ** (torch.tensor([0.0, *([25.0, -25.0] * 20)]) / 1_200)
    assert instantaneous_cents(bank_sound(wobble)[0], hertz).abs().max() < 5
    glide = hertz * 2.0 ** (torch.arange(41) * 40.0 / 1_200)
    found = instantaneous_cents(bank_sound(glide)[0], hertz)
    middle = torch.linspace(0, 1_600, len(found) + 120)[60:-60]
    assert (found - middle).abs().max() < 80
    assert found.diff().min() > -0.5


def test_no_change_of_a_partial_makes_a_click() -> None:
    wave = bank_sound(torch.tensor([800.0] * 6 + [860.0] * 6 + [0.0] * 3 + [950.0] * 6))[0]
    # A sinusoid of 1 kHz and a tenth has no larger second difference than this.
    assert wave.diff().diff().abs().max() < 0.1 * (2 * math.pi * 1_000 / RATE) ** 2
    assert wave[13 * UNIT : 14 * UNIT].abs().max() == 0.0


def test_partials_that_take_each_others_place_are_as_loud_as_one_that_stays() -> None:
    generator = torch.Generator().manual_seed(0)
    jumping = 1_000.0 * 2.0 ** torch.rand(200, generator=generator)
    stays = bank_sound(torch.full((200,), 1_000.0))[0]
    # Without the gains it is 0.8 dB softer.
    assert abs(level_db(bank_sound(jumping)[0], stays)) < 0.25
    # There for half of the time, it has half of the power.
    now_and_then = torch.where(torch.arange(200) % 4 < 2, jumping, 0.0)
    assert level_db(bank_sound(now_and_then)[0], stays) == pytest.approx(-3.0, abs=0.15)


@settings(max_examples=15, deadline=None)
@given(chunks=st.lists(st.integers(1, 6), min_size=1, max_size=6))
def test_any_chunking_of_the_bank_equals_one_pass(chunks: list[int]) -> None:
    generator = torch.Generator().manual_seed(sum(chunks))
    frequencies = torch.where(
        torch.rand(sum(chunks), generator=generator) < 0.8,
        300.0 * 2.0 ** torch.randn(sum(chunks), generator=generator).mul(0.1),
        0.0,
    )
    whole = bank_sound(frequencies)
    assert torch.equal(bank_sound(frequencies, chunks), whole)


def test_a_spec_says_how_many_partials_there_may_be(codec: XsFoaVae) -> None:
    for wrong, said in (
        ({"partial_bands": -1}, "partial_bands"),
        ({"partial_bands": 1.0}, "partial_bands"),
        ({"partial_bands": 60}, "none left to learn"),
        ({"field_codes": 1}, "there or not"),
    ):
        with pytest.raises(ValueError, match=said):
            replace(codec.spec, **wrong)
