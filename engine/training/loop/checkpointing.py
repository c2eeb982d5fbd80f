"""Checkpoints of a training: weights, their average, moments, step and random states in one safetensors file."""

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from engine.contract.errors import CheckpointError
from engine.model.weights.tensor_file import write_tensors
from engine.training.loop.random_state import RandomState

STATE_FILE = "training.safetensors"
_KINDS = ("model", "average", "optimiser", "random", "opponent", "opponent_optimiser")
"""The kinds of tensors in the file: the first part of their names."""


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
class Opponent:
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
    opponent: Opponent | None = None,
) -> None:
    """Write everything needed to continue; the old file stays until the new one is complete. Raises ExportError."""
    tensors: dict[str, Tensor] = {f"model.{k}": v for k, v in model.state_dict().items()}
    tensors |= {f"average.{k}": v for k, v in average.values.items()}
    tensors |= {f"optimiser.{k}": v for k, v in _tensors_of(optimiser).items()}
    if random is not None:
        tensors |= {f"random.{k}": v for k, v in random.tensors().items()}
    if opponent is not None:
        tensors |= {f"opponent.{k}": v for k, v in opponent.model.state_dict().items()}
        tensors |= {f"opponent_optimiser.{k}": v for k, v in _tensors_of(opponent.optimiser).items()}
    write_tensors(path, tensors, {"training": json.dumps({"step": step})})


def load_training(
    path: Path,
    model: nn.Module,
    average: WeightAverage,
    optimiser: torch.optim.Optimizer,
    random: RandomState | None = None,
    opponent: Opponent | None = None,
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
        if opponent is not None:
            opponent.model.load_state_dict(kinds["opponent"])
            _restore(opponent.optimiser, kinds["opponent_optimiser"])
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


def _tensors_of(optimiser: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Return an optimiser's tensors, named by the number of their parameter and what they are."""
    states = optimiser.state_dict()["state"]
    return {f"{index}.{name}": value for index, state in states.items() for name, value in state.items()}


def _restore(optimiser: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    """Give an optimiser the tensors that `_tensors_of` returned; rates and other settings stay."""
    moments: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        index, name = key.split(".", 1)
        moments.setdefault(int(index), {})[name] = value
    optimiser.load_state_dict({"state": moments, "param_groups": optimiser.state_dict()["param_groups"]})
