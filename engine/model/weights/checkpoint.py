"""Weights on disk: a folder with codec.safetensors and generator.safetensors.

Each has its spec in its metadata. Optional files are jumps.safetensors, the generator's distilled LocDiT,
solver.safetensors, the weights of its few flow steps, sounds.safetensors, its known sound names, and
refiner.safetensors, what adds the codes that the generator does not make.

The metadata also name the codec: XS's (foa_vae_xs) or Oobleck (foa_vae_oobleck). Oobleck is stored as float32, because
it is a start for fine-tuning; in the others matrices are int8 with one float16 scale per row, the rest is float16.
Nothing is unpickled here; oobleck_weights_file reads the weights of other programs.
"""

import hashlib
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor, nn

from engine.contract.conventions import FOA_CHANNELS, LATENT_SAMPLES
from engine.contract.errors import CheckpointError, InvalidInputError
from engine.model.codec.oobleck import OobleckFoaVae, OobleckSpec
from engine.model.codec.xs import XsFoaVae
from engine.model.conditioning.sound_vocabulary import SoundVocabulary
from engine.model.generator.flow_solver import FittedSolver
from engine.model.generator.generator import Generator
from engine.model.generator.local_dit import LocalDit
from engine.model.generator.refiner import Refiner
from engine.model.specs import GeneratorSpec, RefinerSpec, XsCodecSpec
from engine.model.weights.hashing import file_sha256, hash_file
from engine.model.weights.known_names import SHIPPED as SHIPPED
from engine.model.weights.known_names import checkpoint_folder
from engine.model.weights.sizes_only import shapes_of
from engine.model.weights.stored_tensors import SCALE, StoredTensors, read_stored
from engine.model.weights.tensor_file import write_tensors

FORMAT = "swansphere-1"
_XS, _OOBLECK, _GENERATOR, _FEW_STEP = "xs-codec", "oobleck-codec", "generator", "jumps"
_SOUNDS, _SOLVERS, _REFINER = "known-sounds", "flow-solvers", "refiner"
_MOST_STEPS = 64
_SMALL_MATRIX = 45_000
"""Matrices up to this size stay float16: they save little and carry the fine steps of the latents."""

Model = TypeVar("Model", bound=nn.Module)
Spec = TypeVar("Spec")


@dataclass(frozen=True, eq=False)
class LoadedModel:
    """A codec and its generator, in evaluation mode; `sha256` is over the files.

    If the folder has them, also the generator's fast LocDiT, the known sounds and the refiner.
    """

    codec: XsFoaVae | OobleckFoaVae
    generator: Generator
    sha256: str
    few_step: LocalDit | None = None
    sounds: SoundVocabulary | None = None
    refiner: Refiner | None = None

    @cached_property
    def own_codec(self) -> XsFoaVae | OobleckFoaVae:
        """The codec of what the generator makes by itself: without the codes that a refiner adds."""
        if self.refiner is None or not isinstance(self.codec, XsFoaVae):
            return self.codec
        return self.codec.without_added()


def save_codec(path: Path, codec: XsFoaVae | OobleckFoaVae, *, note: str = "") -> None:
    """Write the codec's weights; the old file stays until the new one is complete. Raises ExportError."""
    state, description = codec.state_dict(), {"spec": asdict(codec.spec), "note": note}
    if isinstance(codec, OobleckFoaVae):
        _write(path, state, {"kind": _OOBLECK, **description})
    else:
        _write(path, _compressed(state), {"kind": _XS, **description})


def save_generator(path: Path, generator: Generator, *, note: str = "") -> None:
    """Write the generator's weights; the old file stays until the new one is complete. Raises ExportError."""
    description = {"kind": _GENERATOR, "spec": asdict(generator.spec), "note": note}
    _write(path, _compressed(generator.state_dict()), description)


