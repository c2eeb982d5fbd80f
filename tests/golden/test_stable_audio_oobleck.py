"""Our Oobleck, padded on both sides, against the published code.

`stable_audio_oobleck.safetensors` was recorded once from stable-audio-tools 0.0.19: an `AudioAutoencoder` of its
`OobleckEncoder` and `OobleckDecoder` (2 channels, 4 base channels, multipliers 1/2/3, strides 2/4/6, 3 latents, snake,
no final tanh, VAE bottleneck) made after `torch.manual_seed(20)`, sizes of its snakes then drawn from 0.4 N(0, 1) and
its weight norms multiplied by 1 + 0.3 N(0, 1). It holds the model's own state_dict (under `model.`), noise (1, 2, 960)
as `audio`, and what the package made of it: `mean, scale = encoder(audio).chunk(2, 1)`, `std = softplus(scale) + 1e-4`
and `decoded = decoder(mean)`. The names of the tensors are the package's, so the import is held to them too.
"""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from engine.model.codec.import_stable_audio import read_stable_audio
from engine.model.codec.oobleck import OobleckSpec
from tests.engine.model.codec.centred_oobleck import CentredOobleck

RECORDED = Path(__file__).with_name("stable_audio_oobleck.safetensors")


@pytest.fixture(scope="module")
def recorded() -> dict[str, Tensor]:
    return load_file(RECORDED)


@pytest.fixture
def reference(recorded: dict[str, Tensor], tmp_path: Path) -> CentredOobleck:
    weights = {name.removeprefix("model."): t for name, t in recorded.items() if name.startswith("model.")}
    save_file(weights, tmp_path / "vae.safetensors")
    return CentredOobleck(read_stable_audio(tmp_path / "vae.safetensors"))


def test_the_sizes_are_read_from_the_tensors(reference: CentredOobleck) -> None:
    spec = OobleckSpec(channels=4, multipliers=(1, 2, 3), strides=(2, 4, 6), latent_dim=3, audio_channels=2)
    assert reference.codec.spec == spec


def test_the_encoder_gives_the_same_mean_and_deviation(reference: CentredOobleck, recorded: dict[str, Tensor]) -> None:
    mean, std = reference.posterior(recorded["audio"])
    assert float(recorded["mean"].abs().max()) > 0.3
    torch.testing.assert_close(mean.transpose(1, 2), recorded["mean"], atol=1e-5, rtol=0)
    torch.testing.assert_close(std.transpose(1, 2), recorded["std"], atol=1e-5, rtol=0)


def test_the_decoder_gives_the_same_sound(reference: CentredOobleck, recorded: dict[str, Tensor]) -> None:
    decoded = reference.decode(recorded["mean"].transpose(1, 2))
    assert float(recorded["decoded"].abs().max()) > 0.3
    torch.testing.assert_close(decoded, recorded["decoded"], atol=1e-5, rtol=0)


def test_the_causal_codec_of_the_same_weights_is_another_one(
    reference: CentredOobleck, recorded: dict[str, Tensor]
) -> None:
    """What the import says of itself: padding on the left alone changes the sound, by more than a delay."""
    causal = reference.codec.decode(recorded["mean"].transpose(1, 2))[0, 0]
    centred = recorded["decoded"][0, 0]
    likeness = [
        float(torch.corrcoef(torch.stack([causal[delay:], centred[: len(centred) - delay]]))[0, 1])
        for delay in range(200)
    ]
    assert max(likeness) < 0.9
