"""The training loop of every stage: learning rate, deadline, moving average, log and checkpoints.

A stage gives the loop a function that learns from one batch; the loop calls it until the steps or the minutes are over.
A run that is started again continues from its checkpoint.
"""

import math
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Generic, TypeVar

import torch
from torch import Tensor, nn

from engine.training.loop.checkpointing import Discriminator, WeightAverage, load_training, save_training
from engine.training.loop.log import note
from engine.training.loop.parallel import ProcessGroup
from engine.training.loop.random_state import RandomState
from engine.training.loop.rate import CosineRate
from engine.training.loop.sharding import is_divided, save_divided

SAVE_EVERY_S = 240.0
ALONE = ProcessGroup()
M = TypeVar("M", bound=nn.Module)

Metrics = Mapping[str, Tensor | float]
"""Scalars of one step for the log; a tensor is detached and is read when the line is written, not before."""


@dataclass
class TrainingState(Generic[M]):
    """The weights of a run, what fits them, and the number of steps taken so far."""

    model: M
    optimiser: torch.optim.Optimizer
    average: WeightAverage | None = None
    step: int = 0
    random: RandomState | None = None
    discriminator: Discriminator | None = None

    def resume(self, path: Path) -> None:
        """Go on from a checkpoint, if there is one. Raises CheckpointError if it is damaged or of another model."""
        assert self.average is not None
        kept = self.random, self.discriminator
        self.step = load_training(path, self.model, self.average, self.optimiser, *kept)

    def save(self, path: Path, members: ProcessGroup = ALONE) -> None:
        """Write a checkpoint; every process calls it, because divided tensors have to be gathered first."""
        assert self.average is not None
        if is_divided(self.model):
            save_divided(path, self.model, self.average, self.optimiser, self.step, members)
        elif members.leads:
            kept = self.random, self.discriminator
            save_training(path, self.model, self.average, self.optimiser, self.step, *kept)

    def averaged(self) -> M:
        """Return the model with the averaged weights in it; those that were fitted are lost."""
        assert self.average is not None
        self.model.load_state_dict(self.average.values)
        return self.model


@dataclass(frozen=True)
class LoopSettings:
    """When a run ends and how it goes there.

    `rate` sets the learning rate before each step (None: it stays). Every `log_every` steps the means of the metrics
    since the last line are logged (0: no log).
    """

    total_steps: int
    minutes: float = math.inf
    rate: CosineRate | None = None
    log_every: int = 0


def run_loop(
    state: TrainingState[M],
    learn: Callable[[int], Metrics],
    settings: LoopSettings,
    path: Path | None = None,
    members: ProcessGroup = ALONE,
) -> None:
    """Call `learn(step)` until the steps or the minutes are over; it updates the weights and returns metrics.

    `path` is the checkpoint, with `log.jsonl` beside it: written every four minutes and at the end by the leading
    process. None: nothing is kept, and lines of the log are printed only.
    """
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
    began, saved = time.monotonic(), 0.0
    metrics: list[Metrics] = []
    # Every process has to save and stop at the same step: they agree on the time.
    while state.step < settings.total_steps:
        elapsed = members.mean(time.monotonic() - began)
        if elapsed >= 60 * settings.minutes:
            break
        if path is not None and elapsed - saved > SAVE_EVERY_S:
            state.save(path, members)
            saved = elapsed
        if settings.rate is not None:
            settings.rate.apply(state.optimiser, state.step)
        metrics.append(learn(state.step))
        state.step += 1
        if state.average is not None:
            state.average.update(state.model, state.step)
        if settings.log_every and state.step % settings.log_every == 0:
            means = members.mean_of_each(means_of(metrics))
            metrics.clear()
            if members.leads:
                line = {"step": state.step, "s": round(time.monotonic() - began, 1)}
                note(None if path is None else path.parent, line | {k: round(v, 4) for k, v in means.items()})
    if path is not None:
        state.save(path, members)


def means_of(metrics: Iterable[Metrics]) -> dict[str, float]:
    """Return the mean of each metric over the steps that have it."""
    values: dict[str, list[Tensor | float]] = {}
    for found in metrics:
        for name, value in found.items():
            values.setdefault(name, []).append(value)
    return {name: fmean(float(v) for v in of_name) for name, of_name in values.items()}


def descend(
    loss: Tensor, optimiser: torch.optim.Optimizer, parameters: Iterable[nn.Parameter], largest_norm: float
) -> None:
    """Take one step down a loss: new gradients, clipped to a norm, then the optimiser."""
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    apply_gradients(optimiser, parameters, largest_norm)


def apply_gradients(optimiser: torch.optim.Optimizer, parameters: Iterable[nn.Parameter], largest_norm: float) -> None:
    """Take one step along the existing gradients, clipped to a norm."""
    torch.nn.utils.clip_grad_norm_(parameters, largest_norm)
    optimiser.step()
