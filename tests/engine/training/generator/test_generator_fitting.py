"""The generator learns: its loss goes down, every part of it moves, and it begins with what fits."""

import dataclasses
from pathlib import Path

import pytest
import torch

from engine.contract.errors import InvalidInputError
from engine.model.conditioning.conditions import Conditions
from engine.model.generator.generator import Generator
from engine.model.specs import TINY
from engine.model.weights.checkpoint import save_generator
from engine.training.generator.loss import code_weights, flow_loss
from engine.training.generator.start import start_from
from engine.training.generator.train import GeneratorOptions, parse_options, rate_groups
from engine.training.loop.rate import CosineRate
from tests.engine.training.generator.made_conditions import make_conditions


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


def test_partials_count_less_and_the_field_as_much_as_the_rest() -> None:
    weights = code_weights(119, 0.35)
    assert float(weights.mean()) == pytest.approx(1.0)
    assert torch.allclose(weights[64:112] / weights[0], torch.tensor(0.35))
    assert torch.equal(weights[112:], weights[:7])
    assert float(weights[0]) > 1.0


def test_the_weight_of_added_codes_is_for_the_codec_of_xs() -> None:
    with pytest.raises(InvalidInputError, match="size L"):
        GeneratorOptions(spec="L", added_weight=0.35)
    assert GeneratorOptions(spec="XS-rhythm", added_weight=0.35).added_weight == 0.35


def test_layers_between_the_latents_learn_at_their_share_of_the_rate() -> None:
    model = Generator(TINY)
    optimiser = torch.optim.AdamW(rate_groups(model, 0.25), lr=1e-3)
    CosineRate(1e-3, total=1000, warmup=1).apply(optimiser, 0)
    rates = {id(p): group["lr"] for group in optimiser.param_groups for p in group["params"]}
    assert {id(p) for p in model.parameters()} == set(rates)
    assert rates[id(model.dit.velocity.weight)] == pytest.approx(1e-3)
    assert rates[id(model.history.embed.bias)] == pytest.approx(1e-3)
    assert rates[id(next(model.lm.parameters()))] == pytest.approx(0.25e-3)
    with pytest.raises(InvalidInputError, match="--inner-share"):
        parse_options(["--inner-share", "0"])


@pytest.mark.parametrize("option", ["--text-dropout", "--video-dropout"])
def test_a_chance_to_leave_something_out_lies_between_0_and_1(option: str) -> None:
    with pytest.raises(InvalidInputError, match=option):
        parse_options([option, "1.5"])
    assert "0.2" in str(parse_options([option, "0.2"]))
