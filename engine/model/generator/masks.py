"""Small helpers that streaming layers share."""

import torch
from torch import Tensor


def windowed_causal_mask(queries: int, keys: int, window: int, device: torch.device) -> Tensor:
    """Return a boolean mask (queries, keys), True where a query may look: at itself and `window - 1` keys before it.

    The last key belongs to the last query.
    """
    position = torch.arange(keys - queries, keys, device=device)[:, None]
    key = torch.arange(keys, device=device)[None]
    return (key <= position) & (key > position - window)
