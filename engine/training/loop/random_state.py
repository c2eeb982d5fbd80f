"""The states of random generators in a checkpoint, so that a resumed run draws the same as an uninterrupted one."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True)
class RandomState:
    """What a stage draws from, step after step: torch's own generators (dropout, a posterior's noise), and `numpy`.

    Stages that seed a new generator in every step, and have no dropout, do not need it.
    """

    numpy: np.random.Generator | None = None

    def tensors(self) -> dict[str, Tensor]:
        """Return the states as bytes (N,) by name."""
        states = {"torch": torch.get_rng_state()}
        if self.numpy is not None:
            states["numpy"] = _bytes_of(self.numpy.bit_generator.state)
        if torch.cuda.is_initialized():
            states["cuda"] = torch.cuda.get_rng_state()
        return states

    def restore(self, states: Mapping[str, Tensor], step: int) -> None:
        """Set the generators as they were after `step` steps.

        Checkpoints of earlier versions have no states: numpy's is then seeded with the step, torch's stay.
        """
        if self.numpy is not None:
            seeded = np.random.default_rng(step + 1).bit_generator.state
            found = json.loads(bytes(states["numpy"].tolist())) if "numpy" in states else seeded
            self.numpy.bit_generator.state = found
        if "torch" in states:
            torch.set_rng_state(states["torch"])
        if "cuda" in states and torch.cuda.is_available():
            torch.cuda.set_rng_state(states["cuda"])


def _bytes_of(state: object) -> Tensor:
    return torch.tensor(list(json.dumps(state).encode()), dtype=torch.uint8)
