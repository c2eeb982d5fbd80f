"""What a generator's training starts from: weights of an earlier generator, and the film's encoder of `train svac`."""

from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file

from engine.contract.errors import InvalidInputError
from engine.model.generator.generator import Generator
from engine.model.weights.checkpoint import load_generator


def start_from(model: Generator, folder: Path) -> None:
    """Copy the weights that have the same name and shape; latents of another codec need new first and last layers."""
    count = take_fitting(model, load_generator(folder / "generator.safetensors"))
    print(f"{count} of {len(model.state_dict())} tensors begin as in {folder}", flush=True)


def take_fitting(model: Generator, earlier: Generator) -> int:
    """Copy the weights that have the same name and shape; returns how many tensors these are."""
    own = model.state_dict()
    fitting = {k: v for k, v in earlier.state_dict().items() if k in own and own[k].shape == v.shape}
    model.load_state_dict(own | fitting)
    return len(fitting)


def take_svac(model: Generator, path: Path) -> None:
    """Copy the film encoder from `train svac`. Raises InvalidInputError if it does not fit."""
    encoder = model.conditions.svac
    try:
        weights = {k.removeprefix("video."): v for k, v in load_file(path).items() if k.startswith("video.")}
        if encoder is None:
            raise InvalidInputError(f"The size {model.spec.name} has no place for {path}: its svac_channels are 0.")
        encoder.load_state_dict(weights)
    except (OSError, SafetensorError, RuntimeError) as error:
        raise InvalidInputError(f"{path} is not from 'train svac' for this size: run it again.") from error
