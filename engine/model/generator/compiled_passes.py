"""The passes of a generator that a stream repeats, as functions that may stand in for the modules' own.

`engine/model/compiled` makes them. A generator without them, as in training, uses its modules.
"""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

TensorFunction = Callable[..., tuple[Tensor, ...]]
"""Tensors in, a tuple of tensors out; without gradients."""


@dataclass(frozen=True, eq=False)
class CompiledPasses:
    """`film` is that of ConditionEmbedding, `history` the history encoder, `advance` that of CausalLm."""

    film: TensorFunction
    history: TensorFunction
    advance: TensorFunction
