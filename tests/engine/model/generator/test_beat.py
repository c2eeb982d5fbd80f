"""A past that repeats draws the sampling to what is due; noise, a new stream and other words draw to nothing."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from engine.contract.control import Prompt
from engine.contract.generation import PatchRequest
from engine.model.conditioning.encoders import load_encoders
from engine.model.conditioning.sound_vocabulary import SoundVocabulary
from engine.model.generator.few_step import FewStepSampler
from engine.model.generator.generator import Generator, GeneratorState
from engine.model.generator.guiding import Plans, SamplerSettings
from engine.model.generator.level_echo import MEMORY, Due, EchoState, advanced_echo, due_next, initial_echo
from engine.model.generator.local_dit import LocalDit
from engine.model.specs import TINY, GeneratorSpec
from engine.model.streaming.batching import joined
from engine.model.streaming.streamer import PatchStreamer
from engine.model.weights.checkpoint import load_model
from tests.engine.model.generator.test_level_echo import CODE, ECHOING, ticking

DIRECTED = (0, 1, 2)
FREE = [n for n in range(TINY.latent_dim) if n not in DIRECTED]


def remembered(past: Tensor) -> EchoState:
    return advanced_echo(initial_echo(len(past), past.shape[-1], past), past)


def due_after(past: Tensor) -> Due:
    return due_next(remembered(past), CODE, DIRECTED)


@pytest.mark.parametrize("every", [7, 12, 20, 25, 33])
def test_a_beat_draws_to_the_latents_one_period_ago(every: int) -> None:
    past = ticking(every, 120)
    due = due_after(past)
    assert torch.equal(due.latents, past[:, 120 - every : 124 - every])
    assert due.share[0, 0, FREE].eq(1.0).all()
    assert due.share[0, 0, list(DIRECTED)].eq(0.0).all()


def test_noise_and_steady_sounds_draw_to_nothing() -> None:
    noise = torch.randn(32, 120, TINY.latent_dim, generator=torch.Generator().manual_seed(5))
    steady = 4.0 + 0.02 * noise
    # Hissing levels vary little and independently; one in thirty may look as if it repeated.
    assert (due_after(0.3 * noise).share.amax((1, 2)) > 0.5).float().mean() < 0.1
    assert due_after(steady).share.eq(0.0).all()


def test_a_stream_that_has_just_begun_draws_to_nothing_it_has_not_made() -> None:
    for made in range(4, 29, 4):
        assert due_after(ticking(8, made)).share.eq(0.0).all()
    assert due_after(ticking(8, 60)).share.amax() == 1.0
    late = due_after(ticking(40, 36, first=0))
    assert late.share.eq(0.0).all(), "a period longer than the past is silence before it"


def test_streams_of_any_age_are_drawn_as_they_would_be_alone() -> None:
    old, young = remembered(ticking(9, 120)), remembered(ticking(9, 20))
    both: EchoState = joined([old, young])
    together = due_next(both, CODE, DIRECTED)
    for index, alone in enumerate((old, young)):
        assert torch.equal(together.share[index : index + 1], due_next(alone, CODE, DIRECTED).share)
        assert torch.equal(together.latents[index : index + 1], due_next(alone, CODE, DIRECTED).latents)


def test_words_for_sounds_without_a_beat_draw_to_nothing() -> None:
    model, past = echoing_model(), ticking(12, 120)
    state = replace(model.initial_state(1), echo=remembered(past))
    for steady, drawn in ((1.0, 1.0), (None, 1.0), (0.25, 0.5), (0.0, 0.0)):
        begun = model.for_other_words(state, steady)
        assert begun.echo is not None
        assert begun.echo.known.tolist() == [0], "what was made under other words need not repeat"
        again = advanced_echo(begun.echo, past)
        assert due_next(again, CODE, DIRECTED).share[0, 0, FREE].eq(drawn).all()
        assert (model.due(replace(begun, echo=again), DIRECTED) is None) == (steady == 0.0)


def test_a_sound_that_keeps_a_beat_is_drawn_from_a_lower_likeness_on() -> None:
    g = torch.Generator().manual_seed(2)
    rough = ticking(12, 120) + 1.2 * torch.randn(64, 120, TINY.latent_dim, generator=g)
    state = remembered(rough)

    def share(steady: float) -> Tensor:
        told = replace(state, steady=torch.full_like(state.steady, steady))
        return due_next(told, CODE, DIRECTED).share[:, 0, FREE[0]]

    sure, unknown = share(1.0), share(0.5)
    within = (unknown > 0.0) & (sure < 1.0)
    assert within.any()
    assert torch.allclose(sure[within] - unknown[within], torch.tensor(0.25), atol=1e-5)
    assert (sure >= unknown).all()


def test_memory_keeps_the_newest() -> None:
    state = remembered(ticking(9, 200))
    assert state.latents.shape == (1, MEMORY, TINY.latent_dim)
    assert torch.equal(state.latents, ticking(9, 200)[:, -MEMORY:])
    assert state.known.tolist() == [MEMORY]


def rendered(model: Generator, state: GeneratorState, steps: int, seed: int) -> Tensor:
    settings = replace(SamplerSettings(steps), directed=DIRECTED)
    noise = torch.randn(1, 4, TINY.latent_dim, generator=torch.Generator().manual_seed(seed))
    plan = torch.randn(1, TINY.dim, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        return model.render_step(Plans(plan, plan, plan, plan), state, noise, settings)


def echoing_model(spec: GeneratorSpec = ECHOING) -> Generator:
    torch.manual_seed(0)
    model = Generator(spec).eval()
    torch.nn.init.normal_(model.dit.velocity.weight, std=0.1)
    return model


@pytest.mark.parametrize("spec", [ECHOING, replace(TINY, beat_code=CODE)])
@pytest.mark.parametrize("steps", [2, 5])
def test_what_is_sampled_repeats_a_beat_and_its_direction_is_free(steps: int, spec: GeneratorSpec) -> None:
    model, past = echoing_model(spec), ticking(12, 120)
    state = replace(model.initial_state(1), echo=remembered(past), recent=past[:, -8:])
    made = [rendered(model, state, steps, seed) for seed in (1, 2)]
    for latents in made:
        assert torch.allclose(latents[..., FREE], past[:, 108:112][..., FREE], atol=1e-4)
    assert (made[0] - made[1])[..., list(DIRECTED)].abs().max() > 0.1
    unknown = replace(state, echo=model.initial_state(1).echo)
    assert (rendered(model, unknown, steps, 1) - made[0])[..., FREE].abs().max() > 0.3


@pytest.mark.parametrize("steps", [1, 2])
def test_so_does_a_distilled_sampler(steps: int) -> None:
    torch.manual_seed(0)
    sampler = FewStepSampler(LocalDit.of(replace(ECHOING, distilled_steps=2)).eval())
    past, plan = ticking(12, 120), torch.randn(1, TINY.dim)
    due, noise = due_after(past), torch.randn(1, 4, TINY.latent_dim)
    with torch.inference_mode():
        made = sampler.render(Plans(plan, plan), past[:, -8:], noise, steps, due)
        alone = sampler.render(Plans(plan, plan), past[:, -8:], noise, steps)
    assert torch.allclose(made[..., FREE], past[:, 108:112][..., FREE], atol=1e-4)
    assert (alone - made)[..., FREE].abs().max() > 0.3


def test_other_words_let_go_of_the_beat_and_the_same_words_keep_it(tiny_folder: Path) -> None:
    model = replace(load_model(tiny_folder), generator=Generator(ECHOING).eval())
    streamer = PatchStreamer(model, load_encoders())

    def known_after(prompt: str, index: int) -> list[int]:
        streamer.next_patch(PatchRequest(Prompt(prompt), None, index, np.array([1.0, 0.0, 0.0]), 2))
        (lane,) = streamer._lanes._lanes.values()
        assert lane.state.echo is not None
        return lane.state.echo.known.tolist()

    assert [known_after("a clock ticking", index) for index in range(4)] == [[4], [8], [12], [16]]
    assert known_after("rain", 4) == [4]


def test_words_say_whether_a_beat_is_kept(tiny_folder: Path) -> None:
    encoders = load_encoders()
    names = ("clock ticking", "rain falling")
    sounds = SoundVocabulary(names, encoders.text.encode(list(names)), torch.zeros(2), torch.tensor([1.0, 0.0]))
    model = replace(load_model(tiny_folder), generator=Generator(ECHOING).eval(), sounds=sounds)
    streamer = PatchStreamer(model, encoders)

    def steady_after(prompt: str, index: int) -> float:
        streamer.next_patch(PatchRequest(Prompt(prompt), None, index, np.array([1.0, 0.0, 0.0]), 2))
        (lane,) = streamer._lanes._lanes.values()
        assert lane.state.echo is not None
        return float(lane.state.echo.steady)

    said = ("a clock ticking", "rain falling", "")
    assert [steady_after(text, index) for index, text in enumerate(said)] == pytest.approx([1.0, 0.0, 0.5], abs=0.05)
