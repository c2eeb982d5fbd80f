"""A patch source for tests: a plane wave from where it was asked for, and stage times that are known."""

import numpy as np

from engine.contract.conventions import PATCH_SAMPLES
from engine.contract.generation import PatchRequest, PatchResult


class PlaneWaveSource:
    """Noise from the asked direction, without one from the front; `off_deg` left of it unless it is to be exact."""

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
        off_rad = 0.0 if request.exact_direction else self.off_rad
        c, s = np.cos(off_rad), np.sin(off_rad)
        gains = np.array([1.0, s * x + c * y, z, c * x - s * y])
        noise = self.level * self._rng.standard_normal(PATCH_SAMPLES)
        samples = (gains[:, None] * noise).astype(np.float32)
        times = {"text": 1.0, "video": 2.0, "lm": 3.0, "dit": 4.0 * request.steps, "codec": 5.0}
        return PatchResult(samples, times)
