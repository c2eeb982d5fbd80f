"""Stereo VAEs of random weights under the names that are found in files of Stable Audio models."""

import torch
from torch import Tensor

from engine.model.codec.oobleck import OobleckFoaVae, OobleckSpec
from engine.model.codec.oobleck_layout import our_names

STEREO = OobleckSpec(channels=4, multipliers=(1, 2, 3), strides=(2, 4, 6), latent_dim=3, audio_channels=2)
FIVE_STRIDES = OobleckSpec(2, (1, 1, 2, 2, 2), (2, 4, 4, 8, 8), 8, audio_channels=2)

_PARTS = {
    "encoder": ("res_unit1", "res_unit2", "res_unit3", "snake1", "conv1"),
    "decoder": ("snake1", "conv_t1", "res_unit1", "res_unit2", "res_unit3"),
}
_INNER = ("snake1", "conv1", "snake2", "conv2")


def random_codec(spec: OobleckSpec, seed: int = 0) -> OobleckFoaVae:
    """Return a codec with random weights, sizes of the activations included."""
    torch.manual_seed(seed)
    codec = OobleckFoaVae(spec).eval().requires_grad_(False)
    for name, value in codec.named_parameters():
        if name.endswith(("alpha", "beta")):
            value.copy_(0.4 * torch.randn_like(value))
    return codec


def plain_names(codec: OobleckFoaVae) -> dict[str, Tensor]:
    """Return the weights in stable-audio-tools' names, without weight norm."""
    own, tensors = codec.state_dict(), {}
    for theirs, ours in our_names(len(codec.spec.strides)).items():
        for kind in ("weight", "bias", "alpha", "beta"):
            value = own.get(f"{ours}.{kind}", own.get(f"{ours}.conv.{kind}"))
            if value is not None:
                tensors[f"{theirs}.{kind}"] = value
    return tensors


def weight_normed(
    tensors: dict[str, Tensor], size: str = "weight_g", direction: str = "weight_v", seed: int = 1
) -> dict[str, Tensor]:
    """Return the weights as size and direction, the directions of any length."""
    draw = torch.Generator().manual_seed(seed)
    split: dict[str, Tensor] = {}
    for name, value in tensors.items():
        if not name.endswith(".weight"):
            split[name] = value
            continue
        base = name.removesuffix("weight")
        split[base + size] = value.flatten(1).norm(dim=1).view(-1, 1, 1)
        split[base + direction] = value * (0.5 + torch.rand(len(value), 1, 1, generator=draw))
    return split


def under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors with a prefix before their names."""
    return {prefix + name: value for name, value in tensors.items()}


def diffusers_names(tensors: dict[str, Tensor], blocks: int) -> dict[str, Tensor]:
    """Return plain tensors in the names of Diffusers' AutoencoderOobleck, its activations (1, C, 1)."""
    renamed = {}
    for name, value in tensors.items():
        side, _, place, *rest = name.split(".")
        kind = rest.pop()
        ends = {0: "conv1", blocks + 1: "snake1", blocks + 2: "conv2"}
        if rest:
            part = f"block.{int(place) - 1}.{_PARTS[side][int(rest[1])]}"
            part += f".{_INNER[int(rest[3])]}" if len(rest) > 2 else ""
        else:
            part = ends[int(place)]
        value = value.view(1, -1, 1) if kind in ("alpha", "beta") else value
        renamed[f"{side}.{part}.{kind}"] = value
    return renamed
