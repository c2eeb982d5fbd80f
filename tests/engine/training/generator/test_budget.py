"""The budget counts what a training step does, without doing it."""

from dataclasses import replace

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from engine.model.generator.generator import Generator
from engine.model.specs import TINY
from engine.training.generator.budget import Budget, BudgetOptions, budget, drawn_like, report, step_cost
from engine.training.generator.loss import flow_loss

DEEP = replace(TINY, lm_layers=3, dit_layers=4)
BATCH, PATCHES = 2, 12


@pytest.fixture(scope="module")
def found() -> Budget:
    return budget(DEEP, BATCH, PATCHES)


def really_counted(*, recompute: bool) -> tuple[int, int]:
    """Return the operations of a step that is computed, and the bytes that it keeps."""
    model = Generator(DEEP)
    model.lm.recompute = model.dit.recompute = recompute
    weights = {p.untyped_storage().data_ptr() for p in model.parameters()}
    kept: dict[int, torch.UntypedStorage] = {}

    def keep(value: torch.Tensor) -> torch.Tensor:
        storage = value.untyped_storage()
        if storage.data_ptr() not in weights:
            kept[storage.data_ptr()] = storage
        return value

    with FlopCounterMode(display=False) as counter, torch.autograd.graph.saved_tensors_hooks(keep, lambda v: v):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = flow_loss(model, *drawn_like(DEEP, BATCH, PATCHES), torch.Generator())
        size = sum(storage.nbytes() for storage in kept.values())
        loss.backward()
    return counter.get_total_flops(), size


def test_what_single_layers_add_gives_what_a_real_step_does_and_keeps(found: Budget) -> None:
    flop, kept = really_counted(recompute=False)
    assert found.plain.flop == flop
    assert found.plain.kept_bytes == pytest.approx(kept, rel=0.02)


def test_layers_computed_again_cost_their_forward_pass_once_more_and_keep_less(found: Budget) -> None:
    flop, _ = really_counted(recompute=True)
    assert found.checkpointed.flop == pytest.approx(flop, rel=0.02)
    assert found.checkpointed.flop > found.plain.flop
    assert found.checkpointed.kept_bytes < found.plain.kept_bytes


def test_operations_grow_with_the_batch() -> None:
    assert step_cost(TINY, 3, PATCHES).flop == pytest.approx(3 * step_cost(TINY, 1, PATCHES).flop)


def test_every_part_is_told_and_state_shrinks_with_the_gpus(found: Budget) -> None:
    assert found.parameters == sum(p.numel() for p in Generator(DEEP).parameters())
    assert sum(found.state_bytes().values()) == 8 * found.parameters + 12 * found.learning
    assert sum(found.state_bytes(4).values()) == sum(found.state_bytes().values()) / 4
    said = report(found, BudgetOptions(spec="TINY", batch=2, gpus=2))
    for word in ("conditions", "history", "lm", "dit", "AdamW moments", "checkpointed", "TFLOP per step"):
        assert word in said
