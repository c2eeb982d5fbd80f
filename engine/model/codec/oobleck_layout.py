"""Names of the tensors of Stable Audio's Oobleck in published files, and our tensor for each.

Three layouts are known, each under any prefix (`autoencoder.`, `pretransform.model.`, ...): stable-audio-tools with its
weight norm as `weight_g`/`weight_v`, with it as `parametrizations.weight.original0`/`1`, and Diffusers' names
(`encoder.block.0.res_unit1.conv1`). All are stated in stable-audio-tools' names (`encoder.layers.1.layers.0...`).
"""

import re
from collections.abc import Iterable, Mapping

from torch import Tensor

from engine.model.codec.oobleck import OobleckSpec

_HEAD = re.compile(r"(.*?)(encoder|decoder)\.(layers\.0|conv1)\.(weight_v|parametrizations\.weight\.original1|weight)")
_NORMS = (("weight_g", "weight_v"), ("parametrizations.weight.original0", "parametrizations.weight.original1"))

_DIFFUSERS = re.compile(
    r"(?P<side>encoder|decoder)\.(?:block\.(?P<block>\d+)\.)?(?:(?P<unit>res_unit[123])\.)?"
    r"(?P<part>snake[12]|conv[12]|conv_t1)\.(?P<rest>.+)"
)
_PARTS = {
    "encoder": {"res_unit1": 0, "res_unit2": 1, "res_unit3": 2, "snake1": 3, "conv1": 4},
    "decoder": {"snake1": 0, "conv_t1": 1, "res_unit1": 2, "res_unit2": 3, "res_unit3": 4},
}
_IN_UNIT = {"snake1": 0, "conv1": 1, "snake2": 2, "conv2": 3}


class LayoutError(ValueError):
    """Tensors that are not an Oobleck; the message continues after the name of the file."""


def find_vae(names: Iterable[str]) -> dict[str, str]:
    """Return {stable-audio-tools' name without prefix: name in the file} of the autoencoder in a file.

    Of a training checkpoint's copies the averaged one (EMA) is used, as in stable-audio-tools' own export. Raises
    LayoutError if there is none.
    """
    names = list(names)
    sides: dict[str, set[str]] = {}
    for name in names:
        if match := _HEAD.fullmatch(name):
            sides.setdefault(match[1], set()).add(match[2])
    prefixes = [prefix for prefix, found in sides.items() if len(found) == 2]
    if not prefixes:
        raise LayoutError("holds no Oobleck autoencoder: choose the file of a Stable Audio model or of its VAE.")
    prefix = min(prefixes, key=lambda p: ("ema_model." not in p, len(p)))
    own = {name.removeprefix(prefix): name for name in names if name.startswith(prefix)}
    own = {name: full for name, full in own.items() if name.startswith(("encoder.", "decoder.", "bottleneck."))}
    blocks = len({match[1] for name in own if (match := re.match(r"encoder\.block\.(\d+)\.", name))})
    return {_from_diffusers(name, blocks): full for name, full in own.items()} if blocks else own


def fold_weight_norm(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors with every pair of size and direction made into the weight, g v / |v| (Salimans 2016)."""
    folded = dict(tensors)
    for size_name, direction_name in _NORMS:
        for name in [name for name in folded if name.endswith("." + direction_name)]:
            base = name.removesuffix(direction_name)
            if base + size_name not in folded:
                raise LayoutError(f"lacks {base + size_name!r}: it is incomplete, download or copy it again.")
            direction, size = folded.pop(name), folded.pop(base + size_name)
            if direction.ndim != 3 or size.numel() != len(direction):
                raise LayoutError(f"has a {base + size_name!r} that does not fit its directions: it is damaged.")
            length = direction.flatten(1).norm(dim=1)
            folded[base + "weight"] = direction * (size.flatten() / length).view(-1, 1, 1)
    # Diffusers keeps frequencies of its activations as (1, C, 1).
    return {n: t.flatten() if n.endswith((".alpha", ".beta")) else t for n, t in folded.items()}


def infer_spec(tensors: Mapping[str, Tensor]) -> OobleckSpec:
    """Return the sizes of the folded tensors, in stable-audio-tools' names; raises LayoutError."""
    outer = _weight(tensors, "encoder.layers.0")
    inner = _weight(tensors, "decoder.layers.0")
    channels, latent = outer.shape[0], inner.shape[1]
    multipliers: list[int] = []
    strides: list[int] = []
    while f"encoder.layers.{len(strides) + 1}.layers.4.weight" in tensors:
        down = _weight(tensors, f"encoder.layers.{len(strides) + 1}.layers.4")
        if down.shape[0] % channels or down.shape[2] % 2:
            raise LayoutError(f"holds an autoencoder of unknown sizes ({tuple(down.shape)} in its encoder).")
        multipliers.append(down.shape[0] // channels)
        strides.append(down.shape[2] // 2)
    if not strides:
        raise LayoutError("holds an autoencoder that is not Oobleck: its encoder has no strided convolutions.")
    emitted = _weight(tensors, f"encoder.layers.{len(strides) + 2}").shape[0]
    if emitted != 2 * latent:
        raise LayoutError(
            f"holds an autoencoder that is not a VAE: its encoder gives {emitted} numbers for {latent} latents, "
            "but a VAE gives a mean and a scale for each."
        )
    return OobleckSpec(channels, tuple(multipliers), tuple(strides), latent, audio_channels=outer.shape[1])


def our_names(blocks: int) -> dict[str, str]:
    """Return {module in stable-audio-tools' names: module of OobleckFoaVae} for a number of strides."""
    pairs = {}
    for side, parts in _PARTS.items():
        units = [number for part, number in parts.items() if part.startswith("res_unit")]
        pairs[f"{side}.layers.0"] = f"{side}.layers.0"
        for block in range(blocks):
            for part in parts.values():
                theirs, ours = f"{side}.layers.{block + 1}.layers.{part}", f"{side}.layers.{5 * block + part + 1}"
                if part not in units:
                    pairs[theirs] = ours
                    continue
                pairs |= {f"{theirs}.layers.{i}": f"{ours}.look.layers.{i}" for i in range(4)}
        for tail in (1, 2):
            pairs[f"{side}.layers.{blocks + tail}"] = f"{side}.layers.{5 * blocks + tail}"
    return pairs


def _weight(tensors: Mapping[str, Tensor], module: str) -> Tensor:
    weight = tensors.get(f"{module}.weight")
    if weight is None:
        raise LayoutError(f"lacks '{module}.weight': it is incomplete or another kind of autoencoder.")
    if weight.ndim != 3 or weight.numel() == 0:
        raise LayoutError(f"holds an autoencoder of unknown sizes ('{module}.weight' is {tuple(weight.shape)}).")
    return weight


def _from_diffusers(name: str, blocks: int) -> str:
    match = _DIFFUSERS.fullmatch(name)
    if match is None:
        return name
    side, unit, part = match["side"], match["unit"], match["part"]
    if match["block"] is None:
        place = {"conv1": "0", "snake1": f"{blocks + 1}", "conv2": f"{blocks + 2}"}.get(part, part)
        return f"{side}.layers.{place}.{match['rest']}"
    number = _PARTS[side].get(unit or part, part)
    inside = f".layers.{_IN_UNIT.get(part, part)}" if unit else ""
    return f"{side}.layers.{int(match['block']) + 1}.layers.{number}{inside}.{match['rest']}"
