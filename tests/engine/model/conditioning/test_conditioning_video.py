import numpy as np
import pytest
import torch

from engine.model.conditioning.video import CELL_PX, VideoFeatures, motion


@pytest.fixture(scope="module")
def video() -> VideoFeatures:
    return VideoFeatures()


def frame(seed: int, count: int = 1) -> torch.Tensor:
    """Blobs of colour, so that there is structure at every scale."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (count, 16, 32, 3), dtype=np.uint8)
    fine = rng.integers(0, 40, (count, 128, 256, 3), dtype=np.uint8)
    return torch.from_numpy(np.minimum(coarse.repeat(8, 1).repeat(8, 2), 215) + fine)


@pytest.mark.parametrize("cells", [1, 5, 15])
def test_turning_the_frame_by_cells_turns_the_features(video: VideoFeatures, cells: int) -> None:
    still, before = frame(1), frame(2)
    turned = video.sequence(still.roll(cells * CELL_PX, 2), before[0].roll(cells * CELL_PX, 1))
    expected = video.sequence(still, before[0]).roll(cells, 3)
    assert torch.allclose(turned, expected, atol=1e-4)
    assert not torch.allclose(turned, expected.roll(1, 3), atol=0.1)


def test_shape_type_and_spread_of_one_frame(video: VideoFeatures) -> None:
    features = video.features(frame(3)[0].numpy())
    assert features.shape == (114, 8, 16)
    assert features.dtype == torch.float32
    assert 0.2 < float(features[:112].std()) < 3.0


def test_a_sequence_is_its_frames_one_by_one(video: VideoFeatures) -> None:
    frames = frame(4, 3)
    whole = video.sequence(frames)
    alone = [video.features(frames[0].numpy())]
    alone += [video.features(frames[i].numpy(), frames[i - 1].numpy()) for i in (1, 2)]
    assert torch.allclose(whole, torch.stack(alone), atol=1e-4)


def test_an_object_is_seen_where_it_is(video: VideoFeatures) -> None:
    plain = torch.full((1, 128, 256, 3), 120, dtype=torch.uint8)
    spotted = plain.clone()
    spotted[:, 56:72, 200:216] = torch.tensor([250, 30, 30], dtype=torch.uint8)
    difference = (video.appearance(spotted) - video.appearance(plain)).abs().sum(1)[0]
    row, column = divmod(int(difference.argmax()), 16)
    assert abs(row - 3.5) <= 1.5
    assert abs(column - 12.5) <= 1.5


def test_motion_is_in_the_cell_that_changed_and_its_sign_says_how() -> None:
    dark = torch.full((1, 128, 256, 3), 50, dtype=torch.uint8)
    light = dark.clone()
    light[:, 32:48, 64:80] = 150
    appeared, vanished = motion(light, dark)[0], motion(dark, light)[0]
    assert torch.equal(appeared[0], vanished[0])
    assert int((appeared[0] > 0).sum()) == 1
    assert float(appeared[0, 2, 4]) == pytest.approx(np.log1p(32 * 100 / 255), rel=1e-4)
    assert torch.allclose(appeared[1], -vanished[1])
    assert float(appeared[1, 2, 4]) > 0


def test_flicker_moves_without_becoming_lighter() -> None:
    board = torch.zeros(1, 128, 256, 3, dtype=torch.uint8)
    board[:, ::2] = 200
    amount, onset = motion(200 - board, board)[0]
    assert float(amount.min()) > 2.0
    assert float(onset.abs().max()) < 1e-3


def test_a_first_frame_has_not_moved(video: VideoFeatures) -> None:
    assert float(video.features(frame(5)[0].numpy())[112:].abs().max()) == 0.0


def test_left_and_right_edge_are_neighbours(video: VideoFeatures) -> None:
    base = frame(6)
    touched = base.clone()
    touched[:, :, :4] = 255 - touched[:, :, :4]
    change = (video.appearance(touched) - video.appearance(base)).abs().sum((0, 1, 2))
    assert float(change[15]) > 0.2 * float(change[0])
    assert float(change[15]) > 2.0 * float(change[8])
