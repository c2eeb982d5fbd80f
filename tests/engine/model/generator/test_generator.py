"""The generator: streamed equals whole, nothing looks ahead, memory is constant, guidance does what it says."""

import dataclasses
import itertools

import pytest
import torch
from torch import Tensor

from engine.contract.guidance import Guidance
from engine.model.conditioning.conditions import Conditions
from engine.model.generator.attention import SelfAttention
from engine.model.generator.flow_matching import cosine_grid, flow_path, interpolate
from engine.model.generator.generator import Generator
from engine.model.generator.guiding import (
    Branches,
    Placing,
    Plans,
    SamplerSettings,
    Velocity,
    branch_weights,
    by_branches,
)
from engine.model.generator.rope import Rotation
from engine.model.specs import PRESETS, TINY, GeneratorSpec
from engine.model.streaming.batching import joined, parted
from tests.rough_generator import rough_generator

PATCHES = 17


def guided_velocity(
    velocity: Velocity,
    plans: Plans,
    context: Tensor,
    noisy: Tensor,
    t: Tensor,
    settings: SamplerSettings,
    placing: Placing | None = None,
) -> Tensor:
    return by_branches(velocity)(Branches.of(plans, context, settings, noisy.shape[-1], placing), noisy, t)


@pytest.fixture(scope="module")
def model() -> Generator:
    return rough_generator(0.05)


def conditions(patches: int = PATCHES, seed: int = 0) -> Conditions:
    g = torch.Generator().manual_seed(seed)
    flag = (torch.rand(1, patches, generator=g) > 0.3).float()
    return Conditions(
        text=torch.randn(1, patches, TINY.text_dim, generator=g),
        has_text=flag,
        video=torch.randn(1, patches, TINY.video_channels, 8, 16, generator=g),
        has_video=flag.flip(1),
        direction=torch.randn(1, patches, 3, generator=g),
        has_direction=flag,
    )


def part(whole: Conditions, start: int, stop: int) -> Conditions:
    return whole.each(lambda value: value[:, start:stop])


def latents(seed: int = 1) -> Tensor:
    return torch.randn(1, PATCHES, 4, TINY.latent_dim, generator=torch.Generator().manual_seed(seed))


def test_streamed_plan_equals_the_whole_beyond_the_window(model: Generator) -> None:
    assert PATCHES > 2 * TINY.window
    patches, given = latents(), conditions()
    whole = model.plan(patches, given)
    # Where there are words they are left out of the second plan, and where there are none, the film is.
    worded = given.has_text > 0
    without = dataclasses.replace(given, has_text=0 * given.has_text, has_video=given.has_video * worded)
    unconditional = model.plan(patches, without)
    assert not torch.allclose(unconditional, whole)
    state = model.initial_state(1)
    for index in range(PATCHES):
        plans, lm = model.plan_step(part(given, index, index + 1), state)
        assert (plans.conditional - whole[:, index]).abs().max() < 1e-4
        assert (plans.unconditional - unconditional[:, index]).abs().max() < 1e-4
        state = model.advanced(patches[:, index], lm, state)


def test_streams_of_any_age_advance_together_as_they_would_alone(model: Generator) -> None:
    patches, given = latents(), conditions()
    states = [model.initial_state(1)]
    for index in range(PATCHES):
        _, lm = model.plan_step(part(given, index, index + 1), states[-1])
        states.append(model.advanced(patches[:, index], lm, states[-1]))
    for ages in ((0, 3), (2, PATCHES, 7), (0, PATCHES - 1)):
        rows = [part(given, min(age, PATCHES - 1), min(age, PATCHES - 1) + 1) for age in ages]
        alone = [model.plan_step(row, states[age], without_history=True) for row, age in zip(rows, ages, strict=True)]
        every = Conditions(**{k: torch.cat([vars(row)[k] for row in rows]) for k in vars(given)})
        together, lm = model.plan_step(every, joined([states[age] for age in ages]), without_history=True)
        for index, (plans, own) in enumerate(alone):
            for name in ("conditional", "unconditional", "without_history", "without_history_unconditional"):
                assert torch.allclose(getattr(together, name)[index], getattr(plans, name)[0], atol=1e-5)
            mine = parted(lm, len(ages))[index]
            assert torch.equal(mine.position, own.position)
            assert torch.allclose(mine.rings, own.rings, atol=1e-5)


@pytest.mark.parametrize("name", ["text", "video", "direction", "has_text", "has_video", "has_direction"])
def test_plan_does_not_see_later_conditions(model: Generator, name: str) -> None:
    patches, given = latents(), conditions()
    value = getattr(given, name).clone()
    value[:, 8:] = 1.0 - value[:, 8:]
    changed = dataclasses.replace(given, **{name: value})
    before, after = model.plan(patches, given), model.plan(patches, changed)
    assert torch.equal(before[:, :8], after[:, :8])
    assert not torch.allclose(before[:, 8:], after[:, 8:])


