"""A whole take, patch after patch, as fast as the source makes it."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.contract.control import GenerationSettings
from engine.contract.conventions import DEFAULT_FLOW_STEPS, PATCH_SAMPLES
from engine.contract.errors import CancelledError
from engine.contract.generation import PatchRequest, PatchResult, PatchSource
from engine.rendering.requests import Frame, patch_start_s, request_for

NO_CHANGES: Final[Mapping[int, GenerationSettings]] = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class MadePatch:
    """One patch as the source made it.

    `patch_ms` is the time it took, with the `film_ms` that its conditioning frame took; `film_ms` is None without a
    frame.
    """

    result: PatchResult
    patch_ms: float
    film_ms: float | None


@dataclass(frozen=True, eq=False)
class RenderedPatch(MadePatch):
    """One patch of a take.

    `start_sample` counts from the take's start. `samples` (4, n) are those that belong to the take: the last patch may
    be cut. `result` is the whole patch.
    """

    start_sample: int
    samples: NDArray[np.float32]

    @property
    def end_sample(self) -> int:
        """The first sample of the take after this patch."""
        return self.start_sample + int(self.samples.shape[1])


def make_patch(
    source: PatchSource, request: Callable[[Frame | None], PatchRequest], frame_at: Callable[[], Frame] | None
) -> MadePatch:
    """Let a source make its next patch. `frame_at` brings the frame that `request` asks for; None means no frame."""
    began_s = time.perf_counter()
    frame = None if frame_at is None else frame_at()
    film_ms = None if frame_at is None else 1000.0 * (time.perf_counter() - began_s)
    result = source.next_patch(request(frame))
    return MadePatch(result, 1000.0 * (time.perf_counter() - began_s), film_ms)


def render_patches(
    source: PatchSource,
    settings: GenerationSettings,
    samples: int,
    *,
    start_s: float = 0.0,
    frame_at: Callable[[float], Frame] | None = None,
    changes: Mapping[int, GenerationSettings] = NO_CHANGES,
    primer: NDArray[np.float32] | None = None,
    in_film: NDArray[np.float64] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Iterator[RenderedPatch]:
    """Start a new take with the settings' seed and yield its patches until `samples` at 48 kHz are made.

    `start_s` is the film time of the first sample. `frame_at` returns the conditioning frame at a film time; None means
    no film. `changes` holds the settings that replace the earlier ones from a patch on, by its index. Settings without
    a number of steps get the default number. `primer` (4, n) is the past that the prompt's own source continues.
    `in_film`: see `request_for`. Raises CancelledError if `cancelled` is true before a patch, and whatever the source
    or the film raises.
    """
    source.reset(settings.seed)
    for index in range(-(-samples // PATCH_SAMPLES)):
        if cancelled():
            raise CancelledError("The rendering was cancelled; nothing was written.")
        settings = changes.get(index, settings)
        patch_s = start_s + patch_start_s(index)
        steps, own_primer = settings.steps or DEFAULT_FLOW_STEPS, None if index else primer
        made = make_patch(
            source,
            partial(_request, settings, patch_s, steps, own_primer, in_film),
            None if frame_at is None else partial(frame_at, patch_s),
        )
        start = index * PATCH_SAMPLES
        own = made.result.samples[:, : samples - start]
        yield RenderedPatch(made.result, made.patch_ms, made.film_ms, start, own)


def render_take(
    source: PatchSource,
    settings: GenerationSettings,
    samples: int,
    *,
    frame_at: Callable[[float], Frame] | None = None,
    changes: Mapping[int, GenerationSettings] = NO_CHANGES,
) -> NDArray[np.float32]:
    """Return a take as AmbiX (4, samples); see `render_patches`. `samples` is at least 1."""
    patches = render_patches(source, settings, samples, frame_at=frame_at, changes=changes)
    return np.concatenate([patch.samples for patch in patches], axis=1)


def _request(
    settings: GenerationSettings,
    start_s: float,
    steps: int,
    primer: NDArray[np.float32] | None,
    in_film: NDArray[np.float64] | None,
    frame: Frame | None,
) -> PatchRequest:
    return replace(request_for(settings, start_s, steps, frame, in_film), primer=primer)
