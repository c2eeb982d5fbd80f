"""A solver that was fitted to a bent flow ends nearer to where it leads, in the same number of steps."""

from pathlib import Path

import pytest
import torch

from engine.contract.errors import InvalidInputError
from engine.contract.guidance import Guidance
from engine.model.codec.xs import XsFoaVae
from engine.model.generator.flow_matching import cosine_grid
from engine.model.generator.generator import Generator
from engine.model.generator.guiding import SamplerSettings
from engine.model.specs import TINY_CODEC
from engine.model.weights.checkpoint import load_model, save_codec, save_generator
from engine.training.cli import main as train
from engine.training.generator.data import FeaturePool
from engine.training.generator.solver import fit, least_squares, searched, trajectories_of
from engine.training.generator.student import student_of
from tests.engine.training.generator.tiny_features import write_features
from tests.rough_generator import rough_generator

SETTINGS = SamplerSettings(24, Guidance(3.0, 0.0, 2.0), directed=(0, 1, 2), unguided=(3,))


@pytest.fixture
def bent() -> Generator:
    return rough_generator(0.15)


@pytest.fixture
def pool(tmp_path: Path) -> FeaturePool:
    write_features(tmp_path / "features")
    return FeaturePool(tmp_path / "features")


def test_it_ends_nearer_on_patches_that_it_was_not_fitted_to(bent: Generator, pool: FeaturePool) -> None:
    trajectories, validation = (trajectories_of(bent, pool, SETTINGS, seeds) for seeds in ((1, 2, 3, 4), (5, 6)))
    times = cosine_grid(3, torch.device("cpu")).tolist()
    solver, end = fit(trajectories, times)
    assert torch.allclose(solver.path(trajectories.estimate, trajectories.noise)[-1], end, atol=1e-5)
    made = solver.path(validation.estimate, validation.noise)[-1]
    assert validation.error(made) < 0.7 * validation.error(validation.general_end(3))
    moved, _ = fit(trajectories, searched(trajectories, 3))
    assert trajectories.error(moved.path(trajectories.estimate, trajectories.noise)[-1]) <= trajectories.error(end)


def test_ways_are_where_they_were_solved_and_between_on_a_straight_line(bent: Generator, pool: FeaturePool) -> None:
    trajectories = trajectories_of(bent, pool, SETTINGS, (1,))
    assert torch.equal(trajectories.at(0.0), trajectories.noise)
    assert torch.allclose(trajectories.at(1.0), trajectories.end)
    middle = float(trajectories.times[3] + trajectories.times[4]) / 2
    assert torch.allclose(trajectories.at(middle), (trajectories.points[3] + trajectories.points[4]) / 2, atol=1e-5)
    assert trajectories.error(trajectories.end) == 0.0
    assert trajectories.change_kept(trajectories.end) == pytest.approx(1.0)
    half = trajectories.end.mean(1, keepdim=True) + 0.5 * (trajectories.end - trajectories.end.mean(1, keepdim=True))
    assert trajectories.change_kept(half) == pytest.approx(0.5, abs=1e-4)


def test_least_squares_find_the_weights_of_a_sum_code_by_code() -> None:
    torch.manual_seed(0)
    terms = [torch.randn(50, 4, 3) for _ in range(3)]
    weights = torch.tensor([[1.0, 0.0, -2.0], [0.5, 3.0, 0.0], [-1.0, 1.0, 1.0]])
    wanted = sum(term * w for term, w in zip(terms, weights, strict=True))
    assert torch.allclose(least_squares(terms, wanted), weights, atol=1e-3)


def test_a_run_writes_solvers_and_keeps_those_of_other_numbers(
    tmp_path: Path, bent: Generator, pool: FeaturePool, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "xs"
    save_codec(folder / "codec.safetensors", XsFoaVae(TINY_CODEC))
    save_generator(folder / "generator.safetensors", bent)
    told = ["solver", "--runs", str(tmp_path), "--checkpoint", str(folder), "--montages", "4"]
    told += ["--reference-steps", "8"]
    for steps in ("2", "3"):
        assert train([*told, "--steps", steps]) == 0
    assert "change kept" in capsys.readouterr().out
    generator = load_model(folder).generator
    assert generator is not None
    assert sorted(generator.solvers) == [2, 3]
    bent.dit.role += 0.1
    save_generator(folder / "generator.safetensors", bent)
    assert train([*told, "--steps", "2"]) == 0
    trained = load_model(folder).generator
    assert trained is not None
    assert sorted(trained.solvers) == [2]
    with pytest.raises(InvalidInputError, match="at least two steps"):
        train([*told, "--steps", "1"])
    student = tmp_path / "student"
    save_codec(student / "codec.safetensors", XsFoaVae(TINY_CODEC))
    save_generator(student / "generator.safetensors", student_of(bent))
    with pytest.raises(InvalidInputError, match="before 'train distil'"):
        train([*told, "--checkpoint", str(student)])
