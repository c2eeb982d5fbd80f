"""What the generator is fitted to: montages of stretches whose conditions belong to what sounds."""

import itertools
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from engine.contract.errors import InvalidInputError
from engine.model.specs import TINY, XS, XS_PARTIALS
from engine.training.generator.data import SEQUENCE_PATCHES, SHORTEST_STRETCH, Dropout, FeaturePool
from tests.engine.training.generator.tiny_features import write_features

SCENES, PATCHES = 6, 50
NOTHING_DROPPED = Dropout(text=0.0, video=0.0, direction=0.0, text_noise=0.0)


@pytest.fixture
def pool(tmp_path: Path) -> FeaturePool:
    """Latents are scene + time / 1000, captions scene + 0.1 n (n from 3 on after a change), paths (scene, patch, 0).

    Scene 5 never sounds.
    """
    scene = torch.arange(SCENES).float()
    patch = torch.arange(PATCHES).float()
    latents = scene[:, None, None] + torch.arange(PATCHES * 4)[None, :, None] / 1000.0
    path = torch.stack([scene[:, None].expand(-1, PATCHES), patch.expand(SCENES, -1), torch.zeros(SCENES, PATCHES)], 2)
    tensors = {
        "latents": latents.expand(-1, -1, 3),
        "path": path,
        "placed": torch.ones(SCENES, PATCHES),
        "change": torch.tensor([PATCHES, 20, PATCHES, 20, PATCHES, PATCHES]),
        "film": torch.where(scene < 2, scene, -1.0).long(),
        "roll": torch.zeros(SCENES, dtype=torch.long),
        "active": torch.tensor([1.0, 1.0, 1.0, 1.0, 1.0, -0.1]),
        "text": (scene.repeat_interleave(6) + 0.1 * torch.arange(6).repeat(SCENES))[:, None].expand(-1, 4),
        "films": (scene[:2, None] + 1.0)[..., None, None, None].expand(-1, 32, 2, 8, 16),
    }
    save_file({k: v.contiguous() for k, v in tensors.items()}, tmp_path / "block-000.safetensors")
    return FeaturePool(tmp_path)


def test_every_patch_has_the_conditions_of_its_own_scene(pool: FeaturePool) -> None:
    patches, conditions = pool.draw(16, torch.Generator().manual_seed(0), NOTHING_DROPPED)
    assert patches.shape == (16, SEQUENCE_PATCHES, 4, 3)
    scene = patches[..., 0, 0].floor()
    at = ((patches[..., 0, 0] - scene) * 250).round()
    assert torch.equal(conditions.direction[..., 0], scene)
    assert torch.equal(conditions.direction[..., 1], at)
    assert torch.equal(conditions.text[..., 0].floor(), scene)
    wording = ((conditions.text[..., 0] - scene) * 10).round()
    changed = ((scene == 1) | (scene == 3)) & (at >= 20)
    assert torch.equal(wording >= 3, changed)
    assert changed.any()
    assert torch.equal(conditions.has_video, (scene < 2).float())
    assert torch.equal(conditions.video[:, :, 0, 0, 0], torch.where(scene < 2, scene + 1, torch.zeros(())))
    assert not (scene == 5).any()


def test_stretches_are_long_change_now_and_then_and_leave_out_the_cut_end(pool: FeaturePool) -> None:
    _patches, conditions = pool.draw(64, torch.Generator().manual_seed(1), NOTHING_DROPPED)
    at, scene = conditions.direction[..., 1], conditions.direction[..., 0]
    assert at.max() == PATCHES - 2
    breaks = at.diff(dim=1) != 1
    assert 0.2 < (breaks & (scene.diff(dim=1) != 0)).sum() / breaks.sum() < 0.6
    for row in breaks:
        places = [-1, *row.nonzero()[:, 0].tolist()]
        assert min((b - a for a, b in itertools.pairwise(places)), default=99) >= SHORTEST_STRETCH


