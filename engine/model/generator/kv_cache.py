"""Keys and values of the last patches: constant memory however long the film is."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class KvCache:
    """`keys` and `values` are (B, H, up to window - 1, D) of the patches before the next one."""

    keys: Tensor
    values: Tensor

    def extended(self, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Return keys and values with the new ones (B, H, t, D) behind the old."""
        return torch.cat([self.keys, keys], dim=2), torch.cat([self.values, values], dim=2)


def trimmed(keys: Tensor, values: Tensor, window: int) -> KvCache:
    """Return a cache of what the next query may still see."""
    keep = max(keys.shape[2] - (window - 1), 0)
    return KvCache(keys[:, :, keep:], values[:, :, keep:])