def test_plan_does_not_see_its_own_or_later_latents(model: Generator) -> None:
    patches, given = latents(), conditions()
    changed = patches.clone()
    changed[:, 8:] += 1.0
    before, after = model.plan(patches, given), model.plan(changed, given)
    assert torch.equal(before[:, :9], after[:, :9])
    assert not torch.allclose(before[:, 9:], after[:, 9:])


def test_memory_is_constant_in_length(model: Generator) -> None:
    state = model.initial_state(1)
    sizes = set()
    for index in range(3 * TINY.window):
        _, lm = model.plan_step(part(conditions(1), 0, 1), state)
        state = model.advanced(torch.zeros(1, 4, TINY.latent_dim), lm, state)
        if index >= TINY.window:
            sizes.add((state.recent.numel(), lm.rings.numel()))
    assert len(sizes) == 1


def test_small_attention_equals_the_library_kernel() -> None:
    torch.manual_seed(0)
    layer = SelfAttention(32, 4, 2).eval()
    x, rotation = torch.randn(3, 13, 32), Rotation.at(torch.arange(13), 8)
    everything = torch.ones(13, 13, dtype=torch.bool)
    assert torch.allclose(layer(x, rotation), layer.causal(x, rotation, everything), atol=1e-5)


def test_plans_afresh_are_those_of_a_first_patch(model: Generator) -> None:
    patches, given = latents(), conditions()
    state = model.initial_state(1)
    first, _ = model.plan_step(part(given, 0, 1), state, without_history=True)
    assert torch.allclose(first.without_history, first.conditional, atol=1e-5)
    assert torch.allclose(first.without_history_unconditional, first.unconditional, atol=1e-5)
    for index in range(3):
        _, lm = model.plan_step(part(given, index, index + 1), state)
        state = model.advanced(patches[:, index], lm, state)
    plans, _ = model.plan_step(part(given, 3, 4), state, without_history=True)
    begun_there, _ = model.plan_step(part(given, 3, 4), model.initial_state(1))
    assert torch.allclose(plans.without_history, begun_there.conditional, atol=1e-5)
    assert torch.allclose(plans.without_history_unconditional, begun_there.unconditional, atol=1e-5)
    assert not torch.allclose(plans.without_history, plans.conditional)
    assert torch.equal(plans.side_by_side, torch.cat([plans.conditional, plans.unconditional], dim=1))
    with pytest.raises(ValueError, match="does not know"):
        _ = Plans(plans.conditional).side_by_side


def test_guidance_mixes_its_branches() -> None:
    def velocity(h: Tensor, context: Tensor, noisy: Tensor, t: Tensor) -> Tensor:
        return noisy * 0 + 1.0 + 10.0 * h.sum(-1)[:, None, None] + 100.0 * context.sum((1, 2))[:, None, None]

    h, context = torch.full((1, 2), 0.5), torch.full((1, 8, 3), 1 / 24)
    noisy, t = torch.zeros(1, 4, 3), torch.zeros(1)
    plans = Plans(h, 0.4 * h, 0.7 * h, 0.2 * h)

    def guided(
        prompt: float, direction: float, context_weight: float, plan: float, without_history: float = 0.0
    ) -> list[float]:
        settings = SamplerSettings(
            1, Guidance(prompt, without_history, direction, context_weight, plan, 1.0), directed=(1,), unguided=(2,)
        )
        return guided_velocity(velocity, plans, context, noisy, t, settings).mean((0, 1)).tolist()

    # The paper's: free, plan and context; the level as it is.
    assert guided(0.0, 0.0, 1.4, 3.0) == pytest.approx([171.0, 171.0, 111.0], rel=1e-5)
    # The words say 6 of 10 of the plan; the direction is in all of it; the context is no one's wish.
    assert guided(3.0, 0.0, 1.0, 1.0) == pytest.approx([111.0 + 3 * 6.0, 111.0, 111.0], rel=1e-5)
    assert guided(0.0, 2.0, 1.0, 1.0) == pytest.approx([111.0, 111.0 + 2 * 10.0, 111.0], rel=1e-5)
    assert guided(0.0, 0.0, 1.0, 1.0) == pytest.approx([111.0, 111.0, 111.0], rel=1e-5)
    # Without the history the words say 5 of 7.
    assert guided(0.0, 0.0, 1.0, 1.0, 4.0) == pytest.approx([111.0 + 4 * 5.0, 111.0, 111.0], rel=1e-5)
    with pytest.raises(ValueError, match="plan that was not made"):
        guided_velocity(velocity, Plans(h, h), context, noisy, t, SamplerSettings(1, Guidance(without_history=1.0)))


