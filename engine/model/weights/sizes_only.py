"""Builds a model without its memory.

The sizes stated in a file are compared with the file before anything is allocated.
"""

from collections.abc import Callable
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

_INITIAL_VALUES: Final = (
    nn.init.normal_, nn.init.uniform_, Tensor.normal_, Tensor.uniform_, Tensor.zero_, Tensor.fill_, Tensor.copy_,
)  # fmt: skip


class SizesOnly(TorchFunctionMode):
    """While this holds, parameters have shapes but no memory. Constants are made as usual.

    `torch.device("meta")` would do that too, but the first constant that is calculated there loads a third of torch.
    """

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Make empty tensors without memory, and leave those without initial values."""
        kwargs = kwargs or {}
        if func is torch.empty:
            return func(*args, **(kwargs | {"device": "meta"}))
        if func in _INITIAL_VALUES and (target := args[0] if args else kwargs["tensor"]).is_meta:
            return target
        return func(*args, **kwargs)


def shapes_of(build: Callable[[], nn.Module]) -> dict[str, tuple[int, ...]]:
    """Return the shapes of the state of what `build` would build. Raises what building raises."""
    with SizesOnly():
        return {name: tuple(value.shape) for name, value in build().state_dict().items()}
