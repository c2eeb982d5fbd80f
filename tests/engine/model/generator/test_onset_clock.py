"""The onset clock is measured from the past alone, streamed as whole, and changes nothing unless it is asked for."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from engine.model.conditioning.conditions import Conditions
from engine.model.generator.generator import Generator
from engine.model.generator.onset_clock import BEFORE, FEATURES, LONGEST, OnsetClock, features
from engine.model.specs import TINY, XS_PARTIALS, XS_RHYTHM
from engine.model.streaming.batching import joined, parted
from engine.model.weights.checkpoint import load_generator, save_generator
from tests.engine.model.generator.test_generator import PATCHES, conditions, latents, part

CODE = 3
CLOCKED = replace(TINY, onset_code=CODE)


def clocked(weight: float = 0.3) -> Generator:
    torch.manual_seed(0)
    model = Generator(CLOCKED).eval()
    assert model.clock is not None
    torch.nn.init.normal_(model.clock.embed.weight, std=weight)
    return model


def ticking(every: int, count: int, first: int = 5, high: float = 2.0) -> Tensor:
    """Return latents (1, count, D) whose level rises every so many latents, over a floor that wavers."""
    wave = 0.1 * torch.randn(1, count, TINY.latent_dim, generator=torch.Generator().manual_seed(2))
    wave[:, first::every, CODE] += high
    wave[:, first + 1 :: every, CODE] += 0.6 * high
    return wave


def measured(wave: Tensor) -> Tensor:
    clock = OnsetClock(CODE, 8)
    return clock.measured(wave, torch.zeros(1, BEFORE, TINY.latent_dim), clock.initial_state(1, wave))[0]


@pytest.mark.parametrize("every", [7, 12, 25])
def test_a_clock_knows_when_it_ticked_and_how_fast(every: int) -> None:
    states = measured(ticking(every, 120))
    assert states[:5].tolist() == [[LONGEST, 0.0]] * 5
    assert states[5].tolist() == [0.0, 0.0]
    assert states[5 + every - 1].tolist() == [every - 1, 0.0]
    for index in range(5 + every, 120):
        assert states[index].tolist() == [(index - 5) % every, every]


def test_what_is_steady_has_no_onsets_and_what_is_long_ago_is_forgotten() -> None:
    assert measured(ticking(7, 300, high=0.3)).eq(torch.tensor([LONGEST, 0.0])).all()
    late = measured(ticking(10_000, LONGEST + 20))
    assert late[-1].tolist() == [LONGEST, 0.0]
    assert features(late[-1]).eq(0).all()


def test_measured_in_any_pieces_it_is_the_same_and_nothing_looks_ahead() -> None:
    wave, clock = ticking(9, 80), OnsetClock(CODE, 8)
    whole = measured(wave)
    for size in (1, 4, 13):
        state, pieces = clock.initial_state(1, wave), []
        padded = torch.cat([torch.zeros(1, BEFORE, TINY.latent_dim), wave], dim=1)
        for begin in range(0, 80, size):
            piece = wave[:, begin : begin + size]
            pieces.append(clock.measured(piece, padded[:, begin : begin + BEFORE], state))
            state = pieces[-1][:, -1]
        assert torch.equal(torch.cat(pieces, dim=1)[0], whole)
    changed = wave.clone()
    changed[:, 40:] += 5.0
    assert torch.equal(measured(changed)[:40], whole[:40])
    assert not torch.equal(measured(changed)[40:], whole[40:])


def test_the_features_say_which_latent_is_due() -> None:
    for away in range(1, 5):
        said = features(torch.tensor([12.0 - away, 12.0]))
        assert said.shape == (FEATURES,)
        assert int(said[-5:-1].argmax()) == away - 1
    assert features(torch.tensor([3.0, 0.0]))[5:].eq(0).all()


def test_streamed_plans_equal_the_whole() -> None:
    model, given = clocked(), conditions()
    patches = latents()
    patches.flatten(1, 2)[:, 3::9, CODE] += 5.0
    whole, state = model.plan(patches, given), model.initial_state(1)
    assert not torch.allclose(whole, without_clock(model).plan(patches, given), atol=1e-3)
    states = [state]
    for index in range(PATCHES):
        plans, lm = model.plan_step(part(given, index, index + 1), state)
        assert (plans.conditional - whole[:, index]).abs().max() < 1e-4
        state = model.advanced(patches[:, index], lm, state)
        states.append(state)
    together = joined([states[2], states[9]])
    _, lm = model.plan_step(two(given), together)
    advanced = model.advanced(patches[:, :2].flatten(0, 1), lm, together)
    for index, mine in enumerate(parted(advanced, 2)):
        alone = model.advanced(patches[:, index], parted(lm, 2)[index], (states[2], states[9])[index])
        assert mine.clock is not None
        assert torch.equal(mine.clock, alone.clock)


def two(given: Conditions) -> Conditions:
    """Return the first two patches' conditions as those of two streams."""
    rows = [part(given, 0, 1), part(given, 1, 2)]
    return Conditions(**{k: torch.cat([vars(row)[k] for row in rows]) for k in vars(given)})


def without_clock(model: Generator) -> Generator:
    plain = Generator(TINY).eval()
    plain.load_state_dict({k: v for k, v in model.state_dict().items() if not k.startswith("clock.")})
    return plain


def test_a_plan_does_not_see_its_own_onset() -> None:
    model, given, patches = clocked(), conditions(), latents()
    changed = patches.clone()
    changed[:, 8:, :, CODE] += 5.0
    before, after = model.plan(patches, given), model.plan(changed, given)
    assert torch.equal(before[:, :9], after[:, :9])
    assert not torch.allclose(before[:, 9:], after[:, 9:])


def test_it_is_off_unless_the_size_has_it_and_begins_without_effect() -> None:
    plain = Generator(TINY)
    assert plain.clock is None
    assert plain.initial_state(1).clock is None
    assert not [name for name in plain.state_dict() if name.startswith("clock")]
    torch.manual_seed(0)
    begun = Generator(CLOCKED).eval()
    patches, given = latents(), conditions()
    assert torch.equal(begun.plan(patches, given), without_clock(begun).plan(patches, given))
    assert replace(XS_RHYTHM, name=XS_PARTIALS.name, onset_code=-1) == XS_PARTIALS


def test_it_is_kept_in_a_file(tmp_path: Path) -> None:
    for weight in (0.0, 0.3):
        model = clocked(weight)
        save_generator(tmp_path / "generator.safetensors", model)
        loaded = load_generator(tmp_path / "generator.safetensors")
        assert loaded.spec.onset_code == CODE
        assert loaded.clock is not None
        assert model.clock is not None
        assert torch.allclose(loaded.clock.embed.weight, model.clock.embed.weight, atol=0.01)


def test_impossible_codes_are_refused() -> None:
    for code in (-2, TINY.latent_dim):
        with pytest.raises(ValueError, match="onset_code"):
            replace(TINY, onset_code=code)
    with pytest.raises(ValueError, match="at least 4 latents"):
        replace(TINY, onset_code=3, patch_latents=2)
