"""States of several streams as one batch, and back: what streams do together, they do in one pass.

A state is a tensor whose first dimension counts streams, None, or a tuple or frozen dataclass of states.
"""

from collections.abc import Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar, cast

import torch
from torch import Tensor

State = TypeVar("State")


def joined(states: Sequence[State]) -> State:
    """Return the states of N streams, one each, as one state of N. Raises TypeError for what is no state."""
    return states[0] if len(states) == 1 else cast("State", _joined(states))


def parted(state: State, count: int) -> tuple[State, ...]:
    """Return the N states, one stream each, of a state of N."""
    if count == 1:
        return (state,)
    return tuple(cast("State", _taken(state, index)) for index in range(count))


def _joined(states: Sequence[Any]) -> Any:
    first = states[0]
    if first is None:
        return None
    if isinstance(first, Tensor):
        return torch.cat(list(states))
    if isinstance(first, tuple):
        return tuple(_joined(parts) for parts in zip(*states, strict=True))
    if is_dataclass(first) and not isinstance(first, type):
        return replace(first, **{f.name: _joined([getattr(s, f.name) for s in states]) for f in fields(first)})
    raise TypeError(f"{type(first).__name__} is no state of a stream.")


def _taken(state: Any, index: int) -> Any:
    if state is None:
        return None
    if isinstance(state, Tensor):
        return state[index : index + 1]
    if isinstance(state, tuple):
        return tuple(_taken(part, index) for part in state)
    return replace(state, **{f.name: _taken(getattr(state, f.name), index) for f in fields(state)})
