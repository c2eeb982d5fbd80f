"""Codes added to a fitted codec: a generator finds them as large as the others."""

import torch

from engine.model.codec.xs import XsFoaVae
from engine.model.specs import TINY_CODEC
from engine.training.cli import main
from engine.training.codec.add_codes import scale_added_codes, with_added_codes


def test_the_stage_is_one_of_the_training(capsys) -> None:
    assert main(["--help"]) == 0
    assert "codec-partials" in capsys.readouterr().out


def test_added_codes_are_worth_what_the_learned_ones_are_on_average() -> None:
    torch.manual_seed(0)
    codec = with_added_codes(XsFoaVae(TINY_CODEC), 3)
    assert codec.spec.kinds == (TINY_CODEC.latent_dim, 6, 7)
    generator = torch.Generator().manual_seed(1)
    latents = torch.randn(4_000, codec.latent_dim, generator=generator)
    latents[:, : TINY_CODEC.latent_dim] *= 0.5
    latents[:, -13:-7] *= torch.rand(4_000, 6, generator=generator) < 0.1
    latents[:, -7:] = 3.0 * latents[:, -7:] + 2.0
    scale_added_codes(codec, latents)
    again = (latents - codec.code_mean) * codec.code_scale
    places, shares, field = again[:, -13:-10], again[:, -10:-7], again[:, -7:]
    for codes in (places, shares, field):
        assert abs(float(codes.square().mean().sqrt()) - 0.5) < 0.03
    assert field.mean(0).abs().max() < 0.05
    # Bands have one scale, and a closed band is zero still.
    assert len(set(codec.code_scale[-13:-10].tolist())) == 1
    assert float((places == 0.0).float().mean()) > 0.8
    assert bool((codec.code_scale[: TINY_CODEC.latent_dim] == 1.0).all())


def test_a_codec_without_its_added_codes_is_the_one_it_was_begun_from() -> None:
    torch.manual_seed(0)
    begun = XsFoaVae(TINY_CODEC).eval()
    own = with_added_codes(begun, 24).without_added()
    assert own.spec == begun.spec
    assert not own.training
    for name, tensor in begun.state_dict().items():
        assert torch.equal(own.state_dict()[name], tensor), name
    latents = torch.randn(1, 20, begun.latent_dim)
    assert torch.equal(own.decode(latents), begun.decode(latents))