def test_modalities_are_dropped_a_sequence(pool: FeaturePool) -> None:
    _, conditions = pool.draw(200, torch.Generator().manual_seed(2), Dropout(text=0.5, video=1.0, direction=0.25))
    assert 0.35 < conditions.has_text[:, 0].mean() < 0.65
    assert torch.equal(conditions.has_text[:, 0], conditions.has_text[:, -1])
    assert conditions.has_video.sum() == 0
    assert conditions.video.abs().sum() == 0
    assert 0.6 < conditions.has_direction[:, 0].mean() < 0.9


def test_words_are_moved_a_sequence_and_no_farther_than_is_said(pool: FeaturePool) -> None:
    exact = pool.draw(40, torch.Generator().manual_seed(3), NOTHING_DROPPED)[1].text
    shift = pool.draw(40, torch.Generator().manual_seed(3), replace(NOTHING_DROPPED, text_noise=0.8))[1].text - exact
    length = shift.norm(dim=-1)
    assert (length - length[:, :1]).abs().max() < 1e-5
    assert 0.6 < length.max() <= 0.8 + 1e-5
    assert length.min() < 0.2


def test_scenes_of_two_folders_are_drawn_and_those_without_films_are_not_seen(tmp_path: Path) -> None:
    """Stage 1 has sounds alone: by itself, and beside scenes with films."""
    scenes, patches = 2, 30
    sounds = {
        "latents": torch.full((scenes, 4 * patches, 3), 7.0), "path": torch.zeros(scenes, patches, 3),
        "placed": torch.zeros(scenes, patches), "change": torch.full((scenes,), patches),
        "film": torch.full((scenes,), -1), "roll": torch.zeros(scenes, dtype=torch.long), "active": torch.ones(scenes),
        "text": torch.ones(6 * scenes, 4), "films": torch.zeros(0),
    }  # fmt: skip
    films = {key: value.clone() for key, value in sounds.items()}
    films |= {"latents": films["latents"] - 4.0, "film": torch.zeros(scenes, dtype=torch.long)}
    films["films"] = torch.full((1, 32, XS.video_channels, 8, 16), 3.0)
    for name, tensors in (("sounds", sounds), ("films", films)):
        (tmp_path / name).mkdir()
        save_file(tensors, tmp_path / name / "block-000.safetensors")
    alone = FeaturePool(tmp_path / "sounds").draw(4, torch.Generator().manual_seed(0), NOTHING_DROPPED)[1]
    assert alone.has_video.sum() == alone.video.abs().sum() == alone.has_direction.sum() == 0
    both = FeaturePool(tmp_path / "sounds", tmp_path / "films")
    latents, mixed = both.draw(60, torch.Generator().manual_seed(0), NOTHING_DROPPED, patches=24)
    seen = latents[..., 0, 0] == 3.0
    assert 0.3 < seen.float().mean() < 0.7
    assert torch.equal(mixed.has_video > 0, seen)
    assert torch.equal(mixed.video.mean(dim=(2, 3, 4)), torch.where(seen, 3.0, 0.0))
    with pytest.raises(InvalidInputError, match="nothing"):
        FeaturePool(tmp_path / "films", tmp_path / "nothing")


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="train features"):
        FeaturePool(tmp_path)


def test_codes_that_a_refiner_adds_are_left_out_for_the_size_without_them(tmp_path: Path) -> None:
    write_features(tmp_path / "features")
    path = tmp_path / "features" / "block-000.safetensors"
    tensors = load_file(path)
    latents = torch.randn(len(tensors["latents"]), tensors["latents"].shape[1], XS_PARTIALS.latent_dim).half()
    save_file(tensors | {"latents": latents}, path)
    assert FeaturePool(path.parent).narrow_to(XS_PARTIALS).latents.shape[-1] == XS_PARTIALS.latent_dim
    kept = FeaturePool(path.parent).narrow_to(XS).latents
    assert torch.equal(kept, latents[..., : XS.latent_dim])
    with pytest.raises(InvalidInputError, match="latents of 119, the size TINY needs 8"):
        FeaturePool(path.parent).narrow_to(TINY)
