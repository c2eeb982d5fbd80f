"""Keys and values of the last patches in a ring of fixed size: constant memory however long the film is.

A patch's slot is its index modulo the window, so nothing is moved or joined when a patch is added. Rows of any age
advance together: a mask hides the slots that a row has not filled yet.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from engine.model.generator.rope import Rotation


@dataclass(frozen=True, eq=False)
class RingPlace:
    """Where R rows are in their rings of W slots.

    `own` (R, W) is true in the slot of the row's next patch, `seen` (R, W) in those that the patch may look at: its own
    and the last W - 1. `rotation` (R, 1, 1, D / 2) turns its queries and keys.
    """

    own: Tensor
    seen: Tensor
    rotation: Rotation

    @classmethod
    def of(cls, position: Tensor, window: int, features: int) -> "RingPlace":
        """Return the places of rows whose next patches have the indices `position` (R,); keys have D features."""
        slot = torch.arange(window, device=position.device)
        own = slot == (position % window)[:, None]
        return cls(own, slot <= position[:, None], Rotation.at(position[:, None, None], features).to(torch.float32))

    def written(self, ring: Tensor, new: Tensor) -> Tensor:
        """Return a ring (R, H, W, D) of keys or values with the new ones (R, H, 1, D) in their own slots."""
        return torch.where(self.own[:, None, :, None], new, ring)
