"""The seam between the model and its callers: one patch of 160 ms at a time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engine.contract.control import Prompt
from engine.contract.conventions import DEFAULT_FLOW_STEPS
from engine.contract.guidance import DEFAULT_GUIDANCE, Guidance

MAIN_LANE = 0
"""The lane of the request's own prompt and direction; it alone sees the film."""


@dataclass(frozen=True, eq=False)
class LaneRequest:
    """One more source beside the main one in the next patch; control.Lane describes the fields.

    `direction` is a unit vector (3,) x, y, z at the patch's middle, or None if the model decides. `primer` and `replay`
    are as in PatchRequest.
    """

    lane_id: int
    prompt: Prompt
    direction: NDArray[np.float64] | None = None
    gain_db: float = 0.0
    primer: NDArray[np.float32] | None = None
    replay: NDArray[np.float32] | None = None


@dataclass(frozen=True, eq=False)
class PatchRequest:
    """The conditions for the next patch.

    `frame` is the newest equirectangular conditioning frame at or before the patch's start, (128, 256, 3) uint8 RGB, or
    None for no picture; `frame_index` distinguishes a new frame from a repeated one (it increases by one per frame).
    `direction` is a unit vector (3,) x, y, z at the patch's middle, or None if the model decides. With
    `exact_direction` the generated field is rotated to that direction; without it, the model's placement stays.
    `guidance` weighs how strongly the sampler follows the conditions. `gain_db` is the level of the prompt's own
    source. `lanes` are more sources, each with its own history under its `lane_id`. A new lane starts without history
    and fades in over the patch. A missing lane fades out over it and is forgotten. If there are lanes but no words and
    no picture, only the lanes sound. `primer` (4, n) is AmbiX of whole patches that the model takes for the past of the
    prompt's own source, if that source is new: it continues the sound and does not repeat it. `replay` are the latents
    that the source was made of in this patch of an earlier take (see PatchResult): nothing is sampled for it, and a
    stream that replays the beginning of a take continues it as if it had never stopped.
    """

    prompt: Prompt
    frame: NDArray[np.uint8] | None = None
    frame_index: int = -1
    direction: NDArray[np.float64] | None = None
    steps: int = DEFAULT_FLOW_STEPS
    guidance: Guidance = DEFAULT_GUIDANCE
    exact_direction: bool = True
    lanes: tuple[LaneRequest, ...] = ()
    gain_db: float = 0.0
    primer: NDArray[np.float32] | None = None
    replay: NDArray[np.float32] | None = None


@dataclass(frozen=True, eq=False)
class PatchResult:
    """One generated patch: `samples` is (4, 7680) float32 AmbiX; `stage_ms` breaks down the time.

    `remarks` are sentences about words that are new in this patch and that the model cannot follow. `lanes` are the
    sources as they are in the sum before limiting, (4, 7680) each: by lane, the request's own as `MAIN_LANE`. `latents`
    (P, D) are what each was made of, for `replay`.
    """

    samples: NDArray[np.float32]
    stage_ms: dict[str, float]
    remarks: tuple[str, ...] = ()
    lanes: Mapping[int, NDArray[np.float32]] = field(default_factory=dict)
    latents: Mapping[int, NDArray[np.float32]] = field(default_factory=dict)


class PatchSource(Protocol):
    """A streaming generator. Not thread-safe: one caller."""

    @property
    def checkpoint_sha256(self) -> str:
        """Hash of the weights in use."""

    @property
    def runtime(self) -> str:
        """The name of what computes the model: another one gives other rounding."""

    def reset(self, seed: int) -> None:
        """Forget all history and start a new take; the same seed and requests give the same samples again."""

    def next_patch(self, request: PatchRequest) -> PatchResult:
        """Generate the next 160 ms."""


class StreamSource(PatchSource, Protocol):
    """A generator that can run several streams of the same weights, which take turns: still one caller at a time."""

    def another(self) -> "StreamSource":
        """Return a separate stream of the same weights."""
