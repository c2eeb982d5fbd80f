"""What the generator sees of its past in training: noisy, absent or foreign, and nothing else."""

import pytest
import torch

from engine.model.generator.generator import Generator
from engine.model.specs import TINY
from engine.training.generator.history_corruption import HistoryCorruption, corrupted_history
from engine.training.generator.loss import flow_loss
from tests.engine.training.generator.made_conditions import make_conditions

BATCH, PATCHES = 64, 20


def drawn(corruption: HistoryCorruption, has_text: float = 1.0) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    patches = torch.randn(BATCH, PATCHES, 4, TINY.latent_dim, generator=torch.Generator().manual_seed(1))
    words = torch.full((BATCH, PATCHES), has_text)
    return patches, *corrupted_history(patches, words, torch.Generator().manual_seed(2), corruption)


def test_without_corruption_the_past_is_the_past() -> None:
    patches, history, seen = drawn(HistoryCorruption(absent=0.0, foreign=0.0, noise=0.0, drift=0.0))
    assert torch.equal(history, patches)
    assert bool(seen.all())


def test_a_past_that_drifted_is_off_by_the_same_all_along() -> None:
    patches, history, _ = drawn(HistoryCorruption(absent=0.0, foreign=0.0, noise=0.0, drift=0.3))
    off = history - patches
    assert torch.allclose(off, off[:, :1, :1].expand_as(off), atol=1e-5)
    size = off[:, 0, 0].std(dim=1)
    assert float(size.max()) < 0.45
    assert 0.1 < float(size.mean()) < 0.2
    assert float(off[:, 0, 0].mean(0).abs().max()) < 0.1


def test_an_absent_past_lasts_from_the_start_and_comes_back_in_some_montages() -> None:
    _, _, seen = drawn(HistoryCorruption(absent=1.0, foreign=0.0))
    without_history = (seen == 0).sum(1)
    assert int(without_history.min()) >= PATCHES // 4
    assert 0.3 < float((without_history == PATCHES).float().mean()) < 0.7
    assert bool((seen.diff(dim=1) >= 0).all())  # once it is seen it stays


def test_a_foreign_past_is_that_of_another_montage_and_only_where_words_can_choose() -> None:
    corruption = HistoryCorruption(absent=0.0, foreign=1.0, noise=0.0, drift=0.0)
    patches, history, seen = drawn(corruption)
    foreign = (history != patches).any(-1).any(-1)
    assert bool(foreign[:, 0].all())
    assert torch.equal(history[foreign], patches.roll(1, 0)[foreign])
    assert bool(seen.all())
    patches, history, _ = drawn(corruption, has_text=0.0)
    assert torch.equal(history, patches)


@pytest.mark.parametrize("chance", [0.2, 0.6])
def test_corruptions_come_as_often_as_is_said(chance: float) -> None:
    _, _, seen = drawn(HistoryCorruption(absent=chance, foreign=0.0))
    assert float((seen[:, 0] == 0).float().mean()) == pytest.approx(chance, abs=0.15)


def test_a_plan_without_a_past_does_not_depend_on_it() -> None:
    torch.manual_seed(0)
    model = Generator(TINY).eval()
    conditions = make_conditions(2, 6)
    one, other = torch.randn(2, 2, 6, 4, TINY.latent_dim)
    without_history = torch.zeros(2, 6)
    assert torch.equal(model.plan(one, conditions, without_history), model.plan(other, conditions, without_history))
    assert torch.equal(model.plan(one, conditions, 1 - without_history), model.plan(one, conditions))
    assert not torch.allclose(model.plan(one, conditions), model.plan(other, conditions))


def test_a_patch_without_a_past_is_a_first_patch() -> None:
    torch.manual_seed(0)
    model = Generator(TINY).eval()
    conditions = make_conditions(2, 6)
    past = torch.randn(2, 6, 4, TINY.latent_dim)
    first = model.plan(past, conditions)[:, 0]
    assert torch.allclose(model.plan(past, conditions, torch.zeros(2, 6))[:, 0], first)


def test_the_loss_is_finite_with_every_fault() -> None:
    torch.manual_seed(0)
    loss = flow_loss(Generator(TINY), torch.randn(8, 8, 4, 8), make_conditions(8, 8), torch.Generator().manual_seed(0))
    assert bool(torch.isfinite(loss))
