"""Training goes down, and a run that was cut off goes on where it was."""

import dataclasses
from pathlib import Path

import torch

from engine.model.codec.analysis import HOP
from engine.model.codec.xs import XsFoaVae
from engine.model.conditioning.conditions import Conditions
from engine.model.generator.generator import Generator
from engine.model.specs import TINY, TINY_CODEC
from engine.model.weights.checkpoint import save_generator
from engine.training.codec.export import audibility
from engine.training.codec.loss import CodecLoss
from engine.training.codec.train import train_step
from engine.training.generator.train import flow_loss, start_from
from engine.training.loop.checkpointing import WeightAverage, load_training, save_training


def make_conditions(batch: int, patches: int) -> Conditions:
    flag = torch.ones(batch, patches)
    return Conditions(
        text=torch.randn(batch, patches, TINY.text_dim),
        has_text=flag,
        video=torch.randn(batch, patches, TINY.video_channels, 8, 16),
        has_video=flag,
        direction=torch.randn(batch, patches, 3),
        has_direction=flag,
    )


def test_the_flow_loss_goes_down() -> None:
    torch.manual_seed(0)
    model = Generator(TINY)
    optimiser = torch.optim.AdamW(model.parameters(), lr=3e-3)
    patches, conditions = torch.randn(4, 1, 1, TINY.latent_dim).expand(-1, 8, 4, -1), make_conditions(4, 8)
    generator = torch.Generator().manual_seed(0)
    losses = []
    for _ in range(60):
        loss = flow_loss(model, patches, conditions, generator)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert sum(losses[-10:]) < 0.8 * sum(losses[:10])


def test_every_parameter_of_the_generator_learns() -> None:
    torch.manual_seed(0)
    model = Generator(TINY)
    for parameter in model.parameters():
        parameter.data.add_(0.02 * torch.randn_like(parameter))
    conditions = make_conditions(4, 8)
    half = torch.tensor([1.0, 0.0, 1.0, 0.0])[:, None].expand(4, 8)
    conditions = Conditions(**(vars(conditions) | {"has_text": half, "has_video": half, "has_direction": half}))
    flow_loss(model, torch.randn(4, 8, 4, TINY.latent_dim), conditions, torch.Generator().manual_seed(0)).backward()
    learning = [(name, p) for name, p in model.named_parameters() if not name.startswith("conditions.svac.")]
    still = [name for name, p in learning if p.grad is None or not p.grad.abs().max() > 0]
    assert still == []


def test_the_codec_loss_goes_down() -> None:
    torch.manual_seed(0)
    model, loss_of = XsFoaVae(TINY_CODEC), CodecLoss()
    optimiser = torch.optim.AdamW(model.parameters(), lr=3e-3)
    w = 0.05 * torch.randn(2, 1, 16 * 4 * HOP + model.delay_samples)
    foa = torch.cat([w, 0.8 * w, 0 * w, 0.6 * w], dim=1)
    losses = []
    for _ in range(30):
        values = train_step(model, loss_of, foa)
        optimiser.zero_grad()
        values.total.backward()
        optimiser.step()
        losses.append(values.total.item())
    assert losses[-1] < 0.7 * losses[0]


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


def test_a_generator_for_another_codec_begins_with_what_fits(tmp_path: Path) -> None:
    torch.manual_seed(0)
    earlier = Generator(TINY)
    save_generator(tmp_path / "generator.safetensors", earlier)
    wider = Generator(dataclasses.replace(TINY, latent_dim=TINY.latent_dim + 4))
    first = wider.dit.embed.weight.clone()
    start_from(wider, tmp_path)
    there, here = earlier.lm.layers[0].cross.state_dict(), wider.lm.layers[0].cross.state_dict()
    for key, value in there.items():
        assert torch.allclose(here[key], value, atol=0.01), key
    assert torch.equal(wider.dit.embed.weight, first)


def test_what_moves_the_level_most_is_heard_most() -> None:
    torch.manual_seed(0)
    codec = XsFoaVae(TINY_CODEC).eval().requires_grad_(False)
    codec.linear_out.weight.zero_()
    codec.linear_out.weight[:, 3] = 0.5
    codec.linear_out.weight[:, 5] = 0.1
    heard = audibility(codec, torch.randn(50, TINY_CODEC.latent_dim), torch.ones(TINY_CODEC.latent_dim))
    learned = heard[TINY_CODEC.direction_codes :]
    assert learned.argsort(descending=True)[:2].tolist() == [0, 2]
    assert (heard[: TINY_CODEC.direction_codes] > 1.0).all()
    assert float(heard[3] / heard[5]) > 4.0
