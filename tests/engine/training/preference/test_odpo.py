"""Online preference optimisation: what is preferred is made more often, and a run goes on where it was."""

import copy
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from engine.contract.conventions import PATCH_SAMPLES
from engine.contract.errors import CheckpointError, InvalidInputError
from engine.evaluation.ranking.features import FEATURES
from engine.evaluation.ranking.model import RankModel, save_rank_model
from engine.evaluation.ranking.rank import Scores
from engine.model.codec.xs import XsFoaVae
from engine.model.conditioning.conditions import Conditions
from engine.model.generator.generator import Generator
from engine.model.generator.guiding import SamplerSettings
from engine.model.specs import TINY, TINY_CODEC
from engine.model.weights.checkpoint import load_generator, load_model, save_codec, save_generator
from engine.training.generator.data import FeaturePool
from engine.training.generator.sampling import patch_of, sample_takes
from engine.training.preference.loss import draw_probe, preference_loss, velocity_errors
from engine.training.preference.rewards import RankReward, mean_scores, requested_stretches
from engine.training.preference.step import OdpoOptions, odpo_step
from engine.training.preference.train import export, main

SAMPLER = SamplerSettings(steps=2)


def make_conditions(batch: int, patches: int) -> Conditions:
    generator = torch.Generator().manual_seed(7)
    flag = torch.ones(batch, patches)
    path = torch.nn.functional.normalize(torch.randn(batch, 1, 3, generator=generator), dim=-1)
    return Conditions(
        text=torch.randn(batch, 1, TINY.text_dim, generator=generator).expand(-1, patches, -1),
        has_text=flag,
        video=torch.zeros(batch, patches, TINY.video_channels, 8, 16),
        has_video=0 * flag,
        direction=path.expand(-1, patches, -1),
        has_direction=flag,
    )


def rough_generator() -> Generator:
    """A generator whose output depends on everything: a fresh one's last layers are zero."""
    torch.manual_seed(0)
    model = Generator(TINY)
    for parameter in model.parameters():
        parameter.data.add_(0.03 * torch.randn_like(parameter))
    return model


def first_code(latents: torch.Tensor, conditions: Conditions) -> list[list[Scores]]:
    """A made-up reward: the first code should be high."""
    return [[Scores(None, None, float(torch.sigmoid(take[..., 0].mean()))) for take in row] for row in latents]


def test_takes_are_what_a_stream_of_each_alone_would_be() -> None:
    model, conditions = rough_generator(), make_conditions(2, 4)
    takes = sample_takes(model, conditions, 3, SAMPLER, torch.Generator().manual_seed(1))
    assert takes.shape == (2, 3, 4, 4, TINY.latent_dim)
    noise = torch.Generator().manual_seed(1)
    second = conditions.each(lambda value: value[1:])
    with torch.no_grad():
        state = model.initial_state(1)
        for index in range(4):
            drawn = torch.randn(6, 4, TINY.latent_dim, generator=noise)[4:5]
            h, lm = model.plan_step(patch_of(second, index), state, without_history=True)
            latents = model.render_step(h, state, drawn, SAMPLER)
            state = model.advanced(latents, lm, state)
            assert torch.allclose(latents[0], takes[1, 1, index], atol=1e-4)
    assert not torch.allclose(takes[0, 0], takes[0, 1], atol=1e-2)


def test_the_loss_is_ln_2_at_the_reference_and_pulls_towards_the_better_take() -> None:
    model = rough_generator()
    reference = copy.deepcopy(model).requires_grad_(False)
    better, worse = torch.randn(2, 3, 6, 4, TINY.latent_dim).unbind()
    conditions = make_conditions(3, 6)
    probe = draw_probe(better, 0.6, torch.Generator().manual_seed(0))
    assert probe.patches.shape == (3, 4)
    start = preference_loss(model, reference, better, worse, conditions, probe, beta=100.0)
    assert float(start.loss.detach()) == pytest.approx(np.log(2.0), abs=1e-5)
    start.loss.backward()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.sub_(1e-3 * parameter.grad if parameter.grad is not None else 0.0)
    after = preference_loss(model, reference, better, worse, conditions, probe, beta=100.0)
    assert float(after.loss.detach()) < float(start.loss.detach()) - 0.01
    assert float(after.preferred.mean()) > 0.0
    swapped = preference_loss(model, reference, worse, better, conditions, probe, beta=100.0)
    assert torch.allclose(swapped.preferred, -after.preferred, atol=1e-6)


