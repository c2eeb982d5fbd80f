"""The stage that makes an imported Oobleck codec one of AmbiX scenes."""

from pathlib import Path

import pytest
import torch

from engine.contract.errors import InvalidInputError
from engine.model.codec.oobleck import OobleckFoaVae, OobleckSpec
from engine.model.codec.xs import XsFoaVae
from engine.model.specs import TINY_CODEC
from engine.model.weights.checkpoint import load_folder_codec, save_codec
from engine.scenes.store import SceneStore
from engine.training.cli import main as train
from engine.training.codec.oobleck_loss import MultiResolutionStftLoss
from tests.engine.training.codec.noise_scenes import write_noise_scenes


def tiny_oobleck() -> OobleckFoaVae:
    torch.manual_seed(0)
    return OobleckFoaVae(OobleckSpec(channels=4, multipliers=(1, 2), strides=(4, 8), latent_dim=8)).eval()


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    write_noise_scenes(tmp_path)
    save_codec(tmp_path / "start" / "codec.safetensors", tiny_oobleck())
    return tmp_path


def fitted(runs: Path, *told: str) -> OobleckFoaVae:
    folders = ["--runs", str(runs), "--start", str(runs / "start"), "--out", str(runs / "made")]
    assert train(["codec-oobleck", *folders, "--batch", "2", "--latents", "64", *told]) == 0
    made = load_folder_codec(runs / "made")
    assert isinstance(made, OobleckFoaVae)
    return made


@pytest.mark.parametrize("filters", ["0", "2"])
def test_it_rebuilds_scenes_better_and_its_latents_are_normal(runs: Path, filters: str) -> None:
    made = fitted(runs, "--filters", filters, "--total-steps", "40", "--rate", "1e-2")
    store = SceneStore(runs / "scenes")
    foa = torch.stack([torch.from_numpy(store.foa(scene)) for scene in store.scenes])
    foa = foa[..., : foa.shape[-1] // made.latent_samples * made.latent_samples]
    loss = MultiResolutionStftLoss()
    with torch.no_grad():
        latents = made.encode(foa).flatten(0, 1)
        before, after = (float(loss(codec.decode(codec.encode(foa)), foa)) for codec in (tiny_oobleck(), made))
    torch.testing.assert_close(latents.mean(0), torch.zeros(8), atol=1e-3, rtol=0)
    torch.testing.assert_close(latents.std(0), torch.ones(8), atol=1e-3, rtol=0)
    assert after < 0.8 * before


def test_clips_that_do_not_fit_the_scenes_are_refused(runs: Path) -> None:
    for latents in ("63", "5000"):
        with pytest.raises(InvalidInputError, match="choose 64 to 4320"):
            fitted(runs, "--latents", latents)


def test_another_codec_is_refused(runs: Path) -> None:
    save_codec(runs / "start" / "codec.safetensors", XsFoaVae(TINY_CODEC))
    with pytest.raises(InvalidInputError, match="train codec"):
        fitted(runs)