def save_few_step(folder: Path, student: Generator, *, note: str = "") -> None:
    """Write the LocDiT of a distilled generator as jumps.safetensors beside the generator that it was made from.

    The file names that generator by its hash: beside another one it is refused. Raises ExportError, CheckpointError,
    and InvalidInputError if `student` is not distilled or plans in another way than the generator.
    """
    if not student.spec.distilled_steps:
        raise InvalidInputError("This generator is not distilled: make one with 'train distil'.")
    beside = folder / "generator.safetensors"
    own = load_generator(beside).lm.state_dict()
    # Quantised once more, and therefore equal only to a hundredth.
    if not all(torch.allclose(v, own[k], atol=0.02 * float(v.abs().max())) for k, v in student.lm.state_dict().items()):
        raise InvalidInputError(f"The student was made from another generator than {beside}: distil that one.")
    description = {"kind": _FEW_STEP, "spec": asdict(student.spec), "note": note, "beside": file_sha256(beside)}
    _write(folder / "jumps.safetensors", _compressed(student.dit.state_dict()), description)


def save_sound_vocabulary(folder: Path, sounds: SoundVocabulary) -> None:
    """Write sounds.safetensors; the old file stays until the new one is complete. Raises ExportError."""
    tensors = _compressed({"embeddings": sounds.embeddings, "prior": sounds.prior})
    if sounds.steady is not None:
        tensors["steady"] = sounds.steady.half()
    _write(folder / "sounds.safetensors", tensors, {"kind": _SOUNDS, "spec": {"names": sounds.names}})


def save_solvers(folder: Path, solvers: Mapping[int, FittedSolver], *, note: str = "") -> None:
    """Write solver.safetensors beside the generator that the solvers were fitted to, by their number of steps.

    The file names that generator by its hash: beside another one it is refused. Raises ExportError.
    """
    tensors = {f"{part}.{n}": getattr(s, part).float() for n, s in solvers.items() for part in ("times", "weights")}
    beside = file_sha256(folder / "generator.safetensors")
    description = {"kind": _SOLVERS, "spec": {"steps": sorted(solvers)}, "note": note, "beside": beside}
    _write(folder / "solver.safetensors", tensors, description)


def save_refiner(folder: Path, refiner: Refiner, *, note: str = "") -> None:
    """Write refiner.safetensors; the old file stays until the new one is complete. Raises ExportError."""
    description = {"kind": _REFINER, "spec": asdict(refiner.spec), "note": note}
    _write(folder / "refiner.safetensors", _compressed(refiner.state_dict()), description)


def load_model(folder: Path | None = None, device: str = "cpu") -> LoadedModel:
    """Load a checkpoint folder (None: the shipped one).

    Every file is read and hashed once. Raises CheckpointError with a sentence for the user if files are missing,
    damaged or do not fit.
    """
    folder = checkpoint_folder(folder)
    whole = hashlib.sha256()
    codec = load_folder_codec(folder, device)
    hash_file(folder / "codec.safetensors", whole)
    generator_path = folder / "generator.safetensors"
    if not generator_path.is_file():
        raise CheckpointError(f"{folder} has a codec but no generator.safetensors: choose a folder with both.")
    generator = load_generator(generator_path)
    refiner = load_refiner(path) if (path := folder / "refiner.safetensors").is_file() else None
    if not _fit(generator, refiner, codec.latent_dim):
        raise CheckpointError(f"{generator_path} was made for another codec than the one beside it: copy both again.")
    if codec.latent_samples != LATENT_SAMPLES:
        raise CheckpointError(
            f"{folder / 'codec.safetensors'} has {codec.latent_samples} samples per latent, but a generator needs "
            f"{LATENT_SAMPLES}: import its weights again with --strides project."
        )
    generator.to(device)
    of_generator = hashlib.sha256()
    hash_file(generator_path, whole, of_generator)
    beside = of_generator.hexdigest()
    few_step = sounds = None
    if (few_step_path := folder / "jumps.safetensors").is_file():
        few_step = _load_few_step(few_step_path, generator, beside).to(device)
        hash_file(few_step_path, whole)
    generator.solvers = load_solvers(folder, generator, beside)
    if generator.solvers:
        hash_file(folder / "solver.safetensors", whole)
    if (sounds_path := folder / "sounds.safetensors").is_file():
        sounds = load_sound_vocabulary(sounds_path, generator.spec.text_dim)
        hash_file(sounds_path, whole)
    if refiner is not None:
        hash_file(path, whole)
        refiner.to(device)
    return LoadedModel(codec, generator, whole.hexdigest(), few_step, sounds, refiner)


