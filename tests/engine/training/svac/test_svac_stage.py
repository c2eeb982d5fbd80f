"""SVAC learns where and when from made-up pairs whose film has a light where the sound is."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from engine.contract.errors import InvalidInputError
from engine.model.codec.xs import XsFoaVae
from engine.model.conditioning.svac import EMBEDDING_DIM, GRID_ROWS, SvacVideoEncoder, cell_directions
from engine.model.generator.generator import Generator
from engine.model.specs import TINY, TINY_CODEC, XsCodecSpec
from engine.model.weights.checkpoint import save_generator
from engine.training.svac.data import PairPool, field_direction
from engine.training.svac.evaluate import measure
from engine.training.svac.nets import (
    TEMPERATURE,
    Embeddings,
    Negatives,
    SvacAudioEncoder,
    contrastive_loss,
    embeddings,
    where_loss,
)
from engine.training.svac.train import begin_with

SCENES, PATCHES, FRAMES = 24, 50, 32


def write_block(folder: Path, codec: XsFoaVae, seed: int) -> None:
    """Every scene has a light that is on in one half of the time at one cell, and a sound there that is loud then."""
    g = torch.Generator().manual_seed(seed)
    films = 0.1 * torch.randn(SCENES, FRAMES, 114, 8, 16, generator=g)
    latents, paths, films_of, rolls = [], [], [], []
    cells = cell_directions(GRID_ROWS)
    for scene in range(SCENES):
        row, column = (int(torch.randint(low, high, (1,), generator=g)) for low, high in ((2, 6), (0, 16)))
        half = int(torch.randint(0, 2, (1,), generator=g))
        films[scene, 16 * half : 16 * half + 16, 7, row, column] = 4.0
        for turn in (0, 4, 11):
            x, y, z = cells[row, (column - turn) % 16].tolist()
            codes = 0.1 * torch.randn(PATCHES * 4, codec.latent_dim, generator=g)
            codes[:, :3] = torch.tensor([y, z, x])
            codes[:, 3] = -1.0
            codes[100 * half : 100 * half + 100, 3] = 1.5
            latents.append((codes - codec.code_mean) * codec.code_scale)
            paths.append(torch.tensor([x, y, z]).expand(PATCHES, 3))
            films_of.append(scene)
            rolls.append(-turn)
    tensors = {
        "films": films,
        "film": torch.tensor(films_of),
        "roll": torch.tensor(rolls),
        "latents": torch.stack(latents),
        "path": torch.stack(paths),
        "placed": torch.ones(len(paths), PATCHES),
    }
    save_file({k: v.contiguous() for k, v in tensors.items()}, folder / "block-000.safetensors")


@pytest.fixture
def codec() -> XsFoaVae:
    torch.manual_seed(0)
    codec = XsFoaVae(TINY_CODEC).eval()
    codec.code_scale.fill_(2.0)
    codec.code_mean.fill_(0.25)
    return codec


def test_it_learns_where_and_when(tmp_path: Path, codec: XsFoaVae) -> None:
    for side, seed in (("features", 0), ("held-out", 1)):
        (tmp_path / side).mkdir()
        write_block(tmp_path / side, codec, seed)
    pool, held_out = (PairPool(tmp_path / side, codec) for side in ("features", "held-out"))
    assert len(pool) == SCENES
    torch.manual_seed(0)
    video, audio = SvacVideoEncoder(114, 16), SvacAudioEncoder(codec.latent_dim, 32, 16)
    before = measure(video, audio, held_out)
    optimiser = torch.optim.Adam([*video.parameters(), *audio.parameters()], lr=1e-2)
    generator = torch.Generator().manual_seed(0)
    for _ in range(60):
        batch = pool.draw(12, generator)
        e = embeddings(video, audio, batch)
        loss = contrastive_loss(e, Negatives()) + where_loss(e.where, batch.path, batch.placed)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    after = measure(video, audio, held_out)
    assert after.rotated_audio > 0.8 > before.rotated_audio
    assert after.rotated_video > 0.8
    assert after.shifted_audio > 0.6
    assert after.where_deg < 30.0 < before.where_deg


def test_the_fields_direction_is_read_where_it_is_loud(codec: XsFoaVae) -> None:
    codes = torch.zeros(1, 1, 4, codec.latent_dim)
    codes[..., 0] = torch.tensor([1.0, -1.0, -1.0, -1.0])  # Y: left once, right three times
    codes[..., 3] = torch.tensor([2.0, -2.0, -2.0, -2.0])  # but loud on the left
    x, y, z = field_direction(codec, (codes - codec.code_mean) * codec.code_scale)[0, 0].tolist()
    assert y > 0.99
    assert abs(x) < 1e-5
    assert abs(z) < 1e-5


def test_a_codec_without_a_direction_is_refused(tmp_path: Path, codec: XsFoaVae) -> None:
    write_block(tmp_path, codec, 0)
    with pytest.raises(InvalidInputError, match="direction"):
        PairPool(tmp_path, XsFoaVae(XsCodecSpec(latent_dim=8)))
    with pytest.raises(InvalidInputError, match="train features"):
        PairPool(tmp_path / "nothing", codec)


def test_each_kind_of_negative_counts_in_the_loss() -> None:
    """Films and sounds that are alike pairwise, at right angles otherwise; a negative that is alike costs log 2."""
    unit = torch.eye(EMBEDDING_DIM)[:3, None].expand(-1, 2, -1)
    apart = torch.eye(EMBEDDING_DIM)[5:8, None].expand(-1, 2, -1)
    where = torch.zeros(3, 2, 8, 16)

    def loss(turned: torch.Tensor, rotated: torch.Tensor, shifted: torch.Tensor, negatives: Negatives) -> float:
        return float(contrastive_loss(Embeddings(unit, turned, unit, rotated, shifted, where), negatives))

    easy = loss(apart, apart, apart, Negatives())
    other_clips = float(torch.log1p(2 * torch.exp(torch.tensor(-1 / TEMPERATURE))))
    assert easy == pytest.approx(other_clips, abs=1e-4)
    half = 0.5 * float(torch.log(torch.tensor(2.0)))
    assert loss(unit, apart, apart, Negatives()) == pytest.approx(half, abs=1e-3)
    assert loss(apart, unit, apart, Negatives()) == pytest.approx(half, abs=1e-3)
    assert loss(apart, apart, unit, Negatives()) == pytest.approx(half, abs=1e-3)
    assert loss(unit, unit, unit, Negatives(False, False, False)) == pytest.approx(other_clips, abs=1e-4)


def test_it_begins_with_the_film_encoder_of_a_generator(tmp_path: Path) -> None:
    torch.manual_seed(0)
    generator = Generator(TINY)
    save_generator(tmp_path / "generator.safetensors", generator)
    encoder = generator.conditions.svac
    assert encoder is not None
    video = SvacVideoEncoder(114, TINY.svac_channels)
    begin_with(video, tmp_path)
    for name, value in encoder.state_dict().items():
        assert torch.allclose(video.state_dict()[name], value, atol=0.01)
    with pytest.raises(InvalidInputError, match="leave out --start"):
        begin_with(SvacVideoEncoder(114, 2 * TINY.svac_channels), tmp_path)
    save_generator(tmp_path / "generator.safetensors", Generator(replace(TINY, svac_channels=0)))
    with pytest.raises(InvalidInputError, match="leave out --start"):
        begin_with(video, tmp_path)
