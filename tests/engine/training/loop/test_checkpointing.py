"""A run that was cut off goes on where it was."""

from pathlib import Path

import torch

from engine.model.generator.generator import Generator
from engine.model.specs import TINY
from engine.training.generator.loss import flow_loss
from engine.training.loop.checkpointing import WeightAverage, load_training, save_training
from tests.engine.training.generator.made_conditions import make_conditions


def test_a_cut_off_run_goes_on_where_it_was(tmp_path: Path) -> None:
    def fresh() -> tuple[Generator, WeightAverage, torch.optim.AdamW]:
        torch.manual_seed(0)
        model = Generator(TINY)
        return model, WeightAverage(model), torch.optim.AdamW(model.parameters(), lr=1e-3)

    def go_on(model: Generator, average: WeightAverage, optimiser: torch.optim.AdamW, first: int, last: int) -> None:
        for step in range(first, last):
            generator = torch.Generator().manual_seed(step)
            torch.manual_seed(step)
            patches = torch.randn(2, 6, 4, TINY.latent_dim, generator=generator)
            loss = flow_loss(model, patches, make_conditions(2, 6), generator)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            average.update(model, step)

    whole = fresh()
    go_on(*whole, 0, 6)
    cut = fresh()
    go_on(*cut, 0, 3)
    save_training(tmp_path / "t.safetensors", *cut, step=3)
    again = fresh()
    assert load_training(tmp_path / "t.safetensors", *again) == 3
    go_on(*again, 3, 6)
    for key, value in whole[0].state_dict().items():
        assert torch.allclose(value, again[0].state_dict()[key], atol=1e-6), key
    for key, value in whole[1].values.items():
        assert torch.allclose(value, again[1].values[key], atol=1e-6), key
    assert load_training(tmp_path / "none.safetensors", *fresh()) == 0