def _fit(generator: Generator, refiner: Refiner | None, latent_dim: int) -> bool:
    """Return whether a generator, with its refiner if there is one, makes all codes of a codec's latents."""
    spec = generator.spec
    if refiner is None:
        return spec.latent_dim == latent_dim
    own = refiner.spec
    made = own.made_codes, own.latent_dim, own.text_dim, own.patch_latents
    return made == (spec.latent_dim, latent_dim, spec.text_dim, spec.patch_latents)


def load_folder_codec(folder: Path | None = None, device: str = "cpu") -> XsFoaVae | OobleckFoaVae:
    """Load the codec of a checkpoint folder (None: the shipped one), with or without a generator beside it.

    Raises CheckpointError if it is missing or damaged.
    """
    folder = checkpoint_folder(folder)
    path = folder / "codec.safetensors"
    if not path.is_file():
        raise CheckpointError(f"There are no weights in {folder}: a checkpoint is a folder with codec.safetensors.")
    return load_codec(path).to(device)


def load_codec(path: Path) -> XsFoaVae | OobleckFoaVae:
    """Load a codec alone, in evaluation mode. Raises CheckpointError."""
    stored = read_stored(path, FORMAT, (_XS, _OOBLECK))
    if stored.kind == _OOBLECK:
        return _built(partial(OobleckFoaVae, _oobleck_spec(stored)), stored)
    return _built(partial(XsFoaVae, _spec(XsCodecSpec, stored, "codec")), stored)


def load_generator(path: Path) -> Generator:
    """Load a generator alone, in evaluation mode. Raises CheckpointError."""
    stored = read_stored(path, FORMAT, (_GENERATOR,))
    return _built(partial(Generator, _spec(GeneratorSpec, stored, "generator")), stored)


def load_refiner(path: Path) -> Refiner:
    """Load a refiner alone, in evaluation mode. Raises CheckpointError."""
    stored = read_stored(path, FORMAT, (_REFINER,))
    return _built(partial(Refiner, _spec(RefinerSpec, stored, "refiner")), stored)


def load_solvers(folder: Path, generator: Generator, generator_sha256: str) -> dict[int, FittedSolver]:
    """Return the solvers that a checkpoint folder has for its generator, by their number of steps; none without a file.

    `generator_sha256` is the hash of the generator's file. Raises CheckpointError if the file is damaged or was made
    for another generator.
    """
    path = folder / "solver.safetensors"
    if not path.is_file():
        return {}
    stored = read_stored(path, FORMAT, (_SOLVERS,))
    if stored.beside != generator_sha256:
        raise CheckpointError(f"{path} was fitted to another generator than the one beside it: run 'train solver'.")
    try:
        tensors = stored.tensors()
        solvers = {n: FittedSolver(tensors[f"times.{n}"], tensors[f"weights.{n}"]) for n in _steps(stored.spec)}
        fits = all(
            s.weights.shape[1:] == (n + 1, generator.spec.latent_dim) and bool(s.weights.isfinite().all())
            for n, s in solvers.items()
        )
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise CheckpointError(f"{path} is damaged: copy it again, or make it with 'train solver'.") from error
    if not fits:
        raise CheckpointError(f"{path} does not fit the generator beside it: run 'train solver'.")
    return solvers


def _steps(spec: dict[str, object]) -> list[int]:
    """Return the numbers of steps that solvers were fitted for. Raises ValueError."""
    steps = spec["steps"]
    if not isinstance(steps, list) or not all(type(n) is int and 1 <= n <= _MOST_STEPS for n in steps):
        raise ValueError("solvers have a number of steps each")
    return steps


