"""A fitted solver renders the patches of its number of steps, beside the generator that it was fitted to."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from engine.contract.errors import CheckpointError
from engine.model.codec.xs import XsFoaVae
from engine.model.generator.flow_matching import cosine_grid
from engine.model.generator.flow_solver import FittedSolver, weighted_sum
from engine.model.generator.generator import Generator
from engine.model.generator.guiding import Plans, SamplerSettings
from engine.model.specs import TINY, TINY_CODEC
from engine.model.weights.checkpoint import load_model, save_codec, save_generator, save_solvers
from tests.rough_generator import rough_generator

STEPS = 2


def general_as_fitted() -> FittedSolver:
    """Return the general solver of two steps, written as weights: its last step goes to the last estimate itself."""
    times = cosine_grid(STEPS, torch.device("cpu"))
    weights = torch.zeros(STEPS, STEPS + 1, TINY.latent_dim)
    weights[0, 0], weights[0, 1], weights[1, 2] = 1 - times[1], times[1], 1.0
    return FittedSolver(times, weights)


def rendered(generator: Generator, steps: int = STEPS) -> Tensor:
    g = torch.Generator().manual_seed(0)
    h, noise = torch.randn(2, TINY.dim, generator=g), torch.randn(2, TINY.patch_latents, TINY.latent_dim, generator=g)
    state = generator.initial_state(2)
    return generator.render_step(Plans(h, -h, 0.5 * h, -2.0 * h), state, noise, SamplerSettings(steps))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    save_codec(tmp_path / "codec.safetensors", XsFoaVae(TINY_CODEC))
    save_generator(tmp_path / "generator.safetensors", rough_generator(0.1, seed=1))
    return tmp_path


def test_weights_that_say_what_the_general_solver_does_make_the_same() -> None:
    generator = rough_generator(0.1, seed=1)
    before = rendered(generator)
    generator.solvers = {STEPS: general_as_fitted()}
    assert torch.allclose(rendered(generator), before, atol=1e-6)


def test_each_number_of_steps_has_its_own_solver_and_each_code_its_own_weights() -> None:
    generator = rough_generator(0.1, seed=1)
    before = {steps: rendered(generator, steps) for steps in (STEPS, 3)}
    solver = general_as_fitted()
    solver.weights[-1, :, 5] *= 2.0
    generator.solvers = {STEPS: solver}
    assert torch.equal(rendered(generator, 3), before[3])
    ratio = rendered(generator) / before[STEPS]
    assert torch.allclose(ratio[..., 5], torch.tensor(2.0), atol=1e-4)
    assert torch.allclose(ratio[..., :5], torch.tensor(1.0), atol=1e-4)


def test_a_sum_takes_the_weights_of_the_terms_that_there_are() -> None:
    weights = torch.tensor([[1.0, 10.0], [2.0, 20.0], [7.0, 7.0]])
    terms = [torch.ones(1, 1, 2), 3.0 * torch.ones(1, 1, 2)]
    assert weighted_sum(terms, weights).flatten().tolist() == [7.0, 70.0]


def test_times_and_weights_that_do_not_belong_together_are_told() -> None:
    weights = torch.zeros(2, 3, 4)
    for times in ([0.0, 0.5], [0.0, 0.7, 0.6], [0.1, 0.5, 1.0], [0.0, 0.5, 0.9], [0.0, float("nan"), 1.0]):
        with pytest.raises(ValueError, match=r"rise from 0 to 1|rows of"):
            FittedSolver(torch.tensor(times), weights)
    with pytest.raises(ValueError, match="rows of 4 weights"):
        FittedSolver(torch.tensor([0.0, 0.3, 0.6, 1.0]), weights)


def test_a_checkpoint_keeps_solvers_beside_their_generator(folder: Path) -> None:
    without = load_model(folder)
    assert not without.generator.solvers
    save_solvers(folder, {STEPS: general_as_fitted()})
    with_solver = load_model(folder)
    assert with_solver.sha256 != without.sha256
    assert torch.equal(with_solver.generator.solvers[STEPS].weights, general_as_fitted().weights)
    save_generator(folder / "generator.safetensors", rough_generator(0.1, seed=2))
    with pytest.raises(CheckpointError, match="another generator"):
        load_model(folder)


def test_solvers_that_do_not_fit_or_are_damaged_are_told(folder: Path) -> None:
    other = general_as_fitted()
    save_solvers(folder, {STEPS: FittedSolver(other.times, other.weights[..., :-1])})
    with pytest.raises(CheckpointError, match="does not fit"):
        load_model(folder)
    save_solvers(folder, {3: other})
    with pytest.raises(CheckpointError, match="does not fit"):
        load_model(folder)
    save_solvers(folder, {STEPS: FittedSolver(other.times, other.weights * float("inf"))})
    with pytest.raises(CheckpointError, match="does not fit"):
        load_model(folder)
    path = folder / "solver.safetensors"
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(CheckpointError, match=r"solver\.safetensors is damaged"):
        load_model(folder)
