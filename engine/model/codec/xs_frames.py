"""Frames and states of the XS codec, and the small maps between frames (10 ms) and latents (40 ms)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from engine.model.codec.analysis import POWER_FLOOR
from engine.model.codec.partial_bank import BankState
from engine.model.codec.partials import PeakState
from engine.model.codec.periodicity import PitchState
from engine.model.codec.phase_synthesis import SynthesisState

FRAMES_PER_LATENT = 4


@dataclass(frozen=True)
class CodecFrames:
    """What the decoder predicts per 10-ms frame.

    `log_magnitude` (B, T, 961) is the natural logarithm of |W|; `envelope` (B, T, 4) as in CodecAnalysis; `ratio` (B,
    3, T, K) and `residual` (B, 3, T, K) as in SpatialBands.
    """

    log_magnitude: Tensor
    envelope: Tensor
    ratio: Tensor
    residual: Tensor

    def in_float32(self) -> "CodecFrames":
        """Return the frames in single precision."""
        return CodecFrames(self.log_magnitude.float(), self.envelope.float(), self.ratio.float(), self.residual.float())


class CodecShapes(NamedTuple):
    """What the synthesis makes into sound, per 10-ms frame.

    `magnitude` (B, T, 961) of W, `envelope` (B, T, 4) as in CodecAnalysis, `ratio` and `residual` (B, 3, T, 961) of Y,
    Z, X to W, the residual linear.
    """

    magnitude: Tensor
    envelope: Tensor
    ratio: Tensor
    residual: Tensor


ShapesStep = Callable[
    [Tensor, tuple[Tensor, ...], tuple[Tensor, ...]], tuple[CodecShapes, tuple[Tensor, ...], tuple[Tensor, ...]]
]
"""As `XsFoaVae.shapes_step`; a compiled one may stand in for it."""


@dataclass(frozen=True)
class CodecState:
    """Streaming state of the decoder."""

    slow: tuple[Tensor, ...]
    fast: tuple[Tensor, ...]
    synthesis: SynthesisState
    bank: BankState | None


@dataclass(frozen=True)
class EncoderState:
    """Streaming state of the encoder; `samples` (B, 4, delay) are the last ones that it has seen."""

    samples: Tensor
    fast: tuple[Tensor, ...]
    slow: tuple[Tensor, ...]
    pitch: PitchState | None
    peaks: PeakState | None


def without_floor(log_power: Tensor) -> Tensor:
    """Return powers of log powers that were taken with POWER_FLOOR added: silence stays silent, gradients remain."""
    above = torch.exp(log_power.float().clamp(max=12.0)) / POWER_FLOOR - 1.0
    # Not softplus with a beta of 4, which is the same: OpenVINO passes over the beta.
    return nn.functional.softplus(4.0 * above) * (0.25 * POWER_FLOOR)


def over_latents(power: Tensor) -> Tensor:
    """Return the means (B, T/4, K) over a latent's four frames of powers (B, T, K)."""
    of_latents: Tensor = power.unflatten(1, (-1, FRAMES_PER_LATENT))
    return of_latents.mean(2)


def over_frames(direction: Tensor) -> Tensor:
    """Return (B, 3, T, 1) of directions (B, T/4, 3)."""
    return direction.repeat_interleave(FRAMES_PER_LATENT, dim=1).transpose(1, 2)[..., None]


def loudness(energy: Tensor) -> Tensor:
    """Return how much a band's energy is heard, 0 (-80 dB) to 1 (-20 dB against a full-scale sine)."""
    return ((torch.log10(energy) + 8.0) / 6.0).clamp(0.0, 1.0)