def _load_few_step(path: Path, generator: Generator, generator_sha256: str) -> LocalDit:
    stored = read_stored(path, FORMAT, (_FEW_STEP,))
    spec = _spec(GeneratorSpec, stored, "generator")
    is_of_it = replace(spec, distilled_steps=0) == generator.spec and spec.distilled_steps
    if stored.beside != generator_sha256 or not is_of_it:
        raise CheckpointError(f"{path} was distilled from another generator than the one beside it.")
    return _built(partial(LocalDit.of, spec), stored)


def load_sound_vocabulary(path: Path, text_dim: int) -> SoundVocabulary:
    """Load sounds.safetensors; its embeddings have `text_dim` values. Raises CheckpointError."""
    stored = read_stored(path, FORMAT, (_SOUNDS,))
    try:
        names, tensors = stored.spec["names"], stored.tensors()
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise TypeError("names are texts")
        steady = tensors["steady"].float() if "steady" in tensors else None
        sounds = SoundVocabulary(tuple(names), tensors["embeddings"].float(), tensors["prior"].float(), steady)
    except (KeyError, TypeError, RuntimeError, InvalidInputError) as error:
        raise CheckpointError(f"{path} is damaged: copy it again, or make it with 'train vocabulary'.") from error
    if sounds.embeddings.shape[1] != text_dim:
        raise CheckpointError(f"{path} was made for another text encoder: make it with 'train vocabulary'.")
    return sounds


def _compressed(state: dict[str, Tensor]) -> dict[str, Tensor]:
    tensors: dict[str, Tensor] = {}
    for key, value in state.items():
        value = value.detach().cpu()
        if value.ndim == 2 and value.numel() > _SMALL_MATRIX:
            scale = (value.abs().amax(dim=1, keepdim=True) / 127.0).clamp(min=1e-8).half()
            tensors[key] = torch.round(value / scale.float()).clamp(-127, 127).to(torch.int8)
            tensors[key + SCALE] = scale
        else:
            tensors[key] = value.half() if value.dtype.is_floating_point else value
    return tensors


def _write(path: Path, tensors: dict[str, Tensor], description: Mapping[str, object]) -> None:
    write_tensors(path, tensors, {FORMAT: json.dumps(description)})


def _built(build: Callable[[], Model], stored: StoredTensors) -> Model:
    """Return a model with the weights of a file, in evaluation mode.

    The file says the model's sizes: nothing is allocated before they are those of its tensors.
    """
    path = stored.path
    try:
        fits = shapes_of(build) == stored.shapes
    except (ValueError, RuntimeError, OverflowError) as error:
        raise CheckpointError(
            f"{path} describes a model that this version does not know: update SwanSphere."
        ) from error
    if not fits:
        raise CheckpointError(f"{path} does not fit the model that it describes: copy it again.")
    tensors = stored.tensors()
    if not all(math.isfinite(float(v.float().abs().max())) for v in tensors.values() if v.numel()):
        raise CheckpointError(f"{path} is damaged: some of its numbers are not finite. Copy it again.")
    model = build()
    try:
        model.load_state_dict({k: v.float() if v.dtype.is_floating_point else v for k, v in tensors.items()})
    except RuntimeError as error:
        raise CheckpointError(f"{path} does not fit the model that it describes: copy it again.") from error
    return model.eval().requires_grad_(False)


def _oobleck_spec(stored: StoredTensors) -> OobleckSpec:
    spec = _spec(OobleckSpec, stored, "codec")
    if spec.audio_channels != FOA_CHANNELS:
        raise CheckpointError(
            f"{stored.path} holds a codec of {spec.audio_channels} channels, but W, Y, Z, X are needed."
        )
    return spec


def _spec(kind: Callable[..., Spec], stored: StoredTensors, what: str) -> Spec:
    try:
        return kind(**{k: tuple(v) if isinstance(v, list) else v for k, v in stored.spec.items()})
    except (TypeError, ValueError) as error:
        raise CheckpointError(f"{stored.path} describes a {what} that this version does not know.") from error
