"""Data parallel training: `torchrun --nproc-per-node N -- main.py train ...` makes N processes that share one model.

Every process draws its own batch; gradients are averaged (torch's DistributedDataParallel, gloo on CPU, NCCL on GPUs;
divided weights, torch's fully_shard, in sharding.py). Without torchrun there is one process and nothing is exchanged.
"""

import gc
import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from statistics import fmean

import torch
from torch import distributed, nn
from torch.distributed.fsdp import FSDPModule
from torch.nn.parallel import DistributedDataParallel

from engine.contract.errors import InvalidInputError

_SEEDS_A_STEP = 4_096


@dataclass(frozen=True)
class ProcessGroup:
    """The processes of a run: `rank` counts from 0 to `size` - 1; `local` is the rank on this machine."""

    rank: int = 0
    size: int = 1
    local: int = 0

    @property
    def leads(self) -> bool:
        """Whether this process writes logs and checkpoints."""
        return self.rank == 0

    def device(self, name: str) -> torch.device:
        """Return this process's device: with several GPUs every process of a machine takes a different one."""
        return torch.device(name, self.local) if name == "cuda" and self.size > 1 else torch.device(name)

    def share(self, model: nn.Module) -> nn.Module:
        """Return the module wrapped so that a backward pass averages gradients over the group."""
        if self.size == 1:
            return model
        on_gpu = next(model.parameters()).is_cuda
        return DistributedDataParallel(model, device_ids=[self.local] if on_gpu else None)

    def seed(self, step: int, part: int = 0) -> int:
        """Return the seed of the random draws of a step: a resumed run draws the same as an uninterrupted one."""
        if self.size * (part + 1) > _SEEDS_A_STEP:
            raise InvalidInputError(f"{self.size} processes times {part + 1} parts of a batch are too many.")
        return step * _SEEDS_A_STEP + part * self.size + self.rank

    def mean(self, value: float) -> float:
        """Return the mean of a number over the group."""
        if self.size == 1:
            return value
        total = torch.tensor(value, dtype=torch.float64)
        if distributed.get_backend() == "nccl":
            total = total.float().to(torch.device("cuda", self.local))
        distributed.all_reduce(total)
        return float(total) / self.size

    def mean_of_each(self, line: Mapping[str, float]) -> dict[str, float]:
        """Return the means of named numbers, each over the processes that have it."""
        if self.size == 1:
            return dict(line)
        lines: list[Mapping[str, float]] = [{}] * self.size
        distributed.all_gather_object(lines, dict(line))
        names = dict.fromkeys(name for found in lines for name in found)
        return {name: fmean(found[name] for found in lines if name in found) for name in names}

    def average_gradients(self, model: nn.Module) -> None:
        """Average the gradients of a model that is not shared; none counts as zero.

        For steps whose passes differ from process to process, which a shared model cannot follow.
        """
        if self.size == 1:
            return
        parameters = [p for p in model.parameters() if p.requires_grad]
        flat = torch.cat([(torch.zeros_like(p) if p.grad is None else p.grad).flatten() for p in parameters])
        distributed.all_reduce(flat)
        parts = (flat / self.size).split([p.numel() for p in parameters])
        for parameter, part in zip(parameters, parts, strict=True):
            parameter.grad = part.view_as(parameter)


@contextmanager
def process_group(device: str) -> Iterator[ProcessGroup]:
    """Join the processes that torchrun started, and leave them at the end; without torchrun, run alone."""
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        yield ProcessGroup()
        return
    local = int(os.environ.get("LOCAL_RANK", "0"))
    if device == "cuda":
        torch.cuda.set_device(local)
    distributed.init_process_group("nccl" if device == "cuda" else "gloo")
    try:
        yield ProcessGroup(distributed.get_rank(), size, local)
    finally:
        # Wrapped models hold the group in cycles: collected after it is left, gloo's threads end the process.
        gc.collect()
        distributed.destroy_process_group()


def gathering(model: nn.Module, *, last: bool) -> AbstractContextManager[None]:
    """Return the context of a backward pass: gradients are exchanged with the last part of a batch only."""
    if isinstance(model, DistributedDataParallel) and not last:
        return model.no_sync()
    if isinstance(model, FSDPModule):
        model.set_requires_gradient_sync(last)
    return nullcontext()
