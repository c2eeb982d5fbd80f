"""Weights, gradients, moments and average divided over the processes of a run (torch's fully_shard, FSDP2).

Every process keeps 1/N of each tensor and gathers a layer's weights only while it computes that layer. Files are the
as without: they are read before the tensors are divided, and written from gathered tensors.
"""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard, register_fsdp_forward_method
from torch.distributed.tensor import DTensor, distribute_tensor

from engine.model.generator.generator import Generator
from engine.training.loop.checkpointing import WeightAverage, moments_of, write_training
from engine.training.loop.parallel import ProcessGroup


def divide(
    objective: nn.Module, model: Generator, average: WeightAverage, optimiser: torch.optim.AdamW, members: ProcessGroup
) -> tuple[WeightAverage, torch.optim.AdamW]:
    """Divide an objective's model over the group, in place; returns average and optimiser of the divided tensors.

    The objective's forward pass must be the only way into the model.
    """
    device = next(model.parameters()).device
    mesh = init_device_mesh(device.type, (members.size,))
    moments = optimiser.state_dict()
    for layer in model.lm.layers:
        fully_shard(layer, mesh=mesh)
        register_fsdp_forward_method(layer, "whole")
    for layer in model.dit.layers:
        # Modulations are made before the layers run, for all of them at once.
        fully_shard(layer.get_submodule("modulation"), mesh=mesh)
        fully_shard(layer, mesh=mesh)
    for layer in model.history.layers:
        fully_shard(layer, mesh=mesh)
    fully_shard(objective, mesh=mesh)
    divided = WeightAverage(model, average.decay)
    for key, value in divided.values.items():
        divided.values[key] = _as(average.values[key], value)
    again = torch.optim.AdamW(model.parameters())
    for index, parameter in enumerate(model.parameters()):
        state = moments["state"].get(index, {})
        moments["state"][index] = {k: _as(v, parameter) if v.ndim else v for k, v in state.items()}
    again.load_state_dict(moments | {"state": {k: v for k, v in moments["state"].items() if v}})
    return divided, again


def is_divided(model: nn.Module) -> bool:
    """Return whether a model's tensors are divided over processes."""
    return any(isinstance(p, DTensor) for p in model.parameters())


def save_divided(
    path: Path,
    model: nn.Module,
    average: WeightAverage,
    optimiser: torch.optim.Optimizer,
    step: int,
    members: ProcessGroup,
) -> None:
    """Gather everything and write it as `save_training` does; every process takes part, the leading one writes."""
    weights, averages = _gathered(model.state_dict()), _gathered(average.values)
    moments = {index: _gathered(state) for index, state in moments_of(optimiser).items()}
    if members.leads:
        write_training(path, weights, averages, moments, step)


def _gathered(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {k: (v.full_tensor() if isinstance(v, DTensor) else v).cpu() for k, v in tensors.items()}


def _as(value: Tensor, like: Tensor) -> Tensor:
    """Return a whole tensor divided as another one is."""
    if not isinstance(like, DTensor):
        return value
    return distribute_tensor(value.to(like.device), like.device_mesh, like.placements)
