"""A student learns where its teacher's guided flow ends, in one step or two, and is streamed like any generator."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from engine.contract.errors import InvalidInputError
from engine.contract.guidance import Guidance
from engine.model.codec.xs import XsFoaVae
from engine.model.generator.flow_matching import few_step_sample
from engine.model.generator.generator import Generator
from engine.model.generator.guiding import Plans, SamplerSettings
from engine.model.specs import TINY, TINY_CODEC
from engine.model.weights.checkpoint import load_generator, load_model, save_codec, save_generator
from engine.training.generator.distil import fit, parse_options
from engine.training.generator.loss import contexts
from engine.training.generator.student import FewStepObjective, solution, student_of
from engine.training.loop.parallel import ProcessGroup
from tests.engine.training.generator.tiny_features import write_features
from tests.rough_generator import rough_generator
from tests.rough_refiner import write_refined

UNGUIDED = 3
STRONG = 10.0
"""Guidance: plan and context change little in a generator that never learned."""
TEACHING = SamplerSettings(8, Guidance(STRONG, 0.0, STRONG), directed=(0, 1, 2), unguided=(UNGUIDED,))


@pytest.fixture
def teacher() -> Generator:
    """A generator whose flow bends: one Euler step of it goes astray."""
    return rough_generator(0.15)


def drawn(count: int, seed: int) -> tuple[Plans, Tensor, Tensor]:
    g = torch.Generator().manual_seed(seed)
    size = TINY.patch_latents
    h = torch.randn(count, TINY.dim, generator=g)
    return (
        Plans(h, -2.0 * h, 0.5 * h, -h),
        torch.randn(count, 2 * size, TINY.latent_dim, generator=g),
        torch.randn(count, size, TINY.latent_dim, generator=g),
    )


def distance(a: Tensor, b: Tensor) -> float:
    return float((a - b).square().mean())


def rendered(generator: Generator, given: tuple[Plans, Tensor, Tensor], settings: SamplerSettings) -> Tensor:
    """Return what `render_step` makes, as the streamer calls it."""
    plans, context, noise = given
    state = generator.initial_state(len(noise))
    with torch.no_grad():
        return generator.render_step(plans, type(state)(context, state.lm), noise, settings)


def test_one_and_two_steps_get_near_the_teachers_guided_solution(teacher: Generator) -> None:
    test = drawn(32, seed=99)
    aim = rendered(teacher, test, TEACHING)
    student = student_of(teacher)
    objective = FewStepObjective(student.dit)
    optimiser = torch.optim.AdamW(student.dit.parameters(), lr=3e-3)
    fresh = distance(rendered(student, test, SamplerSettings(1)), aim)
    for step in range(40):
        plans, context, noise = drawn(16, seed=step)
        optimiser.zero_grad()
        objective(plans.side_by_side, context, solution(teacher, plans, context, noise, TEACHING)).sum().backward()
        optimiser.step()
    student.eval()
    student.clear_cache()
    one, two = (distance(rendered(student, test, SamplerSettings(n)), aim) for n in (1, 2))
    coarse = distance(rendered(teacher, test, replace(TEACHING, steps=1)), aim)
    assert one < 0.3 * min(fresh, coarse)
    assert two < 0.3 * min(fresh, coarse)
    unguided = rendered(teacher, test, SamplerSettings(8, Guidance(0.0, 0.0, 0.0)))
    assert one < distance(unguided, aim)


def test_a_student_takes_one_branch_no_more_steps_than_it_knows_and_no_guidance(teacher: Generator) -> None:
    student = student_of(teacher).eval()
    torch.nn.init.normal_(student.dit.span.weight)
    given = drawn(2, seed=1)
    seen: list[int] = []
    student.dit.register_forward_pre_hook(lambda _, inputs: seen.append(len(inputs[2])))
    two = rendered(student, given, SamplerSettings(2))
    assert seen == [2, 2]
    assert torch.equal(rendered(student, given, SamplerSettings(5, Guidance(3.0, 5.0, 7.0))), two)
    assert not torch.allclose(rendered(student, given, SamplerSettings(1)), two)


def test_steps_of_known_length_follow_their_mean_velocity_exactly() -> None:
    noise, end = torch.randn(2, 4, 3), torch.randn(2, 4, 3)

    def velocity(h: Tensor, context: Tensor, x: Tensor, t: Tensor, span: Tensor) -> Tensor:
        return (end - x) / (1 - t)

    for steps in (1, 2):
        assert torch.allclose(few_step_sample(velocity, noise, noise, noise, steps), end, atol=1e-5)


def test_a_context_is_what_came_before() -> None:
    history = torch.arange(3.0)[None, :, None, None].expand(1, 3, 2, 1) + 1
    assert contexts(history)[0, :, :, 0].tolist() == [[0, 0, 0, 0], [0, 0, 1, 1], [1, 1, 2, 2]]


def test_a_run_makes_a_checkpoint_that_remembers_what_it_is_and_goes_on(tmp_path: Path, teacher: Generator) -> None:
    write_features(tmp_path / "features")
    save_generator(tmp_path / "teacher" / "generator.safetensors", teacher)
    save_codec(tmp_path / "teacher" / "codec.safetensors", XsFoaVae(TINY_CODEC))
    told = ["--runs", str(tmp_path), "--checkpoint", str(tmp_path / "teacher"), "--batch", "2", "--patches", "8"]
    told += ["--total-steps", "3"]
    outs = [tmp_path / "whole", tmp_path / "cut"]
    fit(parse_options([*told, "--out", str(outs[0])]), ProcessGroup())
    (tmp_path / "distil" / "training.safetensors").unlink()
    looks = iter([0.0])

    class Interrupted(ProcessGroup):
        def mean(self, value: float) -> float:
            return next(looks, 1e9)

    fit(parse_options([*told, "--out", str(outs[1])]), Interrupted())
    early = load_generator(outs[1] / "generator.safetensors").state_dict()
    fit(parse_options([*told, "--out", str(outs[1])]), ProcessGroup())
    whole, cut = (load_generator(out / "generator.safetensors") for out in outs)
    assert whole.spec.distilled_steps == 2
    assert whole.dit.span.weight.abs().max() > 0
    for key, value in whole.state_dict().items():
        assert torch.equal(value, cut.state_dict()[key]), key
        if not key.startswith("dit."):
            assert torch.allclose(value, teacher.state_dict()[key].half().float(), atol=1e-2), key
    assert not torch.equal(early["dit.role"], cut.dit.role)
    assert (outs[1] / "codec.safetensors").read_bytes() == (tmp_path / "teacher" / "codec.safetensors").read_bytes()
    assert load_generator(tmp_path / "teacher" / "generator.safetensors").dit.span is None
    with pytest.raises(InvalidInputError, match="distilled already"):
        student_of(whole)
    with pytest.raises(InvalidInputError, match="not even"):
        parse_options([*told, "--out", str(outs[0]), "--teacher-steps", "3"])


def test_a_student_keeps_its_teachers_refiner(tmp_path: Path) -> None:
    write_features(tmp_path / "features")
    write_refined(tmp_path / "teacher")
    told = ["--runs", str(tmp_path), "--checkpoint", str(tmp_path / "teacher"), "--batch", "2", "--patches", "8"]
    fit(parse_options([*told, "--total-steps", "1", "--out", str(tmp_path / "student")]), ProcessGroup())
    student, teacher = (load_model(tmp_path / name) for name in ("student", "teacher"))
    assert student.generator.spec.distilled_steps == 2
    assert student.refiner is not None
    assert teacher.refiner is not None
    assert torch.equal(student.refiner.words.weight, teacher.refiner.words.weight)
