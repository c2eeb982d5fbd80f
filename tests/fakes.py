"""Stand-ins that are simple enough to be right, importable by child processes."""

import re
import time
from dataclasses import dataclass

import numpy as np

from engine.ambisonics.encoding import encode_point, sn3d_gains
from engine.contract.conventions import PATCH_SAMPLES, SAMPLE_RATE_HZ
from engine.contract.errors import CheckpointError
from engine.contract.generation import MAIN_LANE, PatchRequest, PatchResult
from engine.contract.telemetry import FoaLevels

FAKE_SHA256 = "fa" * 32
AMPLITUDE = 0.25
FRONT = np.array([1.0, 0.0, 0.0])


class FakePatchSource:
    """A tone from the asked direction (or the front): 1000 Hz, or the first number in the prompt.

    The phase goes on from patch to patch, and starts from the seed after a reset: everything is known in advance.
    """

    checkpoint_sha256 = FAKE_SHA256
    runtime = "tone"

    def __init__(self, plan: "FakeSource") -> None:
        self._plan = plan
        self._phase = 0.0
        self.made = 0

    def reset(self, seed: int) -> None:
        self._phase = float(seed % 628) / 100.0

    def another(self) -> "FakePatchSource":
        return FakePatchSource(self._plan)

    def next_patch(self, request: PatchRequest) -> PatchResult:
        began = time.perf_counter()
        plan = self._plan
        if plan.fail_at_patch is not None and self.made >= plan.fail_at_patch:
            raise RuntimeError("the fake model was told to fail")
        number = re.search(r"\d+", request.prompt.text)
        frequency_hz = float(number.group()) if number else 1000.0
        step = 2.0 * np.pi * frequency_hz / SAMPLE_RATE_HZ
        phases = self._phase + step * np.arange(PATCH_SAMPLES)
        self._phase = float(np.mod(self._phase + step * PATCH_SAMPLES, 2.0 * np.pi))
        mono = (AMPLITUDE * np.sin(phases)).astype(np.float32)
        samples = encode_point(mono, FRONT if request.direction is None else request.direction)
        self.made += 1
        if self.made > 1:  # the warm-up costs nothing
            time.sleep(plan.patch_s + plan.step_s * request.steps)
        samples = samples.astype(np.float32)
        times = {"tone": 1000.0 * (time.perf_counter() - began)}
        latents = np.zeros((1, 1), np.float32)
        return PatchResult(samples, times, lanes={MAIN_LANE: samples}, latents={MAIN_LANE: latents})


@dataclass(frozen=True)
class FakeSource:
    """Builds a FakePatchSource where it is called; pickles.

    `load_s` is how long loading takes, `patch_s + steps * step_s` how long a patch does; `fail_at_patch` counts the
    patches made before the model breaks (the warm-up is one); `load_error` is told instead of loading.
    """

    load_s: float = 0.0
    patch_s: float = 0.0
    step_s: float = 0.0
    fail_at_patch: int | None = None
    load_error: str = ""

    def __call__(self) -> FakePatchSource:
        time.sleep(self.load_s)
        if self.load_error:
            raise CheckpointError(self.load_error)
        return FakePatchSource(self)


def field_covariance(direction=FRONT, power=0.01, diffuseness=0.0):
    """Return the covariance (4, 4) of a plane wave and a diffuse field, of this power in W together."""
    gains = sn3d_gains(np.asarray(direction, float))
    diffuse = np.diag([1.0, 1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0])
    return power * ((1.0 - diffuseness) * np.outer(gains, gains) + diffuseness * diffuse)


def field_levels(start_s=0.0, direction=FRONT, power=0.01, diffuseness=0.0, *, rms=None, epoch=0, duration_s=0.04):
    """Return the levels of such a field; `rms` (4,) says otherwise for the meters."""
    covariance = field_covariance(direction, power, diffuseness)
    levels = np.sqrt(np.diag(covariance)) if rms is None else np.asarray(rms, float)
    return FoaLevels(epoch, start_s, duration_s, levels, np.asarray(direction, float), diffuseness, covariance)
