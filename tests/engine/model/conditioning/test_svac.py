"""SVAC's video side: geometry kept, circular, causal; and how the generator uses it."""

from dataclasses import replace

import pytest
import torch

from engine.model.conditioning.conditions import ConditionEmbedding, Conditions
from engine.model.conditioning.svac import EMBEDDING_DIM, SvacVideoEncoder, cell_directions, direction_of
from engine.model.specs import TINY


@pytest.fixture
def encoder() -> SvacVideoEncoder:
    torch.manual_seed(0)
    return SvacVideoEncoder(114, 8).eval()


@pytest.mark.parametrize("cells", [1, 4, 15])
def test_a_turned_film_has_its_embedding_turned(encoder: SvacVideoEncoder, cells: int) -> None:
    film = torch.randn(3, 114, 8, 16, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        unit, where = encoder(film)
        turned_unit, turned_where = encoder(torch.roll(film, cells, dims=-1))
    torch.testing.assert_close(turned_unit, torch.roll(unit, cells, dims=-1))
    torch.testing.assert_close(turned_where, torch.roll(where, cells, dims=-1))
    assert unit.flatten(1).shape[1] == EMBEDDING_DIM
    torch.testing.assert_close(unit.flatten(1).norm(dim=1), torch.ones(3))


def test_cells_lie_where_the_equirectangular_convention_puts_them() -> None:
    cells = cell_directions(8)
    # A quarter of the width is +90 degrees, left; the upper rows look up; the middle is the front.
    assert cells[3:5, 3:5].mean((0, 1))[1] > 0.9
    assert cells[0, :, 2].min() > 0.9
    assert cells[3:5, 7:9].mean((0, 1))[0] > 0.9


def test_the_direction_turns_with_the_cells() -> None:
    logits = torch.full((1, 8, 16), -8.0)
    logits[0, 3, 7] = 8.0
    before = direction_of(logits)
    after = direction_of(torch.roll(logits, -4, dims=-1))  # to the left: a quarter turn
    torch.testing.assert_close(after[0], torch.stack([-before[0, 1], before[0, 0], before[0, 2]]))
    assert direction_of(torch.zeros(1, 8, 16)).norm() < 0.1  # no cell is likelier: no direction


def _conditions(video: torch.Tensor, *, shown: bool) -> Conditions:
    patches = video.shape[1]
    return Conditions(
        text=torch.zeros(1, patches, TINY.text_dim),
        has_text=torch.zeros(1, patches),
        video=video,
        has_video=torch.full((1, patches), float(shown)),
        direction=torch.zeros(1, patches, 3),
        has_direction=torch.zeros(1, patches),
    )


def test_the_generator_begins_as_without_it_and_is_told_by_its_own_frame_only() -> None:
    torch.manual_seed(0)
    embedding = ConditionEmbedding(TINY).eval()
    assert embedding.svac is not None
    film = torch.randn(1, 5, TINY.video_channels, 8, 16)
    without = ConditionEmbedding(replace(TINY, svac_channels=0)).eval()
    without.load_state_dict({k: v for k, v in embedding.state_dict().items() if "svac" not in k and "aligned" not in k})
    torch.testing.assert_close(
        embedding.additive(_conditions(film, shown=True)), without.additive(_conditions(film, shown=True))
    )
    torch.nn.init.normal_(embedding.aligned.weight)
    told = embedding.additive(_conditions(film, shown=True))
    later = film.clone()
    later[:, 3:] += 1.0
    changed = embedding.additive(_conditions(later, shown=True))
    assert torch.equal(changed[:, :3], told[:, :3])
    assert not torch.allclose(changed[:, 3:], told[:, 3:])
    hidden = embedding.additive(_conditions(film, shown=False))
    assert torch.equal(hidden, embedding.additive(_conditions(later, shown=False)))


def test_it_is_not_trained_with_the_generator() -> None:
    embedding = ConditionEmbedding(TINY)
    embedding.additive(_conditions(torch.randn(1, 2, TINY.video_channels, 8, 16), shown=True)).sum().backward()
    assert embedding.svac is not None
    assert all(p.grad is None for p in embedding.svac.parameters())
    assert embedding.aligned.weight.grad is not None
