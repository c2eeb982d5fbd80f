"""Streams that sound together: each begins elsewhere in the codec's noise; the first is the decoder as it is."""

import torch

from engine.model.codec.oobleck import OobleckFoaVae, OobleckSpec
from engine.model.codec.xs import XsFoaVae
from engine.model.specs import TINY_CODEC


def test_streams_of_one_sound_are_not_coherent() -> None:
    torch.manual_seed(0)
    codec = XsFoaVae(TINY_CODEC).eval()
    latents = torch.randn(1, 12, codec.latent_dim, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        whole = codec.decode(latents)[0, 0]
        streams = [codec.decode_step(latents, codec.initial_state(1, stream=number))[0][0, 0] for number in (0, 1, 2)]
    assert torch.equal(streams[0], whole)
    likeness = torch.corrcoef(torch.stack(streams))
    # Pulses are the same in all of them; the noise is not.
    assert float((likeness - torch.eye(3)).max()) < 0.7
    level = torch.stack(streams).square().mean(dim=1)
    assert float(level.max() / level.min()) < 1.5


def test_a_codec_without_noise_has_one_beginning() -> None:
    codec = OobleckFoaVae(OobleckSpec(channels=2, multipliers=(1, 1, 2, 2, 2), latent_dim=8)).eval()
    latents = torch.ones(1, 3, 8)
    with torch.no_grad():
        first, other = (codec.decode_step(latents, codec.initial_state(1, stream=n))[0] for n in (0, 5))
    assert torch.equal(first, other)
