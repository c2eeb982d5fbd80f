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
    """`film` stands in for ConditionEmbedding's `film_and_place`, `plan` for Generator's `next_plans`.

    `guided` stands in for Generator's `guided`; it is None for a distilled one, which has its guidance inside.
    """

    film: TensorFunction
    plan: TensorFunction
    guided: TensorFunction | None
