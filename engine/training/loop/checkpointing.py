"""Checkpoints of a training: weights, their average, moments, step and random states in one safetensors file."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from engine.contract.errors import CheckpointError
from engine.model.weights.tensor_file import write_tensors
from engine.training.loop.random_state import RandomState

STATE_FILE = "training.safetensors"
_KINDS = ("model", "average", "optimiser", "random", "opponent", "opponent_optimiser")
"""The kinds of tensors in the file: the first part of their names."""

Moments: TypeAlias = Mapping[int, Mapping[str, Tensor]]
"""An optimiser's tensors by the number of their parameter and what they are."""


class WeightAverage:
    """Exponential moving average of a model's parameters and buffers.

    It moves quickly in the first steps; `first_step` is what the first of them counts as.
    """

    def __init__(self, model: nn.Module, decay: float = 0.999, first_step: int = 1) -> None:
        self.decay = decay
        self._ahead = first_step - 1
        self.values = {k: v.detach().clone() for k, v in model.state_dict().items()}

    @torch.no_grad()
    def update(self, model: nn.Module, step: int) -> None:
        """Move towards the model after step `step`, counted from 1."""
        counted = step + self._ahead
        decay = min(self.decay, (1 + counted) / (10 + counted))
        for key, value in model.state_dict().items():
            if value.dtype.is_floating_point:
                self.values[key].lerp_(value.detach(), 1 - decay)
            else:
                self.values[key].copy_(value)


@dataclass(frozen=True)
class Discriminator:
    """The second network of an adversarial stage, and its optimiser."""

    model: nn.Module
    optimiser: torch.optim.Optimizer


def save_training(
    path: Path,
    model: nn.Module,
    average: WeightAverage,
    optimiser: torch.optim.Optimizer,
    step: int,
    random: RandomState | None = None,
    discriminator: Discriminator | None = None,
) -> None:
    """Write everything needed to continue; the old file stays until the new one is complete. Raises ExportError."""
    write_training(path, model.state_dict(), average.values, moments_of(optimiser), step, random, discriminator)


def write_training(
    path: Path,
    weights: Mapping[str, Tensor],
    average: Mapping[str, Tensor],
    moments: Moments,
    step: int,
    random: RandomState | None = None,
    discriminator: Discriminator | None = None,
) -> None:
    """Write what `save_training` writes, from the tensors of model, average and optimiser. Raises ExportError."""
    tensors: dict[str, Tensor] = {f"model.{k}": v for k, v in weights.items()}
    tensors |= {f"average.{k}": v for k, v in average.items()}
    tensors |= {f"optimiser.{k}": v for k, v in _named(moments).items()}
    if random is not None:
        tensors |= {f"random.{k}": v for k, v in random.tensors().items()}
    if discriminator is not None:
        tensors |= {f"opponent.{k}": v for k, v in discriminator.model.state_dict().items()}
        tensors |= {f"opponent_optimiser.{k}": v for k, v in _named(moments_of(discriminator.optimiser)).items()}
    write_tensors(path, tensors, {"training": json.dumps({"step": step})})


def load_training(
    path: Path,
    model: nn.Module,
    average: WeightAverage,
    optimiser: torch.optim.Optimizer,
    random: RandomState | None = None,
    discriminator: Discriminator | None = None,
) -> int:
    """Restore what `save_training` wrote and return the step; 0 if there is no file.

    Raises CheckpointError if it is damaged or of another model.
    """
    if not path.is_file():
        return 0
    try:
        step, kinds = _read(path)
        model.load_state_dict(kinds["model"])
        average.values = {k: v.to(average.values[k].device) for k, v in kinds["average"].items()}
        _restore(optimiser, kinds["optimiser"])
        if discriminator is not None:
            discriminator.model.load_state_dict(kinds["opponent"])
            _restore(discriminator.optimiser, kinds["opponent_optimiser"])
        if random is not None:
            random.restore(kinds["random"], step)
    except (SafetensorError, OSError, LookupError, TypeError, ValueError, RuntimeError, RecursionError) as error:
        raise CheckpointError(f"{path} is damaged or belongs to another model: remove it to start again.") from error
    return step


def _read(path: Path) -> tuple[int, dict[str, dict[str, Tensor]]]:
    """Return the step, and a file's tensors by their kind."""
    kinds: dict[str, dict[str, Tensor]] = {kind: {} for kind in _KINDS}
    with safe_open(path, framework="pt") as file:
        step = int(json.loads(file.metadata()["training"])["step"])
        for key in file.keys():
            kind, name = key.split(".", 1)
            kinds[kind][name] = file.get_tensor(key)
    return step, kinds


def moments_of(optimiser: torch.optim.Optimizer) -> Moments:
    """Return an optimiser's tensors."""
    moments: Moments = optimiser.state_dict()["state"]
    return moments


def _named(moments: Moments) -> dict[str, Tensor]:
    """Return an optimiser's tensors, named by the number of their parameter and what they are."""
    return {f"{index}.{name}": value for index, state in moments.items() for name, value in state.items()}


def _restore(optimiser: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    """Give an optimiser the tensors that `_named` returned; rates and other settings stay."""
    moments: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        index, name = key.split(".", 1)
        moments.setdefault(int(index), {})[name] = value
    optimiser.load_state_dict({"state": moments, "param_groups": optimiser.state_dict()["param_groups"]})
