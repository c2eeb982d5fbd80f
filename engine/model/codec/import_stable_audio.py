"""The public weights of Stable Audio's VAE as a start for the codec of S, M and L (paper: "initialised from" them).

Our codec is causal: the same kernels only see the past, although they were trained to see as far ahead as back. Within
a residual unit the branch is later than the sound that it is added to, by 3, 9 and 27 samples of its rate, so the
imported codec rebuilds the field roughly at best: it is a start for fine-tuning, not a codec to listen through.
Padded on both sides, as tests do, the weights do what they did. They were trained at 44.1 kHz; here is 48 kHz.
What no tensor says is taken as in the published model: snake activations with logarithmic sizes, no tanh at the end.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from engine.contract.conventions import FOA_CHANNELS, SAMPLE_RATE_HZ
from engine.contract.errors import CheckpointError
from engine.model.codec.oobleck import PROJECT_STRIDES, OobleckFoaVae, OobleckSpec
from engine.model.codec.oobleck_layout import LayoutError, find_vae, fold_weight_norm, infer_spec, our_names
from engine.model.codec.oobleck_weights_file import read_weights
from engine.model.codec.oobleck_widen import (
    block_layers,
    retime_decoder_kernel,
    retime_encoder_kernel,
    widen_decoder_kernel,
    widen_encoder_kernel,
)

Grid = Literal["keep", "project"]

_STEREO = 2


@dataclass(frozen=True, eq=False)
class ImportedCodec:
    """A codec for AmbiX made of foreign weights, and the sizes that these had."""

    codec: OobleckFoaVae
    original: OobleckSpec

    def describe(self) -> str:
        """Return in one sentence what was imported and what it is good for."""
        old, new, unit = self.original, self.codec.spec, self.codec.latent_samples
        millions = sum(p.numel() for p in self.codec.parameters()) / 1e6
        drawn = f" (were {_slashes(old.strides)}: kernels drawn to fit)" if old.strides != new.strides else ""
        widened = "widened from stereo to W, Y, Z, X, " if old.audio_channels != new.audio_channels else ""
        return (
            f"Oobleck VAE of {millions:.1f} M numbers, {new.channels} channels x {_slashes(new.multipliers)}, "
            f"strides {_slashes(new.strides)}{drawn} = {unit} samples per latent "
            f"({SAMPLE_RATE_HZ / unit:.2f} per second), {new.latent_dim} numbers per latent, "
            f"{widened}made causal: its kernels now see the past alone, so it is a start for fine-tuning "
            "and does not sound like the original yet"
        )


def import_codec(path: Path, grid: Grid = "keep") -> ImportedCodec:
    """Read a Stable Audio VAE and widen it to four channels (one with four channels stays as it is).

    `grid` "project" fits the kernels of the strided convolutions to this project's strides, 1,920 samples per latent.
    Raises CheckpointError for a file that is not, or not completely, such a VAE.
    """
    original = read_stable_audio(path)
    old, state = original.spec, original.state_dict()
    if old.audio_channels not in (_STEREO, FOA_CHANNELS):
        raise CheckpointError(
            f"{path} is for {old.audio_channels} channels: only stereo or first-order sound can be used."
        )
    if old.audio_channels == _STEREO:
        first, last = "encoder.layers.0.conv.weight", f"decoder.layers.{5 * len(old.strides) + 2}.conv.weight"
        state[first], state[last] = widen_encoder_kernel(state[first]), widen_decoder_kernel(state[last])
    strides = old.strides if grid == "keep" else PROJECT_STRIDES
    if len(strides) != len(old.strides):
        raise CheckpointError(
            f"{path} has {len(old.strides)} strides, but the generators here need {len(strides)}: use --strides keep."
        )
    for (down, up), stride in zip(block_layers(old), strides, strict=True):
        state[f"{down}.weight"] = retime_encoder_kernel(state[f"{down}.weight"], stride)
        state[f"{up}.weight"] = retime_decoder_kernel(state[f"{up}.weight"], stride)
    return ImportedCodec(_filled(replace(old, strides=strides, audio_channels=FOA_CHANNELS), state), old)


def read_stable_audio(path: Path) -> OobleckFoaVae:
    """Return the VAE of a file with its channels and strides; raises CheckpointError."""
    names: dict[str, str] = {}

    def choose(every: Iterable[str]) -> Iterable[str]:
        names.update(find_vae(every))
        return names.values()

    try:
        held = read_weights(path, choose)
        tensors = fold_weight_norm({name: held[full] for name, full in names.items()})
        spec = infer_spec(tensors)
        return _filled(spec, _our_state(tensors, spec))
    except LayoutError as error:
        raise CheckpointError(f"{path} {error}") from error


def _our_state(tensors: dict[str, Tensor], spec: OobleckSpec) -> dict[str, Tensor]:
    """Return the tensors under our names; each must exist, fit and be finite, and none may be left."""
    expected = _empty(spec).state_dict()
    left, state = dict(tensors), {}
    for theirs, ours in our_names(len(spec.strides)).items():
        inner = f"{ours}.conv" if f"{ours}.conv.weight" in expected else ours
        for kind in ("weight", "bias", "alpha", "beta"):
            if f"{inner}.{kind}" not in expected:
                continue
            tensor, shape = left.pop(f"{theirs}.{kind}", None), tuple(expected[f"{inner}.{kind}"].shape)
            if tensor is None:
                raise LayoutError(f"lacks '{theirs}.{kind}': it is incomplete or another kind of autoencoder.")
            if tuple(tensor.shape) != shape:
                raise LayoutError(
                    f"does not fit together: '{theirs}.{kind}' is {tuple(tensor.shape)} instead of {shape}."
                )
            if not torch.isfinite(tensor).all():
                raise LayoutError(f"is damaged: '{theirs}.{kind}' holds numbers that are not finite.")
            state[f"{inner}.{kind}"] = tensor.contiguous()
    if left:
        raise LayoutError(f"holds another kind of autoencoder: {min(left)!r} is not part of a Stable Audio VAE.")
    state["latent_mean"], state["latent_std"] = torch.zeros(spec.latent_dim), torch.ones(spec.latent_dim)
    return state


def _empty(spec: OobleckSpec) -> OobleckFoaVae:
    with torch.device("meta"):  # sizes only: no numbers are drawn that would be thrown away
        return OobleckFoaVae(spec)


def _filled(spec: OobleckSpec, state: dict[str, Tensor]) -> OobleckFoaVae:
    codec = _empty(spec)
    codec.load_state_dict(state, assign=True)
    return codec.eval().requires_grad_(False)


def _slashes(numbers: Iterable[int]) -> str:
    return "/".join(str(number) for number in numbers)