def test_what_the_words_add_is_not_more_of_the_same() -> None:
    seeded = torch.Generator().manual_seed(3)
    v = torch.randn(4, 8, 6, generator=seeded)  # two streams: with the words, and without
    noisy, t = torch.randn(2, 8, 6, generator=seeded), torch.tensor([0.4])
    h, context = torch.ones(2, 2), torch.ones(2, 8, 6)
    kept, own = [0, 1, 3, 4], [2, 5]

    def guided(parallel: float, rows: slice = slice(None)) -> Tensor:
        def velocity(h: Tensor, context: Tensor, noisy: Tensor, t: Tensor) -> Tensor:
            return torch.cat([v[:2][rows], v[2:][rows]])

        settings = SamplerSettings(1, Guidance(3.0, parallel=parallel), directed=(), unguided=(2, 5))
        plans = Plans(h[rows], 0 * h[rows])
        return guided_velocity(velocity, plans, context[rows], noisy[rows], t, settings)

    with_words, added = v[:2], 3.0 * (v[:2] - v[2:])
    whole, half, none = (guided(share) - with_words for share in (1.0, 0.5, 0.0))
    assert torch.allclose(whole[..., kept], added[..., kept], atol=1e-5)
    estimate = (noisy + 0.6 * with_words)[..., kept]
    for stream in range(2):
        assert abs(float((none[stream][..., kept] * estimate[stream]).sum())) < 1e-3
    assert torch.allclose(half, (whole + none) / 2, atol=1e-5)
    assert (none[..., kept] - whole[..., kept]).abs().max() > 0.1, "there was something to take away"
    for result in (whole, half, none):
        assert torch.equal(result[..., own], torch.zeros(2, 8, 2)), "levels have no guidance"
    assert torch.allclose(guided(0.0, slice(1, 2)), guided(0.0)[1:], atol=1e-6), "streams do not hear each other"


def test_a_direction_that_is_placed_is_not_guided_and_streams_beside_it_are() -> None:
    rows: list[int] = []

    def velocity(h: Tensor, context: Tensor, noisy: Tensor, t: Tensor) -> Tensor:
        rows.append(len(noisy))
        return noisy * 0 + 1.0 + 10.0 * h.sum(-1)[:, None, None] + 100.0 * context.sum((1, 2))[:, None, None]

    h, context = torch.full((2, 2), 0.5), torch.full((2, 8, 3), 1 / 24)
    settings = SamplerSettings(1, Guidance(0.0, 0.0, 2.0), directed=(1,), unguided=(2,))

    def guided(*placed: bool) -> list[list[float]]:
        placing = Placing(placed, lambda estimate: estimate) if placed else None
        made = guided_velocity(velocity, Plans(h), context, torch.zeros(2, 4, 3), torch.zeros(1), settings, placing)
        return made.mean(1).tolist()

    free, set_there = pytest.approx([111.0, 131.0, 111.0]), pytest.approx([111.0, 111.0, 111.0])
    assert guided() == [free, free]
    assert guided(False, False) == [free, free]
    assert guided(True, False) == [set_there, free]
    assert guided(True, True) == [set_there, set_there]
    assert rows == [4, 4, 4, 2], "if all are placed, a branch fewer is evaluated"


def test_only_branches_that_count_are_evaluated() -> None:
    bare = SamplerSettings(guidance=Guidance(prompt=0.0))
    worded = SamplerSettings(guidance=Guidance(prompt=2.0))
    fresh = SamplerSettings(guidance=Guidance(prompt=0.0, without_history=2.0))
    papers = SamplerSettings(guidance=Guidance(prompt=0.0, context=1.4, plan=3.0))
    assert set(branch_weights(bare, 4)) == {"full"}
    assert set(branch_weights(worded, 4)) == {"full", "unconditional"}
    assert set(branch_weights(dataclasses.replace(worded, directed=(0,)), 4)) == {"full", "unconditional", "context"}
    assert set(branch_weights(fresh, 4)) == {"full", "without_history", "without_history_unconditional"}
    assert set(branch_weights(papers, 4)) == {"full", "plan", "free"}


