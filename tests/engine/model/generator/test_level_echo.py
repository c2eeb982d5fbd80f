"""Levels that are due are expected from the past alone, streamed as whole, and only if it is asked for."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from engine.model.conditioning.conditions import Conditions
from engine.model.generator.generator import Generator
from engine.model.generator.level_echo import FEATURES, MEMORY, LevelEcho, advanced_echo, features, initial_echo
from engine.model.generator.local_dit import LocalDit
from engine.model.specs import TINY, XS_PARTIALS, XS_RHYTHM
from engine.model.streaming.batching import joined, parted
from engine.model.weights.checkpoint import load_generator, save_generator
from tests.engine.model.generator.test_generator import PATCHES, conditions, latents, part

CODE = 3
ECHOING = replace(TINY, echo_code=CODE)
DUE = slice(2, 6)


def echoing(weight: float = 0.3) -> Generator:
    torch.manual_seed(0)
    model = Generator(ECHOING).eval()
    assert model.echo is not None
    torch.nn.init.normal_(model.echo.token.weight, std=weight)
    torch.nn.init.normal_(model.echo.plan.weight, std=weight)
    return model


def ticking(every: int, count: int, first: int = 5, high: float = 2.0) -> Tensor:
    """Return latents (1, count, D) whose level rises every so many latents, over a floor that wavers."""
    wave = 0.1 * torch.randn(1, count, TINY.latent_dim, generator=torch.Generator().manual_seed(2))
    wave[:, first::every, CODE] += high
    wave[:, first + 1 :: every, CODE] += 0.6 * high
    return wave


def expected(wave: Tensor) -> Tensor:
    """Return the features (T, F) before each patch of latents (1, N, D)."""
    return features(LevelEcho(CODE, 8).levels_before_each(wave.unflatten(1, (-1, 4))))[0]


@pytest.mark.parametrize("every", [7, 12, 20, 25])
def test_the_next_tick_is_expected_in_its_latent(every: int) -> None:
    said = expected(ticking(every, 200))
    assert said.shape == (50, FEATURES)
    late = range((5 + 2 * every + MEMORY // 2) // 4 + 1, 50)
    struck = 0
    for patch in late:
        ticks = [n - 4 * patch for n in range(5, 200, every) if 0 <= n - 4 * patch < 4]
        assert said[patch, 0] > 0.85
        if ticks:
            assert int(said[patch, DUE].argmax()) == ticks[0]
            struck += 1
        else:
            assert said[patch, DUE][1:].max() < 0.5 * said[:, DUE].max()
    assert struck >= 2


def test_what_is_steady_or_silent_expects_nothing() -> None:
    assert expected(torch.zeros(1, 120, TINY.latent_dim)).eq(0).all()
    steady = 0.02 * torch.randn(1, 200, TINY.latent_dim, generator=torch.Generator().manual_seed(3))
    assert expected(steady + 4.0)[30:].abs().max() < 0.1


def test_it_is_the_same_however_loud_the_sound_is() -> None:
    wave = ticking(11, 160)
    assert torch.allclose(expected(wave)[30:], expected(wave + 3.0)[30:], atol=1e-4)


def test_measured_in_any_pieces_it_is_the_same_and_nothing_looks_ahead() -> None:
    wave, echo = ticking(9, 80), LevelEcho(CODE, 8)
    states = echo.levels_before_each(wave.unflatten(1, (-1, 4)))[0]
    state = initial_echo(1, TINY.latent_dim, wave)
    for index, patch in enumerate(wave.split(4, dim=1)):
        assert torch.equal(echo.levels(state.latents)[0], states[index])
        state = advanced_echo(state, patch)
    whole, changed = expected(wave), wave.clone()
    changed[:, 40:, CODE] += torch.arange(40) % 3
    assert torch.equal(expected(changed)[:11], whole[:11])
    assert not torch.equal(expected(changed)[11:], whole[11:])


def test_streamed_plans_equal_the_whole() -> None:
    model, given = echoing(), conditions()
    patches = latents()
    patches.flatten(1, 2)[:, 3::9, CODE] += 5.0
    whole, state = model.plan(patches, given), model.initial_state(1)
    assert not torch.allclose(whole, without_echo(model).plan(patches, given), atol=1e-3)
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
        assert mine.echo is not None
        assert alone.echo is not None
        assert torch.equal(mine.echo.latents, alone.echo.latents)
        assert torch.equal(mine.echo.known, alone.echo.known)


def test_a_plan_without_history_expects_nothing() -> None:
    model, given, patches = echoing(), conditions(), latents()
    patches.flatten(1, 2)[:, 3::9, CODE] += 5.0
    unseen = model.plan(patches, given, torch.zeros(1, PATCHES))
    assert torch.allclose(unseen, without_echo(model).plan(patches, given, torch.zeros(1, PATCHES)), atol=1e-5)
    state = model.initial_state(1)
    for index in range(12):
        plans, lm = model.plan_step(part(given, index, index + 1), state, without_history=True)
        state = model.advanced(patches[:, index], lm, state)
    first, _ = model.plan_step(part(given, 11, 12), model.initial_state(1))
    assert plans.without_history is not None
    assert torch.allclose(plans.without_history, first.conditional, atol=1e-5)


def two(given: Conditions) -> Conditions:
    """Return the first two patches' conditions as those of two streams."""
    rows = [part(given, 0, 1), part(given, 1, 2)]
    return Conditions(**{k: torch.cat([vars(row)[k] for row in rows]) for k in vars(given)})