def test_errors_are_of_the_kept_patches_alone() -> None:
    model, takes, conditions = rough_generator(), torch.randn(2, 6, 4, TINY.latent_dim), make_conditions(2, 6)
    probe = draw_probe(takes, 0.5, torch.Generator().manual_seed(3))
    with torch.no_grad():
        errors = velocity_errors(model, takes, conditions, probe)
        last = int(probe.patches[0].max())
        later = takes.clone()
        later[0, last + 1 :] += 5.0
        assert torch.allclose(velocity_errors(model, later, conditions, probe), errors, atol=1e-5)
        later[0, last] += 5.0
        assert velocity_errors(model, later, conditions, probe)[0] > errors[0] + 0.1


def test_what_is_rewarded_is_made_more_often() -> None:
    torch.manual_seed(0)
    model = Generator(TINY)
    reference = copy.deepcopy(model).requires_grad_(False)
    optimiser = torch.optim.AdamW(model.parameters(), lr=4e-3, weight_decay=0.0)
    conditions = make_conditions(3, 3)
    options = OdpoOptions(candidates=4, sampler=SAMPLER, beta=20.0, supervised=0.0)

    def made() -> float:
        takes = sample_takes(model, conditions, 8, SAMPLER, torch.Generator().manual_seed(999))
        return float(takes[..., 0].mean())

    before = made()
    lines = []
    for step in range(12):
        generator = torch.Generator().manual_seed(step)
        lines.append(odpo_step(model, reference, optimiser, conditions, first_code, options, generator))
    assert lines[0]["accuracy"] == 0.5
    assert np.mean([line["accuracy"] for line in lines[4:]]) > 0.7
    assert made() > before + 0.1
    assert np.mean([line["reward"] for line in lines[-5:]]) > np.mean([line["reward"] for line in lines[:5]])


def test_one_batch_of_takes_is_learned_from_several_times() -> None:
    """Four updates go farther from the same takes than one, and the line tells of the model before the first."""
    moved, lines = [], []
    for updates in (1, 4):
        torch.manual_seed(0)
        model = Generator(TINY)
        reference = copy.deepcopy(model).requires_grad_(False)
        optimiser = torch.optim.SGD(model.parameters(), lr=1e-2)
        options = OdpoOptions(candidates=4, sampler=SAMPLER, beta=20.0, supervised=0.0, updates=updates)
        generator = torch.Generator().manual_seed(0)
        lines.append(odpo_step(model, reference, optimiser, make_conditions(3, 3), first_code, options, generator))
        before, after = (torch.cat([p.detach().flatten() for p in m.parameters()]) for m in (reference, model))
        moved.append(float((after - before).norm()))
    assert moved[1] > 1.5 * moved[0] > 0.0
    assert lines[0] == lines[1]
    assert lines[0]["accuracy"] == 0.5
    with pytest.raises(InvalidInputError, match="updates"):
        OdpoOptions(candidates=2, sampler=SAMPLER, beta=1.0, supervised=0.0, updates=0)


def test_takes_that_are_all_alike_teach_nothing() -> None:
    model = rough_generator()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-2, weight_decay=0.0)
    options = OdpoOptions(candidates=3, sampler=SAMPLER, beta=20.0, supervised=0.0)

    def same(latents: torch.Tensor, conditions: Conditions) -> list[list[Scores]]:
        return [[Scores(None, None, 0.5)] * latents.shape[1]] * len(latents)

    line = odpo_step(model, model, optimiser, make_conditions(2, 4), same, options, torch.Generator().manual_seed(0))
    assert line["margin"] == 0.0
    assert "loss" not in line
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())
    with pytest.raises(InvalidInputError, match="candidates"):
        OdpoOptions(candidates=1, sampler=SAMPLER, beta=1.0, supervised=0.0)


def test_every_stretch_is_held_against_its_own_words_and_place() -> None:
    conditions = make_conditions(1, 24)
    text = conditions.text.clone()
    text[:, 10:] += 1.0
    text[:, 22:] += 1.0
    values = vars(conditions) | {"text": text}
    stretches = requested_stretches(Conditions(**values), 0)
    assert [(s.first, s.stop) for s in stretches] == [(0, 10), (10, 22)]
    assert np.allclose(stretches[1].request.text, text[0, 10])
    assert stretches[1].request.path.shape == (12, 3)
    none = values | {"has_direction": torch.zeros(1, 24), "has_text": torch.zeros(1, 24)}
    assert all(s.request.path is None and s.request.text is None for s in requested_stretches(Conditions(**none), 0))
    film = none | {"has_video": torch.ones(1, 24)}
    assert all(s.request.path is not None for s in requested_stretches(Conditions(**film), 0))
    around = film | {"direction": torch.zeros(1, 24, 3)}
    assert all(s.request.path is None for s in requested_stretches(Conditions(**around), 0))