def test_the_steps_keep_the_spread_of_a_bell_curve() -> None:
    """The velocity of a bell curve is known: five steps of Euler leave two thirds of its spread."""
    mean, spread = 1.5, 0.3

    def velocity(h: Tensor, context: Tensor, noisy: Tensor, t: Tensor) -> Tensor:
        slope = (t * spread**2 - (1 - t)) / (t**2 * spread**2 + (1 - t) ** 2)
        return mean + slope * (noisy - t * mean)

    def made(steps: int) -> Tensor:
        noise = torch.randn(4000, 1, 1, generator=torch.Generator().manual_seed(0))
        plans = Plans(torch.zeros(4000, 1), torch.zeros(4000, 1))
        return flow_path(
            by_branches(velocity), plans, torch.zeros(4000, 1, 1), noise, SamplerSettings(steps, Guidance(0.0))
        )[-1]

    euler = torch.randn(4000, 1, 1, generator=torch.Generator().manual_seed(0))
    for now, then in itertools.pairwise(cosine_grid(5, euler.device)):
        euler = euler + (then - now) * velocity(euler, euler, euler, now)
    assert euler.std() < 0.7 * spread
    assert made(5).std() > 0.78 * spread
    assert made(5).mean() == pytest.approx(mean, abs=0.03)
    assert made(30).std() == pytest.approx(spread, rel=0.03)


def test_a_straight_flow_is_followed_exactly() -> None:
    target = torch.randn(2, 4, 3)
    noise = torch.randn(2, 4, 3)

    def velocity(h: Tensor, context: Tensor, noisy: Tensor, t: Tensor) -> Tensor:
        return (target - noise).repeat(2, 1, 1)

    plans = Plans(torch.zeros(2, 5), torch.zeros(2, 5))
    out = flow_path(by_branches(velocity), plans, torch.zeros(2, 8, 3), noise, SamplerSettings(7))[-1]
    assert torch.allclose(out, target, atol=1e-5)
    assert torch.allclose(interpolate(target, noise, torch.ones(2)), target)
    grid = cosine_grid(4, torch.device("cpu"))
    assert grid[0] == 0.0
    assert grid[-1] == 1.0
    assert grid[1] == pytest.approx(0.1464, abs=1e-3)


@pytest.mark.parametrize(("name", "billions"), [("S", 0.43), ("M", 0.62), ("L", 1.09)])
def test_sizes_are_the_papers(name: str, billions: float) -> None:
    with torch.device("meta"):
        generator = Generator(PRESETS[name])
    total = sum(p.numel() for p in generator.parameters())
    assert total == pytest.approx(billions * 1e9, rel=0.05)


def test_xs_is_instantiable_on_meta_and_small() -> None:
    with torch.device("meta"):
        generator = Generator(PRESETS["XS"])
    assert sum(p.numel() for p in generator.parameters()) < 16e6


def test_a_width_that_the_heads_do_not_divide_is_refused() -> None:
    with pytest.raises(ValueError, match="does not divide"):
        GeneratorSpec(
            name="odd", latent_dim=8, dim=30, heads=4, kv_heads=2, lm_layers=1, dit_layers=1, history_layers=1,
            multiplier=2, window=4, text_hidden=8, video_hidden=8,
        )  # fmt: skip


def test_modulations_are_of_the_weights_at_hand_once_the_cache_is_cleared() -> None:
    generator = rough_generator(0.15).eval()
    h, noise = torch.ones(1, TINY.dim), torch.zeros(1, TINY.patch_latents, TINY.latent_dim)
    state = generator.initial_state(1)

    def rendered() -> Tensor:
        with torch.no_grad():
            return generator.render_step(Plans(h, -h), state, noise, SamplerSettings(2))

    before = rendered()
    with torch.no_grad():
        for layer in generator.dit.layers:
            layer.modulation.bias += 1.0
    assert torch.equal(rendered(), before)
    generator.clear_cache()
    assert not torch.allclose(rendered(), before)


def test_the_last_layer_makes_the_noisy_latents_alone_and_as_if_it_made_all() -> None:
    dit = rough_generator(0.15).eval().dit
    g = torch.Generator().manual_seed(0)
    h, context = torch.randn(2, TINY.dim, generator=g), torch.randn(2, 8, TINY.latent_dim, generator=g)
    noisy = torch.randn(2, 4, TINY.latent_dim, generator=g)
    rows: list[tuple[int, int]] = []
    layers = list(dit.layers)
    for layer in layers:
        layer.register_forward_hook(lambda _, given, out: rows.append((given[0].shape[1], out.shape[1])))
    with torch.no_grad():
        modulations = dit.modulations(torch.tensor([0.3]))
        made = dit(h, context, noisy, modulations)
        assert rows == [(13, 13)] * (len(layers) - 1) + [(13, 4)]
        forward = type(layers[-1]).forward
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(type(layers[-1]), "forward", lambda own, x, m, r, last=None: forward(own, x, m, r))
            whole = dit(h, context, noisy, modulations)
    assert torch.allclose(made, whole, atol=1e-5)
