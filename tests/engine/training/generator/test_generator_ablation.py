"""The generator's ablation: every variant trains, and the figures say what a condition is worth."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.contract.errors import InvalidInputError
from engine.model.codec.xs import XsFoaVae
from engine.model.generator.generator import Generator
from engine.model.specs import TINY, TINY_CODEC
from engine.model.weights.checkpoint import LoadedModel, load_model, save_generator
from engine.training.generator import ablation as generator_ablation
from engine.training.generator.ablation import (
    VARIANTS,
    AblationOptions,
    GeneratorVariant,
    directions_of,
    figures_of,
    fitted,
    give_film_encoder,
    keep,
    stored_figures,
    table,
)
from engine.training.generator.data import FeaturePool
from engine.training.generator.history_corruption import HistoryCorruption
from tests.engine.training.generator.tiny_features import write_features


def loaded() -> LoadedModel:
    torch.manual_seed(5)
    return LoadedModel(XsFoaVae(TINY_CODEC).eval(), Generator(TINY).eval(), "")


@pytest.fixture
def pool(tmp_path: Path) -> FeaturePool:
    write_features(tmp_path / "features")
    return FeaturePool(tmp_path / "features")


@pytest.mark.timeout(400)  # it trains twice; on a processor without bfloat16 units that takes minutes
def test_direction_is_worth_something_where_latents_follow_it(
    pool: FeaturePool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generator_ablation, "_MEASURED_MONTAGES", 8)
    # The first three codes are the direction, as in a codec with direction codes; nothing else tells scenes apart.
    pool.latents[..., :3] = 3.0 * pool.path.repeat_interleave(4, dim=1)
    pool.text.zero_()
    pool.film.fill_(-1)
    options = AblationOptions(rate=4e-3, steps=120, batch=8)
    shipped = loaded()
    model, step_s = fitted(GeneratorVariant("tiny", TINY), 0, options, pool, shipped)
    figures = figures_of(model, pool, shipped, step_s)
    assert figures["loss_without_history"] >= figures["loss"] - 0.05
    assert figures["direction"] > 0.02
    assert abs(figures["words"]) < 0.5 * figures["direction"]
    size = sum(p.numel() for p in Generator(TINY).parameters())
    assert figures["parameters_m"] == pytest.approx(size / 1e6, abs=1e-4)
    keep(model, shipped, tmp_path / "tiny")
    kept = load_model(tmp_path / "tiny").generator
    assert kept is not None
    for key, value in model.state_dict().items():
        assert torch.allclose(kept.state_dict()[key], value, atol=0.02 * float(value.abs().max())), key


def test_without_the_history_encoder_the_plan_does_not_know_the_past(pool: FeaturePool) -> None:
    model = Generator(replace(TINY, history_layers=0)).eval()
    patches, conditions = pool.draw(2, torch.Generator().manual_seed(0), generator_ablation._ALL_GIVEN, 6)
    assert torch.allclose(model.plan(patches, conditions), model.plan(-patches, conditions))


def test_the_variants_differ_in_what_they_say() -> None:
    by_name = {variant.name: variant for variant in VARIANTS}
    assert by_name["without SVAC"].spec.svac_channels == 0
    assert by_name["without history encoder"].spec.history_layers == 0
    assert by_name["unspoilt past"].corruption == HistoryCorruption(absent=0.0, foreign=0.0)
    assert by_name["width 384"].spec.dim > by_name["XS"].spec.dim > by_name["width 128"].spec.dim


def test_directions_are_those_of_the_decoded_field() -> None:
    noise = torch.randn(48_000, generator=torch.Generator().manual_seed(0))

    class PlainCodec:
        """Decodes the first latent's three codes as where a noise comes from, x, y, z."""

        def agreed(self, latents: torch.Tensor) -> torch.Tensor:
            return latents

        def decode(self, latents: torch.Tensor) -> torch.Tensor:
            x, y, z = latents[0, 0, :3]
            return (torch.stack([torch.ones(()), y, z, x])[:, None] * noise)[None]

    asked = torch.tensor([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.6, 0.0, 0.8]])
    found = directions_of(PlainCodec(), asked[:, None, None].expand(-1, 2, 4, -1))
    assert np.allclose(found, asked.numpy(), atol=1e-3)


def test_a_checkpoint_without_a_films_encoder_is_told() -> None:
    with pytest.raises(InvalidInputError, match="film encoder"):
        give_film_encoder(Generator(TINY), Generator(replace(TINY, svac_channels=0)))


def test_the_table_says_means_and_ranges() -> None:
    figures = dict.fromkeys(generator_ablation._COLUMNS, 1.0)
    text = table({"XS": [figures, dict.fromkeys(generator_ablation._COLUMNS, 2.0)], "none": []})
    assert "| XS | 2 | 1.500 (1.000-2.000)" in text
    assert "none" not in text


def test_figures_of_an_earlier_run_have_their_current_names(tmp_path: Path) -> None:
    (tmp_path / "XS.json").write_text('{"loss": 0.5, "loss_blind": 0.7}')
    assert stored_figures(tmp_path / "XS.json") == {"loss": 0.5, "loss_without_history": 0.7}


def test_a_variant_begins_with_what_fits_of_a_trained_generator(pool: FeaturePool, tmp_path: Path) -> None:
    torch.manual_seed(3)
    trained = Generator(TINY)
    for parameter in trained.parameters():
        parameter.data.add_(0.05 * torch.randn_like(parameter))
    save_generator(tmp_path / "generator.safetensors", trained)
    options = AblationOptions(rate=0.0, steps=1, batch=2, start=tmp_path)
    shipped, tiny = loaded(), GeneratorVariant("tiny", TINY)
    whole = figures_of(fitted(tiny, 0, options, pool, shipped)[0], pool, shipped, 1.0)
    nothing = figures_of(fitted(tiny, 0, replace(options, start=None), pool, shipped)[0], pool, shipped, 1.0)
    assert nothing["loss"] == pytest.approx(nothing["loss_without_history"], abs=1e-6)  # its last layer is still zero
    assert abs(whole["loss"] - whole["loss_without_history"]) > 1e-4
