"""Conditions for a step of training."""

import torch

from engine.model.conditioning.conditions import Conditions
from engine.model.specs import TINY


def make_conditions(batch: int, patches: int) -> Conditions:
    """Return conditions of TINY drawn at random, all of them given, for (batch, patches)."""
    flag = torch.ones(batch, patches)
    return Conditions(
        text=torch.randn(batch, patches, TINY.text_dim),
        has_text=flag,
        video=torch.randn(batch, patches, TINY.video_channels, 8, 16),
        has_video=flag,
        direction=torch.randn(batch, patches, 3),
        has_direction=flag,
    )