def without_echo(model: Generator) -> Generator:
    plain = Generator(TINY).eval()
    weights = model.state_dict()
    plain.load_state_dict({k: weights[k] for k in plain.state_dict()})
    return plain


def test_a_plan_does_not_hear_its_own_levels() -> None:
    model, given, patches = echoing(), conditions(), latents()
    changed = patches.clone()
    changed[:, 8:, :, CODE] += 5.0
    before, after = model.plan(patches, given), model.plan(changed, given)
    assert torch.equal(before[:, :9], after[:, :9])
    assert not torch.allclose(before[:, 9:], after[:, 9:])


def test_it_is_off_unless_the_size_has_it_and_begins_without_effect() -> None:
    plain = Generator(TINY)
    assert plain.echo is None
    assert plain.initial_state(1).echo is None
    assert not [name for name in plain.state_dict() if name.startswith("echo") or "spread" in name]
    torch.manual_seed(0)
    begun = Generator(ECHOING).eval()
    patches, given = latents(), conditions()
    assert torch.equal(begun.plan(patches, given), without_echo(begun).plan(patches, given))
    assert replace(XS_RHYTHM, name=XS_PARTIALS.name, echo_code=-1) == XS_PARTIALS


def test_each_latent_hears_the_plan_through_a_matrix_of_its_own() -> None:
    torch.manual_seed(0)
    dit = LocalDit.of(ECHOING)
    assert dit.spread is not None
    torch.nn.init.normal_(dit.velocity.weight, std=0.1)
    h, other = torch.zeros(1, 32), torch.randn(1, 32)
    context, noisy = torch.randn(1, 8, 8), torch.randn(1, 4, 8)
    at = dit.modulations(torch.tensor([0.3]))
    before = dit(h, context, noisy, at)
    with torch.no_grad():
        dit.spread.weight[2 * 32 : 3 * 32] = torch.eye(32)
    assert torch.equal(dit(h, context, noisy, at), before)
    # The layers begin closed (adaLN-Zero), so only what a latent hears itself can change it.
    plain = LocalDit.of(TINY)
    plain.load_state_dict({k: v for k, v in dit.state_dict().items() if k != "spread.weight"})
    change = (dit(other, context, noisy, at) - plain(other, context, noisy, at)).abs().amax((0, 2))
    assert (change > 1e-3).tolist() == [False, False, True, False]


def test_it_is_kept_in_a_file(tmp_path: Path) -> None:
    for weight in (0.0, 0.3):
        model = echoing(weight)
        save_generator(tmp_path / "generator.safetensors", model)
        loaded = load_generator(tmp_path / "generator.safetensors")
        assert loaded.spec.echo_code == CODE
        assert loaded.echo is not None
        assert model.echo is not None
        assert torch.allclose(loaded.echo.plan.weight, model.echo.plan.weight, atol=0.01)


def test_impossible_codes_are_refused() -> None:
    for code in (-2, TINY.latent_dim):
        with pytest.raises(ValueError, match="echo_code"):
            replace(TINY, echo_code=code)
    with pytest.raises(ValueError, match="patches of 4 latents"):
        replace(TINY, echo_code=3, patch_latents=2)
