"""Weights on disk: a folder with codec.safetensors and generator.safetensors, each with its spec in its metadata.

Matrices are stored as int8 with one float16 scale a row, everything else as float16. This is the only file of this room
that touches the disk; nothing is ever unpickled.
"""

import hashlib
import json
import math
import os
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from engine.contract.errors import CheckpointError
from engine.model.foa_vae_xs import XsFoaVae
from engine.model.generator import Generator
from engine.model.specs import GeneratorSpec, XsCodecSpec

FORMAT = "swansphere-1"
SHIPPED = Path(__file__).resolve().parents[2] / "resources" / "checkpoints" / "xs"
_SCALE = ".row_scale"
_SMALL_MATRIX = 45_000
"""Matrices up to this size stay float16: they save little and carry the latents' fine steps."""


@dataclass(frozen=True, eq=False)
class LoadedModel:
    """A codec and, where the folder has one, its generator, in evaluation mode; `sha256` is over the files."""

    codec: XsFoaVae
    generator: Generator | None
    sha256: str


def save_codec(path: Path, codec: XsFoaVae, *, note: str = "") -> None:
    """Write the codec's weights; the old file stays until the new one is whole."""
    _save(path, codec.state_dict(), {"kind": "xs-codec", "spec": asdict(codec.spec), "note": note})


def save_generator(path: Path, generator: Generator, *, note: str = "") -> None:
    """Write the generator's weights; the old file stays until the new one is whole."""
    _save(path, generator.state_dict(), {"kind": "generator", "spec": asdict(generator.spec), "note": note})


def load_model(folder: Path | None = None, device: str = "cpu", *, need_generator: bool = True) -> LoadedModel:
    """Load a checkpoint folder (None: the shipped one).

    Raises CheckpointError with a sentence for the person where files are missing, damaged or do not fit.
    """
    folder = SHIPPED if folder is None else folder
    codec_path, generator_path = folder / "codec.safetensors", folder / "generator.safetensors"
    if not codec_path.is_file():
        raise CheckpointError(f"No weights in {folder}: a checkpoint is a folder with codec.safetensors in it.")
    spec, tensors = _load(codec_path, "xs-codec")
    codec = XsFoaVae(_codec_spec(spec, codec_path))
    _fill(codec, tensors, codec_path)
    digest = hashlib.sha256(codec_path.read_bytes())
    generator = None
    if generator_path.is_file():
        generator = load_generator(generator_path)
        if generator.spec.latent_dim != codec.latent_dim:
            raise CheckpointError(f"{generator_path} was made for another codec than the one beside it.")
        generator.to(device)
        digest.update(generator_path.read_bytes())
    elif need_generator:
        raise CheckpointError(f"{folder} has a codec but no generator.safetensors: it cannot make sound.")
    return LoadedModel(codec.to(device), generator, digest.hexdigest())


def load_generator(path: Path) -> Generator:
    """Load a generator alone, in evaluation mode. Raises CheckpointError."""
    spec, tensors = _load(path, "generator")
    generator = Generator(_generator_spec(spec, path))
    _fill(generator, tensors, path)
    return generator


def _save(path: Path, state: dict[str, Tensor], description: dict[str, object]) -> None:
    tensors: dict[str, Tensor] = {}
    for key, value in state.items():
        value = value.detach().cpu()
        if value.ndim == 2 and value.numel() > _SMALL_MATRIX:
            scale = (value.abs().amax(dim=1, keepdim=True) / 127.0).clamp(min=1e-8).half()
            tensors[key] = torch.round(value / scale.float()).clamp(-127, 127).to(torch.int8)
            tensors[key + _SCALE] = scale
        else:
            tensors[key] = value.half() if value.dtype.is_floating_point else value
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    save_file({k: v.contiguous() for k, v in tensors.items()}, partial, metadata={FORMAT: json.dumps(description)})
    os.replace(partial, path)


def _load(path: Path, kind: str) -> tuple[dict[str, object], dict[str, Tensor]]:
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            stored = {key: file.get_tensor(key) for key in file.keys()}
        description = json.loads(metadata[FORMAT])
        if description["kind"] != kind:
            raise CheckpointError(f"{path} holds a {description['kind']}, where a {kind} is expected.")
        spec = dict(description["spec"])
    except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"{path} is damaged or not a SwanSphere checkpoint: copy it again.") from error
    tensors = {}
    for key, value in stored.items():
        if key.endswith(_SCALE):
            continue
        scale = stored.get(key + _SCALE)
        tensors[key] = value.float() * scale.float() if scale is not None else value
    return spec, tensors


def _fill(model: nn.Module, tensors: dict[str, Tensor], path: Path) -> None:
    if not all(math.isfinite(float(v.float().abs().max())) for v in tensors.values() if v.numel()):
        raise CheckpointError(f"{path} is damaged: it holds numbers that are not finite. Copy it again.")
    try:
        model.load_state_dict({k: v.float() if v.dtype.is_floating_point else v for k, v in tensors.items()})
    except RuntimeError as error:
        raise CheckpointError(f"{path} does not fit the model that it describes: copy it again.") from error
    model.eval().requires_grad_(False)


def _codec_spec(values: dict[str, object], path: Path) -> XsCodecSpec:
    try:
        return XsCodecSpec(**{k: tuple(v) if isinstance(v, list) else v for k, v in values.items()})
    except (TypeError, ValueError) as error:
        raise CheckpointError(f"{path} describes a codec that this version does not know.") from error


def _generator_spec(values: dict[str, object], path: Path) -> GeneratorSpec:
    try:
        return GeneratorSpec(**values)
    except (TypeError, ValueError) as error:
        raise CheckpointError(f"{path} describes a generator that this version does not know.") from error