def test_stretches_count_by_their_length() -> None:
    mixed = mean_scores([Scores(1.0, None, 0.0), Scores(0.0, 0.5, 1.0)], [3, 1])
    assert (mixed.spatial, mixed.semantic, mixed.fidelity) == (0.75, 0.5, 0.25)


def plain_rank_model() -> RankModel:
    rng = np.random.default_rng(0)
    return RankModel(
        np.zeros(FEATURES), np.ones(FEATURES), rng.standard_normal((9, FEATURES)), rng.standard_normal((9, 4)),
        np.zeros(TINY.text_dim), rng.standard_normal((TINY.text_dim, 4)), np.eye(4),
        rng.standard_normal((FEATURES, 8)), np.array([1.0, 2.0]),
    )  # fmt: skip


def test_rewards_are_of_what_is_heard() -> None:
    torch.manual_seed(0)
    codec = XsFoaVae(TINY_CODEC).eval().requires_grad_(False)
    t = np.arange(8 * PATCH_SAMPLES) / 48_000
    noise = 0.1 * np.random.default_rng(0).standard_normal(t.size)

    class PlainCodec:
        """Decodes the first two codes as Y and X of a noise."""

        delay_samples = codec.delay_samples

        def agreed(self, latents: torch.Tensor) -> torch.Tensor:
            return latents

        def decode(self, latents: torch.Tensor) -> torch.Tensor:
            y, x = (latents[:, 0, index, None] * torch.from_numpy(noise) for index in (0, 1))
            w = torch.from_numpy(noise).expand_as(y)
            return torch.stack([w, y, 0 * w, x], dim=1)

    conditions = make_conditions(1, 8)
    front = vars(conditions) | {"direction": torch.tensor([1.0, 0.0, 0.0]).expand(1, 8, 3)}
    latents = torch.zeros(1, 2, 8, 4, TINY.latent_dim)
    latents[0, 0, :, :, 0] = 1.0
    latents[0, 1, :, :, 1] = 1.0
    left, ahead = RankReward(PlainCodec(), plain_rank_model())(latents, Conditions(**front))[0]
    assert left.spatial == pytest.approx(0.5, abs=0.05)
    assert ahead.spatial > 0.95
    assert left.semantic == pytest.approx(ahead.semantic, abs=1e-6)


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """A start checkpoint, a scorer and features, all tiny."""
    torch.manual_seed(0)
    scenes, patches = 3, 30
    tensors = {
        "latents": torch.randn(scenes, 4 * patches, TINY.latent_dim),
        "path": torch.nn.functional.normalize(torch.randn(scenes, 1, 3), dim=-1).expand(-1, patches, -1),
        "placed": torch.ones(scenes, patches),
        "change": torch.full((scenes,), patches),
        "film": torch.zeros(scenes, dtype=torch.long),
        "roll": torch.zeros(scenes, dtype=torch.long),
        "active": torch.ones(scenes),
        "text": torch.randn(scenes * 6, TINY.text_dim),
        "films": torch.zeros(1, 20, TINY.video_channels, 8, 16),
    }
    (tmp_path / "features").mkdir()
    save_file({k: v.contiguous() for k, v in tensors.items()}, tmp_path / "features" / "block-000.safetensors")
    assert FeaturePool(tmp_path / "features").patches == patches - 1
    save_codec(tmp_path / "start" / "codec.safetensors", XsFoaVae(TINY_CODEC))
    save_generator(tmp_path / "start" / "generator.safetensors", rough_generator())
    save_rank_model(tmp_path / "rank" / "rank.safetensors", plain_rank_model())
    return tmp_path


def test_a_run_goes_on_where_it_was_and_is_exported(runs: Path) -> None:
    common = ["--runs", str(runs), "--start", str(runs / "start"), "--inputs", "1", "--candidates", "2", "--patches"]
    common += ["7", "--steps", "1", "--rate", "1e-3", "--supervised-batch", "1"]
    with pytest.raises(CheckpointError, match="train odpo"):
        export(runs, runs / "start", runs / "out")
    main([*common, "--total-steps", "1"])
    main([*common, "--total-steps", "2"])
    log = (runs / "odpo-TINY" / "log.jsonl").read_text().splitlines()
    assert [f'"step": {n}' in line for n, line in zip((1, 2), log, strict=True)] == [True, True]
    main([*common, "--export", str(runs / "out")])
    moved = load_generator(runs / "out" / "generator.safetensors").state_dict()
    first = load_generator(runs / "start" / "generator.safetensors").state_dict()
    assert any(not torch.equal(value, first[key]) for key, value in moved.items())
    assert load_model(runs / "out").generator.spec == TINY
    save_generator(runs / "start" / "generator.safetensors", Generator(TINY))
    with pytest.raises(CheckpointError, match="other weights"):
        main([*common, "--total-steps", "3"])
