"""The learning rate over a run."""

import math

import torch


def set_rate(optimiser: torch.optim.Optimizer, peak: float, step: int, total: int, warmup: int = 100) -> None:
    """Warm up linearly, then follow a cosine down to 3 % of the peak."""
    shape = 0.03 + 0.97 * 0.5 * (1 + math.cos(math.pi * min(step / total, 1.0)))
    for group in optimiser.param_groups:
        group["lr"] = peak * min((step + 1) / warmup, 1.0) * shape * group.get("share", 1.0)
