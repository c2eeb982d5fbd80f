import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.model.codec.causal_conv import CausalConv1d, CausalConvTranspose1d
from engine.model.codec.oobleck import STABLE_AUDIO_STRIDES, OobleckFoaVae, OobleckSpec

SMALL = OobleckSpec(channels=4, multipliers=(1, 2, 3), strides=(2, 3, 4), latent_dim=6)
LATENTS = 9


@pytest.fixture(scope="module")
def codec() -> OobleckFoaVae:
    torch.manual_seed(0)
    codec = OobleckFoaVae(SMALL).eval().requires_grad_(False)
    codec.latent_mean += torch.randn(6)
    codec.latent_std *= 1.7
    return codec


def chunkings(total: int) -> st.SearchStrategy[list[int]]:
    """Sizes that add up to the total."""
    cuts = st.sets(st.integers(1, total - 1), max_size=total - 1)
    return cuts.map(lambda c: [b - a for a, b in zip([0, *sorted(c)], [*sorted(c), total], strict=True)])


@given(sizes=chunkings(LATENTS), seed=st.integers(0, 99))
@settings(max_examples=15, deadline=None)
def test_streamed_decoding_equals_whole(codec: OobleckFoaVae, sizes: list[int], seed: int) -> None:
    latents = torch.randn(2, LATENTS, 6, generator=torch.Generator().manual_seed(seed))
    state, pieces = codec.initial_state(2), []
    for chunk in latents.split(sizes, dim=1):
        piece, state = codec.decode_step(chunk, state)
        assert piece.shape == (2, 4, chunk.shape[1] * 24)
        pieces.append(piece)
    whole = codec.decode(latents)
    assert float(whole.abs().max()) > 1e-3
    assert torch.allclose(torch.cat(pieces, dim=-1), whole, atol=1e-4)


@given(sizes=chunkings(LATENTS), seed=st.integers(0, 99))
@settings(max_examples=10, deadline=None)
def test_streamed_encoding_equals_whole(codec: OobleckFoaVae, sizes: list[int], seed: int) -> None:
    foa = torch.randn(2, 4, LATENTS * 24, generator=torch.Generator().manual_seed(seed))
    state, pieces = codec.initial_encoder_state(2), []
    for chunk in foa.split([24 * size for size in sizes], dim=-1):
        piece, state = codec.encode_step(chunk, state)
        pieces.append(piece)
    assert torch.allclose(torch.cat(pieces, dim=1), codec.encode(foa), atol=1e-4)


@given(at=st.integers(1, LATENTS - 1))
@settings(max_examples=9, deadline=None)
def test_sound_does_not_depend_on_later_latents(codec: OobleckFoaVae, at: int) -> None:
    latents = torch.randn(1, LATENTS, 6, generator=torch.Generator().manual_seed(at))
    changed = latents.clone()
    changed[:, at:] += 3.0
    one, other = codec.decode(latents), codec.decode(changed)
    assert torch.equal(one[..., : at * 24], other[..., : at * 24])
    assert not torch.allclose(one[..., at * 24 :], other[..., at * 24 :])


@given(at=st.integers(1, LATENTS - 1))
@settings(max_examples=9, deadline=None)
def test_latents_do_not_depend_on_later_sound(codec: OobleckFoaVae, at: int) -> None:
    foa = torch.randn(1, 4, LATENTS * 24, generator=torch.Generator().manual_seed(at))
    changed = foa.clone()
    changed[..., at * 24 :] += 1.0
    one, other = codec.encode(foa), codec.encode(changed)
    assert one.shape == (1, LATENTS, 6)
    assert torch.equal(one[:, :at], other[:, :at])
    assert not torch.allclose(one[:, at], other[:, at])


def test_a_state_is_a_value(codec: OobleckFoaVae) -> None:
    """Two streams may branch from one state."""
    first, second = torch.randn(2, 1, 3, 6)
    _, state = codec.decode_step(first, codec.initial_state(1))
    once, _ = codec.decode_step(second, state)
    again, _ = codec.decode_step(second, state)
    assert torch.equal(once, again)


def test_the_last_sample_of_a_latent_is_seen_at_once(codec: OobleckFoaVae) -> None:
    foa = torch.zeros(1, 4, 48)
    click = foa.clone()
    click[..., 23] = 5.0
    assert not torch.allclose(codec.encode(foa)[:, 0], codec.encode(click)[:, 0])


def test_half_a_latent_is_refused(codec: OobleckFoaVae) -> None:
    with pytest.raises(ValueError, match="whole number of latents"):
        codec.encode(torch.zeros(1, 4, 30))


def test_the_papers_sizes_on_the_projects_grid() -> None:
    with torch.device("meta"):
        codec = OobleckFoaVae(OobleckSpec())
        latents = codec.encode(torch.zeros(1, 4, 1920 * 2))
        assert codec.decode(latents).shape == (1, 4, 1920 * 2)
        original = OobleckFoaVae(OobleckSpec(strides=STABLE_AUDIO_STRIDES))
    assert latents.shape == (1, 2, 128)
    assert (codec.latent_samples, original.latent_samples) == (1920, 2048)
    decoder = sum(p.numel() for p in codec.decoder.parameters())
    assert decoder == pytest.approx(84e6, rel=0.05)


@pytest.mark.parametrize(
    "sizes",
    [
        {"channels": 0},
        {"latent_dim": 2.5},
        {"strides": ()},
        {"strides": (2, 4)},
        {"strides": (2, 4, 4, 0, 8)},
        {"multipliers": (1, 2, 4, True, 8)},
    ],
)
def test_sizes_that_make_no_codec_are_refused(sizes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"cannot have such|pair up|is a whole number from 1"):
        OobleckSpec(**sizes)


def test_gradients_reach_every_weight() -> None:
    codec = OobleckFoaVae(SMALL)
    mean, std = codec.posterior(torch.randn(1, 4, 72))
    codec.decode(mean + std * torch.randn_like(std)).square().mean().backward()
    assert all(p.grad is not None and float(p.grad.abs().sum()) > 0 for p in codec.parameters())


def test_upsampling_by_hand() -> None:
    layer = CausalConvTranspose1d(1, 1, 4, stride=2)
    with torch.no_grad():
        layer.conv.weight.copy_(torch.tensor([[[1.0, 2.0, 3.0, 4.0]]]))
        layer.conv.bias.fill_(10.0)
    y, tail = layer.step(torch.tensor([[[1.0, 10.0]]]), layer.initial_state(1, torch.zeros(())))
    assert y.flatten().tolist() == [11.0, 12.0, 23.0, 34.0]
    assert tail.flatten().tolist() == [30.0, 40.0]


def test_kernels_that_would_lose_samples_are_refused() -> None:
    with pytest.raises(ValueError, match="skip"):
        CausalConv1d(1, 1, 2, stride=3)
    with pytest.raises(ValueError, match="holes"):
        CausalConvTranspose1d(1, 1, 2, stride=3)
