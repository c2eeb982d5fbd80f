"""Stereo made ambisonic: what the stereo codec did to middle and side, the widened one does to W and Y."""

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.nn.functional import conv1d, conv_transpose1d

from engine.ambisonics.encoding import encode_point
from engine.contract.conventions import AcnChannel
from engine.contract.directions import Direction
from engine.model.codec.import_stable_audio import import_codec
from engine.model.codec.oobleck import OobleckFoaVae
from engine.model.codec.oobleck_widen import FRONT_LEAN, retime_decoder_kernel, retime_encoder_kernel
from tests.engine.model.codec.centred_oobleck import CentredOobleck
from tests.engine.model.codec.stable_audio_files import STEREO, plain_names, random_codec

N = 48 * 12
W, Y, Z, X = AcnChannel.W, AcnChannel.Y, AcnChannel.Z, AcnChannel.X


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[CentredOobleck, CentredOobleck]:
    """A stereo codec and the same one widened, both padded on both sides as Stable Audio runs it."""
    stereo, path = random_codec(STEREO), tmp_path_factory.mktemp("vae") / "vae.safetensors"
    save_file(plain_names(stereo), path)
    return CentredOobleck(stereo), CentredOobleck(import_codec(path).codec)


def field(azimuth_deg: float, seed: int = 0) -> Tensor:
    """A plane wave of noise: AmbiX (1, 4, N)."""
    signal = 0.3 * np.random.default_rng(seed).standard_normal(N)
    return torch.from_numpy(encode_point(signal, Direction(azimuth_deg))).float()[None]


def through(codec: CentredOobleck, audio: Tensor) -> Tensor:
    return codec.decode(codec.posterior(audio)[0])


def by_hand(stereo: CentredOobleck, left: Tensor, right: Tensor) -> tuple[Tensor, Tensor]:
    """Middle and side of what the stereo codec makes of two signals (1, N)."""
    out = through(stereo, torch.stack([left, right], dim=1))
    return out[:, 0] + out[:, 1], out[:, 0] - out[:, 1]


def test_a_source_in_the_middle_gives_back_the_stereo_codecs_middle(pair) -> None:
    """W alone (from everywhere) and W with X (from the front) are both a stereo pair of two equal halves."""
    stereo, wide = pair
    foa = field(0.0)
    for heard in (foa, foa * torch.tensor([1.0, 0.0, 0.0, 0.0])[:, None]):
        out = through(wide, heard)
        middle, side = by_hand(stereo, heard[:, W] / 2, heard[:, W] / 2)
        torch.testing.assert_close(out[:, W], middle, atol=1e-5, rtol=0)
        torch.testing.assert_close(out[:, Y], side, atol=1e-5, rtol=0)


@pytest.mark.parametrize(("azimuth_deg", "left"), [(90.0, True), (-90.0, False)])
def test_a_source_at_the_side_is_alone_in_its_stereo_channel(pair, azimuth_deg: float, left: bool) -> None:
    stereo, wide = pair
    foa = field(azimuth_deg)
    signal, nothing = foa[:, W], torch.zeros(1, N)
    middle, side = by_hand(stereo, *((signal, nothing) if left else (nothing, signal)))
    out = through(wide, foa)
    torch.testing.assert_close(out[:, W], middle, atol=1e-5, rtol=0)
    torch.testing.assert_close(out[:, Y], side, atol=1e-5, rtol=0)


def test_any_field_keeps_the_stereo_codecs_latents_and_gets_no_height(pair) -> None:
    stereo, wide = pair
    foa = 0.3 * torch.randn(1, 4, N, generator=torch.Generator().manual_seed(3))
    left, right = (foa[:, W] + foa[:, Y]) / 2, (foa[:, W] - foa[:, Y]) / 2
    for one, other in zip(wide.posterior(foa), stereo.posterior(torch.stack([left, right], dim=1)), strict=True):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=0)
    out = through(wide, foa)
    assert not out[:, Z].any()
    torch.testing.assert_close(out[:, X], FRONT_LEAN * out[:, W], atol=1e-6, rtol=0)


def test_the_causal_codec_has_the_same_symmetry(pair) -> None:
    """Also streamed, X leans on W and height stays silent, whatever the latents."""
    _, wide = pair
    out = wide.codec.decode(torch.randn(1, 5, 3, generator=torch.Generator().manual_seed(4)))
    assert float(out[:, W].abs().max()) > 1e-3
    assert not out[:, Z].any()
    torch.testing.assert_close(out[:, X], FRONT_LEAN * out[:, W], atol=1e-6, rtol=0)


def test_height_and_front_learn_from_the_first_step(pair) -> None:
    """Kernels of zero are no dead end: what they are to hear and to make reaches them."""
    codec = OobleckFoaVae(pair[1].codec.spec)
    codec.load_state_dict(pair[1].codec.state_dict())
    foa = torch.randn(1, 4, N, generator=torch.Generator().manual_seed(5))
    (codec.decode(codec.encode(foa)) - foa).square().mean().backward()
    first, last = codec.encoder.layers[0].conv.weight, codec.decoder.layers[-1].conv.weight
    assert not first[:, [Z, X]].any()
    for kernel in (first.grad[:, Z], first.grad[:, X], last.grad[Z], last.grad[X]):
        assert float(kernel.abs().max()) > 1e-6


@pytest.mark.parametrize("stride", [6, 10])
def test_drawn_kernels_keep_the_level_of_a_steady_sound(stride: int) -> None:
    """A smooth kernel for a stride of 8, drawn to 6 or 10: what is steady comes through as loud as before."""
    shape = torch.sin(torch.linspace(0.1, 3.0, 16))[None, None]
    steady = torch.ones(1, 1, 240)
    for new in (8, stride):
        down, up = retime_encoder_kernel(shape, new), retime_decoder_kernel(shape, new)
        assert down.shape[2] == up.shape[2] == 2 * new
        below = float(conv1d(steady, down, stride=new).mean())
        above = float(conv_transpose1d(steady, up, stride=new)[..., 2 * new : -2 * new].mean())
        assert below == pytest.approx(float(shape.sum()), rel=0.02)
        assert above == pytest.approx(float(shape.sum()) / 8, rel=0.02)
