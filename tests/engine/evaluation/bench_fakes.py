"""A patch source for tests: a plane wave from where it was asked for, and stage times that are known."""

import numpy as np

from engine.contract.conventions import PATCH_SAMPLES
from engine.contract.generation import PatchRequest, PatchResult


class PlaneWaveSource:
    """Noise from the asked direction, turned to the left by `off_deg`; without a direction, from the front."""

    checkpoint_sha256 = "0" * 64
    runtime = "noise"

    def __init__(self, off_deg: float = 0.0, level: float = 0.1) -> None:
        self.off_rad, self.level = np.deg2rad(off_deg), level
        self.requests: list[PatchRequest] = []
        self.seeds: list[int] = []

    def reset(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self.seeds.append(seed)

    def next_patch(self, request: PatchRequest) -> PatchResult:
        self.requests.append(request)
        x, y, z = (1.0, 0.0, 0.0) if request.direction is None else request.direction
        c, s = np.cos(self.off_rad), np.sin(self.off_rad)
        gains = np.array([1.0, s * x + c * y, z, c * x - s * y])
        noise = self.level * self._rng.standard_normal(PATCH_SAMPLES)
        samples = (gains[:, None] * noise).astype(np.float32)
        times = {"text": 1.0, "video": 2.0, "lm": 3.0, "dit": 4.0 * request.steps, "codec": 5.0}
        return PatchResult(samples, times)
